"""From what some work took to draws of what more work will take; sums and products of draws are forecasts again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.costs.plan import Interval

Floats = NDArray[np.float64]

DRAWS = 400

MACHINE = 0.14
"""By how much CPU seconds for the same work differ between two starts on one machine, as the standard deviation of
their logarithm. benchmarks/plan.py measures 0.06 between starts that follow one another on a crowded machine; this is
more, as hours lie between a run and the next, and a busy core computes slower than an idle one."""


def interval(draws: Floats, share: float) -> Interval:
    """The median and the equal-tailed interval that has this share of the draws."""
    low, middle, high = np.quantile(draws, [(1 - share) / 2, 0.5, (1 + share) / 2])
    return Interval(float(low), float(middle), float(high))


def task_spread(units: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """How much one row's cost varies, squared and relative to the mean, of units (rows, cost); and the degrees of
    freedom that say so.

    A unit of n rows has a mean cost whose variance is a row's over n, so the squared distance of its rate from the rate
    of all, times n, estimates a row's.
    """
    rows, costs = np.array([unit for unit in units if unit[0] > 0], dtype=np.float64).reshape(-1, 2).T
    if len(rows) < 2 or not costs.sum():
        return 1.0, 0.0
    rate = costs.sum() / rows.sum()
    return float((rows * (costs / rows / rate - 1) ** 2).sum() / (len(rows) - 1)), float(len(rows) - 1)


MOST_FREEDOM = 10.0
"""Costs of rows are far from normal, so that many of them tell less of their variance than as many numbers would."""


def spread_of(rows: float, seconds: float, squares: float) -> tuple[float, float]:
    """The same as `task_spread`, from single rows: their number, and the sum and the sum of squares of their costs."""
    if rows < 2 or not seconds:
        return 1.0, 0.0
    variance = squares / rows / (seconds / rows) ** 2 - 1
    return max(variance, 0.0) * rows / (rows - 1), min(rows - 1.0, MOST_FREEDOM)


def drawn_total(
    units: Sequence[tuple[float, float]],
    rows: Floats,
    rng: np.random.Generator,
    like: tuple[float, float] | None = None,
    own: tuple[float, float] | None = None,
) -> Floats:
    """Draws (draws,) of the cost of `rows` (draws,) more rows, from units (rows, cost) of the same kind.

    The ratio estimator's rate, Student-t with what is known of its variance, and the further rows' own variation.
    `like` is the spread of like work (`task_spread`), which counts as three more degrees of freedom; it is one row's
    cost deviating by all of the mean where it is not given. `own` is that of these units, where more is known.
    """
    seen = sum(unit[0] for unit in units)
    if not seen:
        return np.full(len(rows), np.nan)
    rate = sum(unit[1] for unit in units) / seen
    each, freedom = task_spread(units) if own is None else own
    variance = (each * freedom + 3 * (1.0 if like is None else like[0])) / (freedom + 3)
    noise = rng.standard_t(freedom + 3, len(rows)) * np.sqrt(variance / seen)
    noise += rng.standard_normal(len(rows)) * np.sqrt(variance / np.maximum(rows, 1.0))
    drawn: Floats = rows * rate * np.maximum(1 + noise, 0.05)  # even to both sides: sums of many have no bias
    return drawn


def machine_noise(draws: int, rng: np.random.Generator) -> Floats:
    """By what all CPU seconds of a start are multiplied (draws,)."""
    return np.exp(MACHINE * rng.standard_normal(draws))
