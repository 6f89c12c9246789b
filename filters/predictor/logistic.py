"""A logistic regression whose columns come in groups, for success counts that vary more than coins do.

The weights of a group are drawn from one normal distribution, whose width is found from the data by MacKay's evidence
iteration ("Bayesian interpolation", 1992) at Laplace's approximation: groups that tell nothing shrink to nothing.
Tasks with the same columns differ in their pass rates: their rates are Beta around the mean that the columns give, and
the overdispersion rho = 1 / (a + b + 1) is the one under which the counts are likeliest, each task predicted by the fit
without it. In the fit itself a task of n samples weighs n / (1 + (n - 1) rho), its quasi-likelihood weight (Williams,
"Extra-binomial variation in logistic linear models", 1982).
"""

import math
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_ROUNDS = 30
_NEWTON_STEPS = 50
_WIDEST, _NARROWEST = 0.05, 1e4
"""The least and the greatest precision of a group."""
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(24)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """`weights` (D,), their `covariance` (D, D), the groups' `precisions` (G,), and the overdispersion `rho`."""

    weights: Vector
    covariance: Matrix
    precisions: Vector
    rho: float

    def mean_and_variance(self, columns: NDArray[np.int64], values: Vector, unseen: Vector) -> tuple[float, float]:
        """Of one row's log-odds: its `values` (K,) in the `columns` (K,), and by group (G,) the squared length of what
        it has in columns that were not seen."""
        known = float(values @ self.covariance[np.ix_(columns, columns)] @ values)
        return float(values @ self.weights[columns]), max(known, 0.0) + float(unseen @ (1 / self.precisions))


def fit(columns: Matrix, groups: NDArray[np.int64], count: int, successes: Vector, samples: Vector) -> Fit:
    """Fits `columns` (N, D), each in one of `count` `groups` (D,), to `successes` of `samples` (N,), all above 0."""
    precisions, rho = np.ones(count), 0.3
    weights = np.zeros(columns.shape[1])
    for _ in range(_ROUNDS):
        weighing = samples / (1 + (samples - 1) * rho)
        weights, covariance = _mode(columns, precisions[groups], successes / samples, weighing, weights)
        before = np.append(precisions, rho)
        precisions = _evidence(weights, covariance, precisions, groups)
        rho = _overdispersion(
            *_left_out(columns, weights, covariance, successes / samples, weighing), successes, samples
        )
        if np.abs(np.log(np.append(precisions, rho) / before)).max() < 0.01:
            break
    return Fit(weights=weights, covariance=covariance, precisions=precisions, rho=rho)


def beliefs(mean: Vector, variance: Vector, rho: float) -> tuple[Vector, Vector]:
    """The Beta (a, b) of each row's pass rate: of its mean and variance, over log-odds and overdispersion."""
    rates = expit(mean[:, None] + np.sqrt(variance)[:, None] * _NODES)
    centre = np.clip((rates * _WEIGHTS).sum(axis=1), 1e-6, 1 - 1e-6)
    uncertain = ((rates - centre[:, None]) ** 2 * _WEIGHTS).sum(axis=1) / (centre * (1 - centre))
    uncertain = np.clip(uncertain, 0, 0.95)
    spread = uncertain + (1 - uncertain) * rho
    strength = 1 / spread - 1
    return centre * strength, (1 - centre) * strength


def _mode(columns: Matrix, precision: Vector, rate: Vector, weighing: Vector, start: Vector) -> tuple[Vector, Matrix]:
    """The likeliest weights by Newton's method, and the inverse of the curvature there."""
    weights = start

    def loss(at: Vector) -> float:
        log_odds = columns @ at
        return float((weighing * (np.logaddexp(0, log_odds) - rate * log_odds)).sum() + (precision * at**2).sum() / 2)

    for _ in range(_NEWTON_STEPS):
        mean = expit(columns @ weights)
        slope = columns.T @ (weighing * (rate - mean)) - precision * weights
        step = np.linalg.solve(_curvature(columns, precision, weighing * mean * (1 - mean)), slope)
        size = 1.0
        while loss(weights + size * step) > loss(weights) and size > 1e-6:
            size /= 2
        weights = weights + size * step
        if np.abs(step).max() < 1e-8:
            break
    mean = expit(columns @ weights)
    covariance = np.linalg.inv(_curvature(columns, precision, weighing * mean * (1 - mean))).astype(np.float64)
    return weights, covariance


def _curvature(columns: Matrix, precision: Vector, weights: Vector) -> Matrix:
    return (columns * weights[:, None]).T @ columns + np.diag(precision)


def _evidence(weights: Vector, covariance: Matrix, precisions: Vector, groups: NDArray[np.int64]) -> Vector:
    """MacKay's update, with one weight of size 1 in each group that was not seen."""
    known = 1 - precisions[groups] * np.diag(covariance)
    determined = np.bincount(groups, known, minlength=len(precisions))
    squares = np.bincount(groups, weights**2, minlength=len(precisions))
    return np.clip((determined + 1) / (squares + 1), _WIDEST, _NARROWEST)


def _left_out(
    columns: Matrix, weights: Vector, covariance: Matrix, rate: Vector, weighing: Vector
) -> tuple[Vector, Vector]:
    """Mean and variance of each row's log-odds without the row, by one step of Newton's method back."""
    log_odds = columns @ weights
    mean = expit(log_odds)
    variance = np.einsum("nd,de,ne->n", columns, covariance, columns, optimize=True)
    held = np.minimum(variance * weighing * mean * (1 - mean), 0.99)
    return log_odds - variance * weighing * (rate - mean) / (1 - held), variance / (1 - held)


def _overdispersion(mean: Vector, variance: Vector, successes: Vector, samples: Vector) -> float:
    def loss(rho: float) -> float:
        a, b = beliefs(mean, variance, rho)
        ways = log_beta(a + successes, b + samples - successes) - log_beta(a, b)
        return -float(ways.sum())

    return _least(loss, 0.005, 0.9)


def _least(loss: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one valley is least, by golden section."""
    golden = (5**0.5 - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = loss(left), loss(right)
    while high - low > 1e-3:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = loss(right)
    return (low + high) / 2


def expit(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 * (1 + np.tanh(log_odds / 2))


def log_beta(a: Vector, b: Vector) -> Vector:
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b)


def log_gamma(x: Vector) -> Vector:
    """For x above 0, within 1e-12: Stirling's series (DLMF 5.11.1) at x + 8, and back by x Gamma(x) = Gamma(x + 1)."""
    shifted = x + 8
    series: Vector = 1 / (12 * shifted) - 1 / (360 * shifted**3) + 1 / (1260 * shifted**5) - 1 / (1680 * shifted**7)
    below: Vector = np.log(x[:, None] + np.arange(8)).sum(axis=1)
    return (shifted - 0.5) * np.log(shifted) - shifted + 0.5 * math.log(2 * math.pi) + series - below
