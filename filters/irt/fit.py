"""Does one scale hold? What the models did, against what they would have done if it held, by replicated results.

A replicate draws every task's difficulty from its posterior, and results from the scale (posterior predictive
checks: Gelman, Meng & Stern, Statistica Sinica 6, 1996): what shrinkage does to the statistics, it does to both.
The results must be of as many samples whatever came of them: where a rule stops sampling by the results, those that
it left are not binomial, and the replicates, which never stop, are not their like.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filters.irt.counts import Counts, Floats, Ints
from filters.irt.posterior import difficulty_grid, pass_rate, posteriors
from filters.irt.scale import Scale
from pipeline.seeding import derived_seed

REPLICATES = 99
MOST_TASKS = 10_000

SLACK = 0.05
"""Being off by less than this, as a pass rate, is no misfit, however many samples show it."""

MEAN_SQUARES = (0.8, 1.2)
"""Nor is a mean square in here (Wright & Linacre, "Reasonable mean-square fit values", RMT 8:3, 1994)."""

_RARE = 0.01


@dataclass(frozen=True, eq=False)
class Fit:
    """How well the scale describes each model, all (M,).

    `infit` and `outfit`: mean squared residuals, weighted by information and not, over the replicates' own; 1 is a
    fit, more is noise or a skill of another kind, less is a model that follows the difficulties too closely.
    `off`: how far the model's pass rates in the cells are from the scale's, root mean square, sampling noise taken
    off. `holds`: neither is both large and rarer than 1 of 100 replicates.
    """

    infit: Floats
    outfit: Floats
    off: Floats
    holds: NDArray[np.bool_]


class _Residuals(NamedTuple):
    infit: Floats
    outfit: Floats
    by_cell: Floats
    """(C, M): successes beyond those expected."""


def fit_of(scale: Scale, full: Counts, first: Counts, seed: int) -> Fit:
    """How well a scale estimated from `full` describes `first`, the first samples of the same tasks.

    At most 10,000 tasks are looked at, evenly over the cells; a model without samples holds. Deterministic.
    """
    chosen = _evenly(first)
    full, first = full.rows(chosen), first.rows(chosen)
    grid = difficulty_grid(first)
    rng = np.random.default_rng(derived_seed(seed, "scale fit"))
    seen = _residuals(first, scale, grid)
    drawn = [
        _residuals(_redrawn(first, pass_rate(scale.ability, difficulty[:, None]), rng), scale, grid)
        for difficulty in _difficulties(full, scale, rng)
    ]
    infits, outfits = (np.array([each[which] for each in drawn]) for which in (0, 1))  # (K, M)
    cells = np.array([each.by_cell for each in drawn])  # (K, C, M)
    mean, variance = cells.mean(axis=0), cells.var(axis=0, ddof=1)
    sums = np.zeros_like(mean)
    np.add.at(sums, first.cells, first.samples)
    distance, distances = (_distance(some, mean, variance) for some in (seen.by_cell, cells))
    excess = ((seen.by_cell - mean) ** 2 - variance) / np.maximum(sums, 1)
    off = np.sqrt(np.maximum(excess.sum(axis=0), 0) / np.maximum(sums.sum(axis=0), 1))
    infit, outfit = seen.infit / infits.mean(axis=0), seen.outfit / outfits.mean(axis=0)
    unlike = (off > SLACK) & (_share_beyond(distance, distances) <= _RARE)
    rough = (infit < MEAN_SQUARES[0]) | (infit > MEAN_SQUARES[1])
    rough &= _share_beyond(np.abs(infit - 1), np.abs(infits / infits.mean(axis=0) - 1)) <= _RARE
    return Fit(infit, outfit, off, ~(unlike | rough))


def _evenly(counts: Counts) -> Ints:
    order = np.argsort(counts.cells, kind="stable")
    order = order[counts.samples[order].any(axis=1)]
    step = max(1, -(-len(order) // MOST_TASKS))
    return np.sort(order[::step])


def _difficulties(counts: Counts, scale: Scale, rng: np.random.Generator) -> Floats:
    """(K, T), drawn from the posteriors."""
    grid = difficulty_grid(counts)
    drawn = np.empty((REPLICATES, len(counts.samples)))
    for block in posteriors(counts, scale.ability, scale.population, grid):
        up_to = block.weights.cumsum(axis=1)
        for replicate in range(REPLICATES):
            spots = (up_to < rng.random((len(block.rows), 1))).sum(axis=1)
            drawn[replicate, block.rows] = grid[np.minimum(spots, len(grid) - 1)]
    return drawn


def _redrawn(counts: Counts, rates: Floats, rng: np.random.Generator) -> Counts:
    return Counts(rng.binomial(counts.samples, rates), counts.samples, counts.cells)


def _residuals(counts: Counts, scale: Scale, grid: Floats) -> _Residuals:
    """What the results are beyond those expected of each task's own posterior."""
    curves = pass_rate(scale.ability[:, None], grid)
    rates = np.empty(counts.samples.shape)
    for block in posteriors(counts, scale.ability, scale.population, grid):
        rates[block.rows] = block.weights @ curves.T
    beyond, variance = counts.successes - counts.samples * rates, counts.samples * rates * (1 - rates)
    squares = np.divide(beyond**2, variance, out=np.zeros_like(beyond), where=variance > 0)
    by_cell = np.zeros((len(scale.population.mean), counts.models))
    np.add.at(by_cell, counts.cells, beyond)
    tried = np.maximum((counts.samples > 0).sum(axis=0), 1)
    tiny = np.finfo(np.float64).tiny
    infit = ((beyond**2).sum(axis=0) + tiny) / (variance.sum(axis=0) + tiny)
    return _Residuals(infit, (squares.sum(axis=0) + tiny) / tried, by_cell)


def _distance(by_cell: Floats, mean: Floats, variance: Floats) -> Floats:
    """(..., M): how far the cells are from the replicates', in squared standard deviations."""
    gap = (by_cell - mean) ** 2
    return np.asarray(np.divide(gap, variance, out=np.zeros_like(gap), where=variance > 0).sum(axis=-2))


def _share_beyond(seen: Floats, drawn: Floats) -> Floats:
    """(M,): the share of all that are as large as what was seen, itself among them."""
    return np.asarray((1 + (drawn >= seen).sum(axis=0)) / (1 + len(drawn)), dtype=np.float64)
