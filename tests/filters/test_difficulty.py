"""A task's difficulty: its counts, its decision, and what is said of it."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.difficulty import Tally, difficulty_of, next_samples, standing, tally_of


@given(st.lists(st.sampled_from([0.0, 0.4, 1.0, None]), max_size=5), st.sampled_from([0.3, 1.0]))
def test_the_order_within_a_round_does_not_matter(scores: list[float | None], success_at: float) -> None:
    assert len({tally_of(order, success_at) for order in permutations(scores)}) == 1


def test_partial_scores_count_from_the_threshold_and_failed_checks_for_neither_side() -> None:
    assert tally_of([1.0, 0.5, 0.0, None], success_at=1.0) == Tally(1, 2, 1)
    assert tally_of([1.0, 0.5, 0.0, None], success_at=0.5) == Tally(2, 1, 1)


def test_a_verifier_that_keeps_failing_leaves_the_task_undecided() -> None:
    config = DifficultyConfig(failed_checks=8)
    assert standing(Tally(0, 0, 7), config, JEFFREYS) is None
    assert standing(Tally(0, 0, 8), config, JEFFREYS) == "undecided"
    assert standing(Tally(0, 40, 8), config, JEFFREYS) == "too_hard"


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


def test_a_band_without_an_inside_is_refused() -> None:
    with pytest.raises(ValidationError, match="widen the band or shrink zone"):
        DifficultyConfig(band_low=0.4, band_high=0.5)


def test_after_the_first_round_as_many_are_asked_for_as_may_decide() -> None:
    config = DifficultyConfig()
    assert next_samples(Tally(), config, JEFFREYS) == config.round_size
    assert next_samples(Tally(0, 4), config, JEFFREYS) == 4
    assert next_samples(Tally(2, 2), config, JEFFREYS) == 2
    assert next_samples(Tally(0, 8), config, JEFFREYS) == 1
    assert next_samples(Tally(0, 9), config, JEFFREYS) == 0


def test_a_verifier_that_fails_is_asked_no_more_often_than_allowed() -> None:
    config = DifficultyConfig(failed_checks=8)
    assert next_samples(Tally(0, 0, failed_checks=4), config, JEFFREYS) == 4
    assert next_samples(Tally(0, 2, failed_checks=7), config, JEFFREYS) == 1
