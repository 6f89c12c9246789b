"""Fitted priors find the truth, stay light, and wait for enough tasks."""

import math

import pytest

from filters.beta import JEFFREYS, Beta
from filters.config import DifficultyConfig
from filters.prior import FEWEST_TASKS, WEIGHTIEST, fit_beta, fitted_priors
from filters.rollouts import difficulties, roll_out
from generators.stream import Segment, tasks_of
from tests.filters.scripted import SAMPLING, scripted

TWO = ({"terms": 5, "digits": 3}, {"terms": 9, "digits": 3})


def expected_counts(truth: Beta, samples: int) -> dict[tuple[int, int], float]:
    """How often each (successes, failures) is seen among tasks whose pass rates follow `truth`."""

    def log_beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    return {
        (wins, samples - wins): math.comb(samples, wins)
        * math.exp(log_beta(truth.a + wins, truth.b + samples - wins) - log_beta(truth.a, truth.b))
        for wins in range(samples + 1)
    }


@pytest.mark.parametrize("truth", [Beta(0.3, 2.5), Beta(0.5, 0.5), Beta(1.2, 1.3), Beta(2.0, 0.2)])
def test_the_prior_that_made_the_counts_is_found_again(truth: Beta) -> None:
    found = fit_beta(expected_counts(truth, 4))
    assert found.a == pytest.approx(truth.a, rel=0.02)
    assert found.b == pytest.approx(truth.b, rel=0.02)


def test_rounds_of_different_lengths_are_fitted_together() -> None:
    truth = Beta(0.4, 1.1)
    found = fit_beta(expected_counts(truth, 4) | expected_counts(truth, 8) | expected_counts(truth, 3))
    assert found.a == pytest.approx(truth.a, rel=0.02)


@pytest.mark.parametrize("seen", [{(0, 4): 500.0}, {(4, 0): 500.0}, {(2, 2): 500.0}])
def test_a_fit_never_weighs_more_than_a_few_rollouts(seen: dict[tuple[int, int], float]) -> None:
    found = fit_beta(seen)
    assert min(found.a, found.b) > 0
    assert found.a + found.b <= WEIGHTIEST + 0.05


def test_cells_are_fitted_by_themselves_where_they_have_enough_tasks() -> None:
    dead = [(("f", 1, ""), 0, 4)] * FEWEST_TASKS
    solved = [(("f", 2, ""), 4, 0)] * FEWEST_TASKS
    unseen = [(("f", 3, ""), 0, 0)] * FEWEST_TASKS
    priors = fitted_priors(dead + solved + unseen)
    assert list(priors) == [("f", 1, ""), ("f", 2, "")]
    assert priors["f", 1, ""] == fit_beta({(0, 4): FEWEST_TASKS})
    assert priors["f", 2, ""] == fit_beta({(4, 0): FEWEST_TASKS})


def test_a_small_cell_is_filled_up_with_what_all_have_seen() -> None:
    dead = [(("f", 1, ""), 0, 4)] * 90
    solved = [(("f", 2, ""), 4, 0)] * 10
    priors = fitted_priors(dead + solved)
    assert priors["f", 1, ""].mean < 0.1
    assert priors["f", 2, ""] == fit_beta({(4, 0): 10 + 40 * 0.1, (0, 4): 40 * 0.9})
    assert fitted_priors(solved) == {}
    assert fitted_priors([(("f", level, ""), 0, 4) for level in range(1, FEWEST_TASKS)]) == {}
    alike = fitted_priors([(("f", level, ""), 0, 4) for level in range(FEWEST_TASKS)])
    assert set(alike.values()) == {fit_beta({(0, 4): FEWEST_TASKS})}


def test_parameters_off_the_ladder_have_priors_of_their_own() -> None:
    streams = [Segment(family="arithmetic.chain", level=0, params=params, seed=1, start=0, stop=60) for params in TWO]
    tasks = [task for stream in streams for task in tasks_of(stream)]
    engine = scripted(tasks, [1.0] * 60 + [0.0] * 60)
    made = [each for batch in roll_out(tasks, engine, SAMPLING, DifficultyConfig(), seed=1) for each in batch]
    graded = difficulties(tasks, made, DifficultyConfig(), "scripted", "1")
    easy, hard = ({(each.prior_a, each.prior_b) for each in half} for half in (graded[:60], graded[60:]))
    [(a, b)], [(c, d)] = easy, hard
    assert a > 10 * b
    assert d > 10 * c


def test_without_tasks_the_prior_is_jeffreys() -> None:
    assert fit_beta({}) == JEFFREYS
