"""The sequential test: what it promises of its decisions, checked exactly."""

import math
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from filters.beta import JEFFREYS, Beta, beta_cdf
from filters.config import DifficultyConfig
from filters.difficulty import (
    DECISIONS,
    DecisionTable,
    Tally,
    curtailed,
    decision_errors,
    decision_table,
    difficulty_of,
    fixed_table,
    standing,
    tally_of,
)

priors = st.builds(Beta, st.floats(0.1, 3), st.floats(0.1, 3))
configs = st.builds(
    DifficultyConfig,
    band_low=st.sampled_from([0.0, 0.1, 0.2, 0.3]),
    band_high=st.sampled_from([0.7, 0.8, 0.9, 1.0]),
    error=st.sampled_from([0.02, 0.05, 0.1, 0.2]),
    zone=st.sampled_from([0.0, 0.05, 0.1]),
    round_size=st.integers(1, 8),
    cap=st.integers(1, 40),
)


def played(table: DecisionTable, outcomes: list[bool]) -> tuple[str, int]:
    """The decision a task's stream of outcomes leads to, and after how many samples."""
    samples = 0
    while True:
        wins = sum(outcomes[:samples])
        decision = table.decision(wins, samples - wins)
        if decision is not None:
            return decision, samples
        samples += table.next_round(samples)


def leaves(table: DecisionTable, p: float) -> NDArray[np.float64]:
    """The probability that a task of pass rate p ends at each (successes, failures)."""
    reached = np.zeros(table.numbers.shape)
    ended = np.zeros(table.numbers.shape)
    reached[0, 0] = 1.0
    for samples in range(table.cap + 1):
        for wins in range(samples + 1):
            here = reached[wins, samples - wins]
            if table.decision(wins, samples - wins) is not None:
                ended[wins, samples - wins] += here
                continue
            size = table.next_round(samples)
            for more in range(size + 1):
                step = math.comb(size, more) * p**more * (1 - p) ** (size - more)
                reached[wins + more, samples - wins + size - more] += here * step
    return ended


@given(st.integers(1, 24), st.integers(1, 6), st.data())
def test_a_curtailed_fixed_size_decides_as_the_whole_of_it(size: int, round_size: int, data: st.DataObject) -> None:
    outcomes = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    whole = fixed_table(size, 0.2, 0.8, round_size)
    decision, samples = played(curtailed(whole), outcomes)
    assert (decision, size) == played(whole, outcomes)
    assert samples <= size


def test_curtailing_one_at_a_time_saves_as_soon_as_the_decision_is_forced() -> None:
    table = curtailed(fixed_table(10, 0.2, 0.8, 1))
    assert played(table, [False] * 10) == ("too_hard", 9)
    assert played(table, [True, True] + [False] * 8) == ("in_band", 4)
    assert played(table, [True] * 9 + [False]) == ("too_easy", 9)


@settings(deadline=None)
@given(configs, priors, st.data())
def test_curtailing_the_sequential_test_changes_no_decision(
    config: DifficultyConfig, prior: Beta, data: st.DataObject
) -> None:
    errors = decision_errors(config.band_low, config.band_high, config.zone, config.cap, prior)
    outcomes = data.draw(st.lists(st.booleans(), min_size=config.cap, max_size=config.cap))
    samples = 0
    while samples < config.cap:
        samples = min(samples + config.round_size, config.cap)
        wins = sum(outcomes[:samples])
        if errors[:, wins, samples - wins].min() <= config.error:
            break
    wins = sum(outcomes[:samples])
    by_hand = errors[:, wins, samples - wins]
    expected = DECISIONS[by_hand.argmin()] if by_hand.min() <= config.error else "undecided"
    assert played(decision_table(config, prior), outcomes)[0] == expected


@settings(deadline=None)
@given(configs, priors)
def test_more_successes_never_make_a_task_harder(config: DifficultyConfig, prior: Beta) -> None:
    table = decision_table(config, prior)
    for samples in range(config.cap + 1):
        numbers = [int(table.numbers[wins, samples - wins]) for wins in range(samples + 1)]
        ranks = [number for number in numbers if 0 <= number < 3]
        assert ranks == sorted(ranks)


