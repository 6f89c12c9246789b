"""A further model is placed by few results, and its pass rates on the other tasks are predicted, calibrated."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.irt import placing
from filters.irt.counts import CountsError, Floats, counts_of
from filters.irt.placing import Placement, placed, predicted
from filters.irt.posterior import pass_rate
from filters.irt.scale import scale_of
from tests.filters.irt.simulated import rank_correlation, tried, truth


def test_a_new_model_with_a_twentieth_of_the_tasks_is_predicted_on_the_rest() -> None:
    """Better than by how often the other models passed, which knows neither its ability nor what noise is."""
    inside, means, truths = [], [], []
    for seed in range(8):
        known = truth(tasks=2000, models=4, seed=seed)
        counts = tried(known, 4, seed)
        others = counts_of(counts.successes[:, 1:], counts.samples[:, 1:], known.cell.tolist())
        scale = scale_of(others)
        few = np.random.default_rng(seed).random(2000) < 0.05
        place = placed(
            scale.difficulty,
            scale.difficulty_sd,
            np.where(few, counts.successes[:, 0], 0),
            np.where(few, counts.samples[:, 0], 0),
        )
        rest, truly = ~few, known.rates[~few, 0]
        rates = predicted(place, scale.difficulty[rest], scale.difficulty_sd[rest])
        raw = (others.successes / others.samples).mean(axis=1)[rest]
        # The scale's zero is the mean of the other models.
        assert abs(place.ability - (known.ability[0] - known.ability[1:].mean())) < 3.5 * place.sd
        assert rank_correlation(rates.mean, truly) > rank_correlation(raw, truly) + 0.01
        assert square_error(rates.mean, truly) < 0.8 * square_error(raw, truly)
        inside.append(np.mean((rates.low < truly) & (truly < rates.high)))
        means.append(rates.mean)
        truths.append(truly)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.025)
    mean, truly = np.concatenate(means), np.concatenate(truths)
    for low in np.arange(0, 1, 0.1):
        here = (mean >= low) & (mean < low + 0.1)
        assert mean[here].mean() == pytest.approx(truly[here].mean(), abs=0.04)


def test_the_place_is_the_posterior_of_plain_sums() -> None:
    difficulty, sd = np.array([0.5, -1.0, 2.0]), np.array([0.3, 0.0, 1.0])
    solved, asked = np.array([2, 1, 0]), np.array([4, 1, 0])
    spots, shifts = np.linspace(-12, 12, 2401), np.linspace(-8, 8, 1601)
    bell = np.exp(-(shifts**2) / 2)
    likelihood = np.exp(-((spots / 3) ** 2) / 2)
    for task in range(2):
        rates = pass_rate(spots[:, None], difficulty[task] + sd[task] * shifts)
        chance = rates ** solved[task] * (1 - rates) ** (asked[task] - solved[task])
        likelihood = likelihood * (chance @ bell)
    likelihood /= likelihood.sum()
    mean = likelihood @ spots
    place = placed(difficulty, sd, solved, asked)
    # Abilities beyond 10 are not looked at.
    assert place.ability == pytest.approx(mean, abs=0.02)
    assert place.sd == pytest.approx(np.sqrt(likelihood @ (spots - mean) ** 2), abs=0.02)


def test_without_results_the_place_is_the_prior_and_with_thousands_it_is_sharp() -> None:
    nothing = placed(np.zeros(3), np.ones(3), np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64))
    assert nothing == pytest.approx(Placement(0.0, 3.0), abs=0.05)
    asked = np.full(50, 1000)
    sharp = placed(np.zeros(50), np.full(50, 1e-6), asked // 2, asked)
    assert sharp == pytest.approx(Placement(0.0, 2 / np.sqrt(50_000)), abs=0.01)


FINITE = st.floats(-9, 9)


@given(st.lists(st.tuples(FINITE, st.floats(0, 4)), min_size=1, max_size=5), FINITE, st.floats(0, 4))
def test_predictions_are_rates_inside_their_intervals_and_rise_with_ability(
    tasks: list[tuple[float, float]], ability: float, doubt: float
) -> None:
    difficulty, sd = (np.array(column, dtype=np.float64) for column in zip(*tasks, strict=True))
    rates = predicted(Placement(ability, doubt), difficulty, sd)
    assert ((rates.low >= 0) & (rates.low <= rates.mean + 1e-12)).all()
    assert ((rates.high <= 1) & (rates.high >= rates.mean - 1e-12)).all()
    assert (predicted(Placement(ability + 0.5, doubt), difficulty, sd).mean > rates.mean).all()


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(CountsError, match="2 difficulties, 2 deviations, 3 successes and 3 samples"):
        placed(np.zeros(2), np.zeros(2), np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64))


def test_the_example_holds() -> None:
    assert doctest.testmod(placing).attempted
    assert not doctest.testmod(placing).failed


def square_error(left: Floats, right: Floats) -> float:
    return float(((left - right) ** 2).mean())
