"""The Beta distribution: what is believed of a pass rate after some rollouts."""

import math
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

_PRECISION = 1e-14
_TINY = 1e-300


class Beta(msgspec.Struct, frozen=True):
    """Beta(a, b), a and b above 0: the belief of having seen `a` successes and `b` failures."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    def after(self, successes: int, failures: int) -> "Beta":
        """The posterior, by conjugacy.

        >>> Beta(0.5, 0.5).after(3, 1)
        Beta(a=3.5, b=1.5)
        """
        return Beta(self.a + successes, self.b + failures)


JEFFREYS = Beta(0.5, 0.5)


def beta_cdf(belief: Beta, x: float) -> float:
    """P(p <= x): the regularised incomplete beta function I_x(a, b) (DLMF 8.17.22).

    >>> round(beta_cdf(Beta(2, 3), 0.5), 6)
    0.6875
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    a, b = belief.a, belief.b
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side; I_x(a, b) = 1 - I_1-x(b, a)
        return 1.0 - _front(b, a, 1 - x) / b * _fraction(b, a, 1 - x)
    return _front(a, b, x) / a * _fraction(a, b, x)


@lru_cache(maxsize=65536)
def beta_quantile(belief: Beta, share: float) -> float:
    """The x with P(p <= x) = share, by bisection, within 1e-9."""
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        if beta_cdf(belief, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_cdf_grid(prior: Beta, x: float, most: int) -> NDArray[np.float64]:
    """P(p <= x) for every posterior: entry [s, f] after s successes and f failures, (most + 1, most + 1).

    One incomplete beta function, then its recurrences in a and in b (DLMF 8.17.20, 8.17.21), which add at most
    `most` rounding errors of 1e-16 each.
    """
    shape = (most + 1, most + 1)
    if not 0.0 < x < 1.0:
        return np.full(shape, float(x >= 1.0))
    steps = np.arange(most + 1)
    a, b = prior.a + steps, prior.b + steps
    log_gamma = np.vectorize(math.lgamma, otypes=[np.float64])
    log_gamma_sum = log_gamma(prior.a + prior.b + np.arange(2 * most + 1))[steps[:, None] + steps[None, :]]
    front = np.exp(
        (a * math.log(x) - log_gamma(a))[:, None] + (b * math.log1p(-x) - log_gamma(b))[None, :] + log_gamma_sum
    )
    grid = np.empty(shape)
    grid[0, 0] = beta_cdf(prior, x)
    grid[1:, 0] = grid[0, 0] - np.cumsum(front[:-1, 0] / a[:-1])
    grid[:, 1:] = grid[:, :1] + np.cumsum(front[:, :-1] / b[:-1], axis=1)
    return np.clip(grid, 0.0, 1.0)


def _front(a: float, b: float, x: float) -> float:
    """x^a (1 - x)^b / B(a, b)."""
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta)


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of I_x(a, b), evaluated from the front by Lentz's method."""
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1))
    value = d
    m = 1
    while True:
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / _not_zero(1.0 + term * d)
            c = _not_zero(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < _PRECISION:
            return value
        m += 1


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
