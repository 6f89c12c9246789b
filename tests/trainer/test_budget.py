"""The knapsack of rollouts: against every other way to spend them."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.conftest import bare_tasks
from trainer.budget import completions_each, knapsack, value
from trainer.config import TrainConfig
from trainer.passrates import PassRates

rates = st.lists(st.floats(0, 1), min_size=1, max_size=4)


def worth(rates: list[float], counts: list[int]) -> float:
    return sum(value(rate, count) for rate, count in zip(rates, counts, strict=True))


@given(rates, st.integers(0, 12))
def test_no_other_allocation_is_worth_more(rates: list[float], spare: int) -> None:
    low, high = 2, 6
    total = min(low * len(rates) + spare, high * len(rates))
    counts = knapsack(rates, total, low, high)
    assert sum(counts) == total
    assert all(low <= count <= high for count in counts)
    best = max(
        worth(rates, list(other)) for other in product(range(low, high + 1), repeat=len(rates)) if sum(other) == total
    )
    assert worth(rates, counts) == pytest.approx(best, abs=1e-12)


def test_hard_prompts_get_many_and_solved_ones_the_least() -> None:
    counts = knapsack([0.05, 0.3, 0.5, 0.9, 1.0], 60, 2, 40)
    assert counts[4] == 2
    assert counts[0] > counts[1] > counts[2] > counts[3] > counts[4]
    assert counts[0] > 24


def test_what_nobody_gains_from_goes_to_the_lowest_rates() -> None:
    assert knapsack([1.0, 0.0], 12, 2, 64) == [2, 10]


def test_more_than_the_bounds_allow_is_refused() -> None:
    with pytest.raises(ValueError, match="7 rollouts for 2 prompts with 4 to 8 each"):
        knapsack([0.5, 0.5], 7, 4, 8)


def test_more_groups_teach_than_with_equal_shares() -> None:
    """The paper's effective ratio, where half of the prompts are solved: what they do not need serves the others."""
    spread = [1.0] * 6 + [0.05, 0.1, 0.15, 0.2, 0.3, 0.5]
    counts = knapsack(spread, 8 * len(spread), 2, 64)

    def teaching(shares: list[int]) -> float:
        return sum(1 - rate**count - (1 - rate) ** count for rate, count in zip(spread, shares, strict=True))

    assert teaching(counts) > 1.19 * teaching([8] * len(spread))


def run_config(**fields: Any) -> TrainConfig:
    return TrainConfig.model_validate({"model": "m", "shards": ["s"], "output": "o"} | fields)


DRIVE = {"kind": "retained", "broad_steps": 10, "group_size": 64}


def test_the_hardest_alone_get_more_completions_each() -> None:
    tasks = bare_tasks(3)
    rates = PassRates(tasks, {})
    told = run_config(order=DRIVE)
    assert completions_each(tasks, rates, told, step=10) == [8, 8, 8]
    assert completions_each(tasks, rates, told, step=11) == [64, 64, 64]
    assert completions_each(tasks, rates, run_config(order=DRIVE | {"group_size": None}), step=11) == [8, 8, 8]
    assert completions_each(tasks, rates, run_config(), step=11) == [8, 8, 8]


def test_the_knapsack_shares_out_what_the_stage_has() -> None:
    tasks = bare_tasks(3)
    rates = PassRates(tasks, {tasks[0].id: (8, 8), tasks[1].id: (1, 8)})
    told = run_config(order=DRIVE, budget={"low": 2, "high": 128})
    for step, size in ((10, 8), (11, 64)):
        counts = completions_each(tasks, rates, told, step)
        assert sum(counts) == 3 * size
        assert counts != [size] * 3


def test_a_budget_that_has_no_room_for_the_hard_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="group_size 64 is the average"):
        run_config(order=DRIVE, budget={"low": 2, "high": 32})
