"""Intervals that hold what they say they hold."""

import numpy as np
import pytest

from pipeline.costs.forecast import drawn_total, interval, task_spread
from pipeline.costs.plan import TOTAL, CellPlan, Interval, Plan, plan_bytes, plan_in
from pipeline.costs.prices import Prices, priced
from pipeline.store.files import write_whole


@pytest.mark.parametrize("units", [5, 20])
def test_the_cost_of_further_rows_is_inside_an_eighty_percent_interval_about_eighty_times_in_a_hundred(
    units: int,
) -> None:
    rng = np.random.default_rng(7)
    trials, inside = 150, 0
    for _ in range(trials):
        costs = rng.gamma(0.5, 2.0, size=(units, 40)).sum(axis=1)  # of 40 rows each, whose costs differ widely
        further = rng.gamma(0.5, 2.0, size=400).sum()
        drawn = drawn_total([(40.0, cost) for cost in costs], np.full(200, 400.0), rng)
        inside += interval(drawn, 0.8).holds(further)
    assert 0.68 * trials <= inside <= 0.95 * trials


def test_a_sum_of_many_kinds_of_work_that_were_each_measured_once_has_no_bias() -> None:
    rng = np.random.default_rng(9)
    parts = [drawn_total([(30.0, 3.0)], np.full(400, 240.0), rng) for _ in range(16)]
    assert np.median(np.sum(parts, axis=0)) == pytest.approx(16 * 24.0, rel=0.05)


def test_a_spread_is_that_of_rows_whatever_the_units() -> None:
    rng = np.random.default_rng(8)
    costs = rng.gamma(4.0, 1.0, size=4_000)  # squared relative deviation 1 / 4
    by_ten = [(10.0, float(part.sum())) for part in np.split(costs, 400)]
    assert task_spread([(1.0, float(cost)) for cost in costs])[0] == pytest.approx(0.25, rel=0.15)
    assert task_spread(by_ten)[0] == pytest.approx(0.25, rel=0.3)
    assert task_spread([(3.0, 1.0)]) == (1.0, 0.0)


def test_tokens_are_paid_for_at_a_server_and_hours_on_a_machine() -> None:
    prices = Prices(cpu_hour=0.1, gpu_hour=3.0, tokens_in=1.0, tokens_out=4.0)
    work = {"cpu_seconds": 3600.0, "gpu_seconds": 7200.0, "prompt_tokens": 2e6, "completion_tokens": 1e6}
    assert priced(work, "cuda", prices) == pytest.approx(6.1)
    assert priced(work | {"gpu_seconds": 0.0}, "server", prices) == pytest.approx(6.1)


def test_a_plan_comes_back_from_its_file_and_another_versions_is_left(tmp_path: object) -> None:
    unique = Interval(1.0, 2.0, 3.0)
    plan = Plan(
        name="x",
        config={"a": 1},
        rates="a pilot",
        share=0.95,
        stages={"tasks": {"rows": Interval(5.0, 5.0, 5.0)}, TOTAL: {}},
        cells=(CellPlan(family="f", level=1, params="", made=5, unique=unique, problems=unique),),
        prices=Prices(gpu_hour=2.0),
        warnings=("slow",),
    )
    write_whole(f"{tmp_path}/plan.json", plan_bytes(plan))
    assert plan_in(str(tmp_path)) == plan
    write_whole(f"{tmp_path}/plan.json", b'{"name": 3}')
    assert plan_in(str(tmp_path)) is None
    assert plan_in(f"{tmp_path}/nowhere") is None