@pytest.mark.parametrize("zone", [0.0, 0.05])
@pytest.mark.parametrize("prior", [JEFFREYS, Beta(0.3, 1.5)])
def test_the_stated_error_is_the_true_one_for_tasks_that_follow_the_prior(zone: float, prior: Beta) -> None:
    """Plays tasks of every pass rate and counts false decisions, without using a posterior."""
    config = DifficultyConfig(cap=32, zone=zone)
    table = decision_table(config, prior)
    errors = decision_errors(config.band_low, config.band_high, config.zone, config.cap, prior)
    edges = [0, 0.2 - zone, 0.2, 0.2 + zone, 0.8 - zone, 0.8, 0.8 + zone, 1]
    grid = sorted({*edges, *np.linspace(0, 1, 401).round(6)})
    false = stated = decided = 0.0
    for start, end in pairwise(grid):
        p = (start + end) / 2
        weight = beta_cdf(prior, end) - beta_cdf(prior, start)
        ended = weight * leaves(table, p)
        for number, wrong in enumerate((p > 0.2 + zone, p < 0.2 - zone or p > 0.8 + zone, p < 0.8 - zone)):
            here = ended[table.numbers == number].sum()
            false += here * wrong
            decided += here
            stated += (ended * errors[number])[table.numbers == number].sum()
    assert false == pytest.approx(stated, abs=2e-4)
    assert 0 < false <= config.error * decided


@given(st.lists(st.sampled_from([0.0, 0.4, 1.0, None]), max_size=5), st.sampled_from([0.3, 1.0]))
def test_the_order_within_a_round_does_not_matter(scores: list[float | None], success_at: float) -> None:
    assert len({tally_of(order, success_at) for order in permutations(scores)}) == 1


def test_partial_scores_count_from_the_threshold_and_failed_checks_for_neither_side() -> None:
    assert tally_of([1.0, 0.5, 0.0, None], success_at=1.0) == Tally(1, 2, 1)
    assert tally_of([1.0, 0.5, 0.0, None], success_at=0.5) == Tally(2, 1, 1)


def test_nothing_is_decided_before_the_first_round_however_sure_the_prior() -> None:
    assert decision_table(DifficultyConfig(), Beta(0.05, 3.9)).decision(0, 0) is None


def test_a_verifier_that_keeps_failing_leaves_the_task_undecided() -> None:
    config = DifficultyConfig(failed_checks=8)
    assert standing(Tally(0, 0, 7), config, JEFFREYS) is None
    assert standing(Tally(0, 0, 8), config, JEFFREYS) == "undecided"
    assert standing(Tally(0, 40, 8), config, JEFFREYS) == "too_hard"


def test_dead_solved_and_middling_tasks_take_eight_rollouts() -> None:
    table = decision_table(DifficultyConfig(), JEFFREYS)
    assert played(table, [False] * 128) == ("too_hard", 8)
    assert played(table, [True] * 128) == ("too_easy", 8)
    assert played(table, [True, False] * 64) == ("in_band", 8)


def test_a_difficulty_says_all_that_is_known() -> None:
    difficulty = difficulty_of("t", "m", "r", Tally(4, 4, 1), DifficultyConfig(), JEFFREYS)
    assert (difficulty.successes, difficulty.samples, difficulty.failed_checks) == (4, 8, 1)
    assert difficulty.mean == 0.5
    assert difficulty.low == pytest.approx(1 - difficulty.high)
    assert difficulty.decision == "in_band"
    assert 0 < difficulty.error <= 0.05


def test_a_task_cut_short_is_undecided() -> None:
    assert difficulty_of("t", "m", "r", Tally(), DifficultyConfig(), JEFFREYS).decision == "undecided"
    assert difficulty_of("t", "m", "r", Tally(2, 2), DifficultyConfig(), JEFFREYS).decision == "undecided"


def test_a_band_that_reaches_an_end_has_nothing_beyond_it() -> None:
    table = decision_table(DifficultyConfig(band_low=0.0), JEFFREYS)
    assert played(table, [False] * 128)[0] == "in_band"
    table = decision_table(DifficultyConfig(band_high=1.0), JEFFREYS)
    assert played(table, [True] * 128)[0] == "in_band"


def test_a_band_without_an_inside_is_refused() -> None:
    with pytest.raises(ValidationError, match="widen the band or shrink zone"):
        DifficultyConfig(band_low=0.4, band_high=0.5)
