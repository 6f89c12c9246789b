"""The means over all orders of stored samples, against orders that are drawn and against closed forms."""

import math
from itertools import combinations
from random import Random

import numpy as np
import pytest

from benchmarks.difficulty_stored import (
    SAMPLES,
    Samples,
    alive_and_ended,
    by_cell,
    cost,
    fitted,
    flat_group,
    sequential,
)
from filters.beta import JEFFREYS
from filters.sequential import DecisionTable, fixed_table

CELL = ("family", 1, "")


def played(table: DecisionTable, outcomes: list[bool]) -> tuple[int, int]:
    """Where a task's samples in this order end: (successes, failures)."""
    samples = 0
    while table.decision(sum(outcomes[:samples]), samples - sum(outcomes[:samples])) is None:
        samples += 1
    return sum(outcomes[:samples]), samples - sum(outcomes[:samples])


@pytest.mark.parametrize("successes", [0, 5, 32, 64])
def test_a_fixed_number_sees_a_draw_without_replacement(successes: int) -> None:
    _, ended = alive_and_ended(fixed_table(8, 0.2, 0.8), successes)
    for wins in range(9):
        ways = math.comb(successes, wins) * math.comb(SAMPLES - successes, 8 - wins)
        assert ended[wins, 8 - wins] == pytest.approx(ways / math.comb(SAMPLES, 8))
    assert ended.sum() == pytest.approx(1)


@pytest.mark.parametrize("successes", [3, 14, 40])
def test_the_mean_over_all_orders_is_that_of_orders_drawn(successes: int) -> None:
    table, rng = sequential(0.05, JEFFREYS), Random(1)
    outcomes = [True] * successes + [False] * (SAMPLES - successes)
    ends = [played(table, rng.sample(outcomes, SAMPLES)) for _ in range(1500)]
    exact = cost(table, [Samples(CELL, successes, 3.0, 9.0)])
    sizes = np.array([wins + losses for wins, losses in ends])
    tokens = np.array([3 * wins + 9 * losses for wins, losses in ends])
    assert exact.rollouts == pytest.approx(sizes.mean(), abs=5 * sizes.std() / math.sqrt(1500) + 1e-9)
    assert exact.tokens == pytest.approx(tokens.mean(), abs=5 * tokens.std() / math.sqrt(1500) + 1e-9)


def test_a_fixed_number_costs_its_rollouts_and_the_mean_tokens_of_each() -> None:
    found = cost(fixed_table(16, 0.2, 0.8), [Samples(CELL, 16, 4.0, 8.0)])
    assert found.rollouts == pytest.approx(16)
    assert found.tokens == pytest.approx(16 * (4 * 0.25 + 8 * 0.75))


def test_a_task_in_the_middle_is_truly_in_the_band_and_a_dead_one_is_not() -> None:
    middle, dead = (cost(fixed_table(8, 0.2, 0.8), [Samples(CELL, wins, 1.0, 1.0)]) for wins in (32, 0))
    assert middle.kept > 0.9
    assert middle.error == pytest.approx(1 - middle.kept, abs=1e-3)
    assert dead.kept == 0
    assert dead.error < 1e-3


def test_a_flat_group_is_drawn_from_what_the_rule_has_not_seen() -> None:
    assert flat_group(10, 0) == 1
    assert flat_group(7, 7) == 0
    right, wrong = 12, 3
    drawn = [len(set(group)) == 1 for group in combinations([True] * right + [False] * wrong, 8)]
    assert flat_group(right, wrong) == pytest.approx(sum(drawn) / len(drawn))
    found = cost(fixed_table(16, 0.2, 0.8), [Samples(CELL, 32, 1.0, 1.0)])
    assert found.zero_variance == pytest.approx(0.005, abs=0.004)


def test_the_prior_of_a_cell_follows_its_tasks_and_that_of_a_small_cell_all_tasks() -> None:
    dead = [Samples(CELL, 0, 1.0, 1.0)] * 60
    solved = [Samples(("small", 1, ""), 64, 1.0, 1.0)] * 10
    priors = fitted([*dead, *solved])
    assert priors[CELL].mean < 0.1
    assert 0.1 < priors["small", 1, ""].mean < 0.5
    assert by_cell(0.05, dead, priors).rollouts < by_cell(0.05, dead, {}).rollouts
    assert fitted(solved) == {}
