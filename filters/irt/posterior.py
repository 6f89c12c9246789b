"""What is believed of each task's difficulty, given the abilities: exact sums over a grid of difficulties.

The likelihood of a task is exp(-S b) / prod_m (1 + exp(theta_m - b))^n_m up to a factor without b: its successes
count by their sum S alone, whichever model had them. That is Rasch's sufficient statistic, and it makes the
posteriors of many tasks two products of matrices.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from filters.irt.counts import Counts, Floats, Ints

REACH = 10.0
"""Difficulties lie in [-REACH, REACH]: pass rates between 5e-5 and 1 - 5e-5 for a model of mean ability."""

_COARSEST = 0.25
_BLOCK = 1024  # tasks: their grid stays in the processor's cache


@dataclass(frozen=True, eq=False)
class Population:
    """The prior of the difficulties: Normal(mean, sd²), both (C,) by cell."""

    mean: Floats
    sd: Floats


@dataclass(frozen=True, eq=False)
class Posteriors:
    """Tasks of one cell: `rows` (t,) their indices, `weights` (t, Q) their posterior, `evidence` (t,) its log mass."""

    rows: Ints
    cell: int
    weights: Floats
    evidence: Floats


def difficulty_grid(counts: Counts) -> Floats:
    """(Q,), as fine as the sharpest posterior: its standard deviation is at least 2 / sqrt(samples).

    Sums over equal steps of up to one standard deviation of a smooth bell are exact to 1e-8 (Poisson summation).
    """
    most = counts.samples.sum(axis=1).max(initial=1)
    step = min(_COARSEST, 2 / float(np.sqrt(most)))
    half = int(np.ceil(REACH / step))
    return np.linspace(-REACH, REACH, 2 * half + 1)


def pass_rate(ability: Floats, difficulty: Floats) -> Floats:
    """1 / (1 + exp(difficulty - ability)) of Rasch (1960), by NumPy's rules for shapes."""
    return np.asarray(1 / (1 + np.exp(difficulty - ability)), dtype=np.float64)


def posteriors(counts: Counts, ability: Floats, population: Population, grid: Floats) -> Iterator[Posteriors]:
    """The tasks in blocks of one cell each, all of them once."""
    log_failing = np.logaddexp(0.0, ability[:, None] - grid)  # (M, Q)
    log_prior = -0.5 * ((grid - population.mean[:, None]) / population.sd[:, None]) ** 2
    log_prior -= np.log(np.exp(log_prior).sum(axis=1, keepdims=True))
    for cell, rows in _blocks(counts):
        solved, tried = counts.successes[rows], counts.samples[rows].astype(np.float64)
        logs = log_prior[cell] - solved.sum(axis=1)[:, None] * grid - tried @ log_failing
        peak = logs.max(axis=1, keepdims=True)
        weights = np.exp(logs - peak)
        mass = weights.sum(axis=1, keepdims=True)
        weights /= mass
        yield Posteriors(rows, cell, weights, (peak + np.log(mass))[:, 0] + solved @ ability)


def _blocks(counts: Counts) -> Iterator[tuple[int, Ints]]:
    order = np.argsort(counts.cells, kind="stable")
    starts = np.searchsorted(counts.cells[order], np.arange(counts.populations + 1))
    for cell in range(counts.populations):
        for start in range(int(starts[cell]), int(starts[cell + 1]), _BLOCK):
            yield cell, order[start : min(start + _BLOCK, int(starts[cell + 1]))]
