import numpy as np
import pytest

from filters.predictor.logistic import beliefs, fit, log_likelihood, mean_rate
from pipeline.statistics import expit


def planted(tasks: int, luck: float, samples: int):
    """Columns of two groups of which only the first tells anything, and counts of successes."""
    draw = np.random.default_rng(0)
    columns = draw.normal(size=(tasks, 10))
    groups = np.repeat([0, 1], 5)
    truth = columns[:, :5] @ [1.0, -1.0, 0.5, 0.5, -0.5]
    rates = expit(truth + luck * draw.normal(size=tasks))
    return columns, groups, truth, draw.binomial(samples, rates).astype(float), np.full(tasks, float(samples))


@pytest.mark.parametrize("samples", [4, 64])
@pytest.mark.parametrize("luck", [0.3, 1.0, 2.0])
def test_luck_is_found_and_the_groups_that_tell_nothing_shrink(luck, samples):
    columns, groups, truth, successes, counts = planted(1500, luck, samples)
    found = fit(columns, groups, 2, successes, counts)
    assert found.luck == pytest.approx(luck, abs=0.25)
    assert found.precisions[1] > 5 * found.precisions[0]
    centre, _ = beliefs(columns @ found.weights, np.zeros(len(columns)), found.luck)
    assert np.polyfit(truth, centre, 1)[0] == pytest.approx(1, abs=0.12)


def test_the_likelihood_of_counts_is_the_integral():
    grid = np.linspace(-30, 30, 200_001)
    centre, spread = np.array([0.0, -3.0, 4.0, 0.5]), np.array([1.0, 0.5, 2.0, 0.05])
    successes, samples = np.array([0.0, 4.0, 30.0, 500.0]), np.array([4.0, 64.0, 64.0, 1000.0])
    density = np.exp(-(((grid - centre[:, None]) / spread[:, None]) ** 2) / 2) / (spread[:, None] * np.sqrt(2 * np.pi))
    log_density = successes[:, None] * grid - samples[:, None] * np.logaddexp(0, grid)
    highest = log_density.max(axis=1)
    area = (np.exp(log_density - highest[:, None]) * density).sum(axis=1) * (grid[1] - grid[0])
    assert log_likelihood(centre, spread, successes, samples) == pytest.approx(highest + np.log(area), abs=2e-3)


@pytest.mark.parametrize("spread", [0.01, 1.0, 4.0])
def test_the_mean_rate_is_the_mean_of_draws(spread):
    draws = np.random.default_rng(0).normal(size=200_000)
    for centre in (-4.0, 0.0, 1.0):
        mean = mean_rate(np.array([centre]), np.array([spread]))[0]
        assert mean == pytest.approx(expit(centre + spread * draws).mean(), abs=3e-3)


def test_tests_that_stop_at_the_first_success_do_not_raise_the_rates():
    """Sampled until one success or 16 failures: the mean of the tasks' own rates is far above the truth."""
    draw = np.random.default_rng(0)
    rates = expit(-3 + 1.5 * draw.normal(size=3000))
    failures = np.minimum(draw.geometric(rates) - 1, 16).astype(float)
    successes = (failures < 16).astype(float)
    samples = successes + failures
    assert (successes / samples).mean() > 1.5 * rates.mean()
    found = fit(np.ones((3000, 1)), np.zeros(1, dtype=int), 1, successes, samples)
    centre, spread = beliefs(found.shift + found.weights, np.zeros(1), found.luck)
    assert mean_rate(centre, spread)[0] == pytest.approx(rates.mean(), rel=0.15)
