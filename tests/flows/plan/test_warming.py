"""What is spent once is not forecast again and again."""

from collections.abc import Sequence

import numpy as np
import pytest

from flows.plan.warming import Usual, Work, making_of
from pipeline.costs.forecast import drawn_total, interval, spread_of
from pipeline.costs.record import CellCost, cell_cost


def part(seconds: Sequence[float]) -> CellCost:
    return cell_cost("family", 1, "", seconds)


def test_tables_that_the_first_rows_build_are_told_from_what_each_row_takes() -> None:
    making = making_of([part([3.0, 1.0, *[0.25] * 18]), part([0.25] * 40)], examples=0)
    assert making.rows == 30
    assert making.once == pytest.approx(3.5)
    assert making.begins == 0
    assert making.seconds / making.rows == pytest.approx(0.25)


def test_examples_that_every_shard_makes_first_are_not_spent_once() -> None:
    shown = [0.25 + 3 * 0.25, *[0.25] * 9]  # two examples and one more, before the first row
    making = making_of([part(shown), part(shown)], examples=2)
    assert making.once == pytest.approx(0.0)
    assert making.begins == 3


def test_one_row_is_all_that_is_known_of_a_cell() -> None:
    making = making_of([part([2.0])], examples=0)
    assert (making.once, making.rows, making.seconds) == (0.0, 1, 2.0)
    assert making_of([], examples=0).rows == 0


def test_a_short_run_leaves_the_rate_of_a_stage_open_and_a_long_one_tells_it() -> None:
    usual = Usual(once=0.4, each=1e-4)
    short, long = usual.apart([(100, 0.31)]), usual.apart([(1e6, 200.0)])
    assert short.once == pytest.approx(0.3)
    assert sum(rows for rows, _ in short.units) < 100
    assert long == Work(0.4, [(1e6, 200.0 - 0.4)])
    assert usual.apart([]) == usual.work


def test_each_process_has_its_first_piece() -> None:
    work = Usual(once=0.5, each=1e-4).apart([(1000, 0.5), (1000, 0.7), *[(1000, 0.1)] * 20], processes=2)
    assert work.once == pytest.approx((0.4 + 0.5) / 2)
    assert sum(took for _, took in work.units) == pytest.approx(0.1 + 0.2 + 2.0)


def test_a_rare_row_that_takes_long_makes_the_interval_wide() -> None:
    rng = np.random.default_rng(3)
    even, uneven = [0.01] * 30, [0.01] * 29 + [0.31]
    widths = []
    for seconds in (even, uneven):
        own = spread_of(30, sum(seconds), sum(each * each for each in seconds))
        told = interval(drawn_total([(30, sum(seconds))], np.full(400, 300.0), rng, (0.1, 20.0), own), 0.95)
        widths.append((told.high - told.low) / told.expected)
    assert widths[1] > 3 * widths[0]
