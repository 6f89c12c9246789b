"""What a few numbers say of many: intervals of shares and means, and how well scores rank; log-odds as shares."""

from collections.abc import Callable, Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

from schemas.interval import wilson as wilson

Floats = NDArray[np.float64]

_RESAMPLES = 1000


def pass_at(samples: int, right: int, k: int) -> float:
    """The chance that k of the samples, drawn without replacement, hold a right one (Chen et al., arXiv 2107.03374).

    >>> pass_at(samples=4, right=1, k=2)
    0.5
    """
    return 1 - comb(samples - right, k) / comb(samples, k)


def auroc(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """The chance that a right one scores above a wrong one, ties as halves (Mann and Whitney, 1947).

    >>> auroc([0.9, 0.8, 0.3, 0.3], [True, False, True, False])
    0.625
    """
    positives = sum(right)
    if not positives or positives == len(right):
        return None
    total = float(ranks(scores)[np.asarray(right, dtype=bool)].sum())
    return (total - positives * (positives + 1) / 2) / (positives * (len(right) - positives))


def rank_correlation(left: Sequence[float] | Floats, right: Sequence[float] | Floats) -> float | None:
    """Spearman's; None where a side has a single value, which ranks nothing.

    >>> round(rank_correlation([1, 2, 3, 3], [10, 20, 40, 40]), 6)
    1.0
    """
    both = ranks(left), ranks(right)
    if any(not side.size or np.ptp(side) == 0 for side in both):
        return None
    return float(np.corrcoef(*both)[0, 1])


def ranks(values: Sequence[float] | Floats) -> Floats:
    """From 1 upwards, (n,); equal values share the mean of their ranks."""
    _, which, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    shared: Floats = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return shared


def expit(log_odds: Floats) -> Floats:
    """The shares of log-odds, in [0, 1]; far from 0 too."""
    return np.asarray(0.5 * (1 + np.tanh(log_odds / 2)))


def bootstrap(
    statistic: Callable[[NDArray[np.int64]], float | None], units: int, seed: int, resamples: int = _RESAMPLES
) -> tuple[float | None, float | None]:
    """The 95 % percentile interval of a statistic over units that are drawn anew with replacement.

    `statistic` takes the places (units,) of those drawn; draws for which it is None are left out.
    """
    rng = np.random.default_rng(seed)
    drawn = [statistic(rng.integers(0, units, units)) for _ in range(resamples if units else 0)]
    told = [value for value in drawn if value is not None]
    if not told:
        return None, None
    low, high = np.quantile(told, [0.025, 0.975])
    return float(low), float(high)
