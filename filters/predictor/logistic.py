"""A logistic regression whose columns come in groups, for success counts that vary more than coins do.

The weights of a group are drawn from one normal distribution, whose width is found from the data by MacKay's evidence
iteration ("Bayesian interpolation", 1992) at Laplace's approximation: groups that tell nothing shrink to nothing.
Tasks with the same columns differ in their pass rates: the log-odds of each lie normally around what the columns give,
with the standard deviation `luck` under which the counts are likeliest, each task predicted by the fit without it. In
the fit itself a task of n samples weighs n / (1 + n luck^2 p (1 - p)), a quasi-likelihood weight for a variance of that
kind (Williams, "Extra-binomial variation in logistic linear models", 1982, model III).
"""

import math
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.statistics import expit

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_ROUNDS = 30
_NEWTON_STEPS = 50
_WIDEST, _NARROWEST = 0.05, 1e4
"""The least and the greatest precision of a group."""
_START = 0.2
_ZEGER = (16 * math.sqrt(3) / (15 * math.pi)) ** 2
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(24)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """`weights` (D,), their `covariance` (D, D), the groups' `precisions` (G,), what is added to all log-odds,
    `shift`, and the tasks' `luck`."""

    weights: Vector
    covariance: Matrix
    precisions: Vector
    shift: float
    luck: float

    def mean_and_variance(self, columns: NDArray[np.int64], values: Vector, unseen: Vector) -> tuple[float, float]:
        """Of one row's log-odds: its `values` (K,) in the `columns` (K,), and by group (G,) the squared length of what
        it has in columns that were not seen."""
        known = float(values @ self.covariance[np.ix_(columns, columns)] @ values)
        return self.shift + float(values @ self.weights[columns]), max(known, 0.0) + float(
            unseen @ (1 / self.precisions)
        )


def fit(columns: Matrix, groups: NDArray[np.int64], count: int, successes: Vector, samples: Vector) -> Fit:
    """Fits `columns` (N, D), each in one of `count` `groups` (D,), to `successes` of `samples` (N,), all above 0."""
    precisions, luck = np.ones(count), 0.5
    weights, rate = np.zeros(columns.shape[1]), successes / samples
    mean = np.full(len(samples), rate.mean())
    for _ in range(_ROUNDS):
        weighing = samples / (1 + samples * luck**2 * mean * (1 - mean))
        weights, covariance = _mode(columns, precisions[groups], rate, weighing, weights)
        before = np.append(precisions, luck)
        precisions = _evidence(weights, covariance, precisions, groups)
        log_odds, variance = _left_out(columns, weights, covariance, rate, weighing)
        luck, mean = _luckiest(log_odds, variance, successes, samples), expit(log_odds)
        if np.abs(np.log(np.append(precisions, luck) / before)).max() < 0.01:
            break
    shift = _likeliest_shift(log_odds, variance, luck, successes, samples)
    return Fit(weights=weights, covariance=covariance, precisions=precisions, shift=shift, luck=luck)


def beliefs(mean: Vector, variance: Vector, luck: float) -> tuple[Vector, Vector]:
    """Centre and standard deviation (N,) of each task's log-odds, from mean and variance of what its columns give.

    The columns give the log-odds of mean rates, which lie nearer to 1/2 than the rates of single tasks: by the factor
    sqrt(1 + 0.346 luck^2) (Zeger, Liang and Albert, "Models for longitudinal data", 1988).
    """
    stretch = 1 + _ZEGER * luck**2
    return mean * math.sqrt(stretch), np.sqrt(variance * stretch + luck**2)


def mean_rate(centre: Vector, spread: Vector) -> Vector:
    """The mean (N,) of a rate whose log-odds are normal; within 1e-4 for spreads up to 4."""
    rates = expit(centre[:, None] + spread[:, None] * _NODES)
    return np.asarray((rates * _WEIGHTS).sum(axis=1))


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
    """MacKay's update; each group starts with a fifth of a weight of size 1, which keeps an unseen one in bounds."""
    known = 1 - precisions[groups] * np.diag(covariance)
    determined = np.bincount(groups, known, minlength=len(precisions))
    squares = np.bincount(groups, weights**2, minlength=len(precisions))
    return np.clip((determined + _START) / (squares + _START), _WIDEST, _NARROWEST)


def _left_out(
    columns: Matrix, weights: Vector, covariance: Matrix, rate: Vector, weighing: Vector
) -> tuple[Vector, Vector]:
    """Mean and variance of each row's log-odds without the row, by one step of Newton's method back."""
    log_odds = columns @ weights
    mean = expit(log_odds)
    variance = np.einsum("nd,de,ne->n", columns, covariance, columns, optimize=True)
    held = np.minimum(variance * weighing * mean * (1 - mean), 0.99)
    return log_odds - variance * weighing * (rate - mean) / (1 - held), variance / (1 - held)


def _luckiest(mean: Vector, variance: Vector, successes: Vector, samples: Vector) -> float:
    def loss(luck: float) -> float:
        return -float(log_likelihood(*beliefs(mean, variance, luck), successes, samples).sum())

    return _least(loss, 0.02, 4.0)


def _likeliest_shift(mean: Vector, variance: Vector, luck: float, successes: Vector, samples: Vector) -> float:
    """What makes the counts likeliest, each task predicted without itself: the fit goes by a quasi-likelihood."""

    def loss(shift: float) -> float:
        return -float(log_likelihood(*beliefs(mean + shift, variance, luck), successes, samples).sum())

    return _least(loss, -1.0, 1.0)


def log_likelihood(centre: Vector, spread: Vector, successes: Vector, samples: Vector) -> Vector:
    """Of one order of `successes` in `samples` (N,) at normal log-odds.

    The integral by Gauss and Hermite's rule around its peak (Liu and Pierce, "A note on Gauss-Hermite quadrature",
    1994).
    """
    peak = centre
    for _ in range(12):
        rate = expit(peak)
        slope = successes - samples * rate - (peak - centre) / spread**2
        peak = peak + np.clip(slope / (samples * rate * (1 - rate) + 1 / spread**2), -2, 2)
    rate = expit(peak)
    width = 1 / np.sqrt(samples * rate * (1 - rate) + 1 / spread**2)
    at = peak[:, None] + width[:, None] * _NODES
    heights = successes[:, None] * at - samples[:, None] * np.logaddexp(0, at)
    heights -= ((at - centre[:, None]) / spread[:, None]) ** 2 / 2 - _NODES**2 / 2
    top = heights.max(axis=1)
    mass: Vector = (np.exp(heights - top[:, None]) * _WEIGHTS).sum(axis=1)
    return np.asarray(top + np.log(mass * width / spread))


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
