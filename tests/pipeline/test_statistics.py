"""Intervals and rank statistics: against their definitions."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import statistics
from pipeline.statistics import auroc, bootstrap, rank_correlation, wilson


def test_the_examples_are_true() -> None:
    result = doctest.testmod(statistics)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (1, 1, 0.2065, 1.0)],
)
def test_wilson_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_no_trials_have_no_interval() -> None:
    assert wilson(0, 0) == (None, None)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30))
def test_auroc_is_the_share_of_pairs_in_the_right_order(scored: list[tuple[float, bool]]) -> None:
    scores, right = [score for score, _ in scored], [label for _, label in scored]
    good, bad = [s for s, r in scored if r], [s for s, r in scored if not r]
    if not good or not bad:
        assert auroc(scores, right) is None
        return
    pairs = [(a > b) + (a == b) / 2 for a in good for b in bad]
    assert auroc(scores, right) == pytest.approx(sum(pairs) / len(pairs))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20))
def test_ranks_correlate_alike_however_they_are_stretched(pairs: list[tuple[int, int]]) -> None:
    left, right = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    told = rank_correlation(left, right)
    assert (told is None) == (len(set(left)) < 2 or len(set(right)) < 2)
    if told is not None:
        assert abs(told) <= 1 + 1e-9
        assert rank_correlation([value**3 for value in left], right) == pytest.approx(told)
        assert rank_correlation([-value for value in left], right) == pytest.approx(-told)


def test_a_bootstrap_of_a_mean_is_as_wide_as_its_error_says() -> None:
    values = np.random.default_rng(1).normal(3.0, 2.0, 400)
    low, high = bootstrap(lambda places: float(values[places].mean()), 400, seed=0)
    assert low is not None
    assert high is not None
    assert low < values.mean() < high
    assert (high - low) == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)
    assert bootstrap(lambda places: float(values[places].mean()), 400, seed=0) == (low, high)


def test_a_bootstrap_without_anything_to_say_says_nothing() -> None:
    assert bootstrap(lambda places: 1.0, 0, seed=0) == (None, None)
    assert bootstrap(lambda places: None, 5, seed=0) == (None, None)
