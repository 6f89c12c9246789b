"""One scale for tasks and models: abilities and difficulties with how sure they are, in logits.

Given the populations' spreads, abilities and mean difficulties have the covariance of their marginal likelihood's
curvature (Louis, JRSS B 44, 1982: what complete data would tell, less what the difficulties' doubt takes away).
What is not known of them is in the difficulties' standard deviations too, to first order.
"""

from dataclasses import dataclass

import numpy as np

from filters.irt.counts import Counts, Floats
from filters.irt.estimate import ABILITY_SD, Estimate, estimate
from filters.irt.posterior import Population, difficulty_grid, pass_rate, posteriors


@dataclass(frozen=True, eq=False)
class Scale:
    """Abilities (M,) with their covariance (M, M), and difficulties (T,): posterior means, deviations, in logits.

    The mean ability, of the models with results, is 0: a model of mean ability solves a task of difficulty 0 half of
    the time. `rates` (T, M) are posterior mean pass rates, also where a model has not tried a task. Stopping rules
    that look at the results bias none of them. `settled` is false where the estimate had not come to rest.
    """

    ability: Floats
    covariance: Floats
    population: Population
    difficulty: Floats
    difficulty_sd: Floats
    rates: Floats
    settled: bool

    @property
    def ability_sd(self) -> Floats:
        return np.sqrt(np.diag(self.covariance))


def scale_of(counts: Counts) -> Scale:
    """The scale on which the counts are most likely. Deterministic; 100,000 tasks by 10 models take seconds."""
    grid = difficulty_grid(counts)
    found = estimate(counts, grid)
    believed = _believed(counts, found, grid)
    covariance = _covariance(counts, found, believed)
    models = counts.models
    pull = np.concatenate([-believed.pull, np.zeros((len(counts.samples), counts.populations))], axis=1)
    pull[np.arange(len(pull)), models + counts.cells] = believed.variance / found.population.sd[counts.cells] ** 2
    variance = believed.variance + np.einsum("ti,ij,tj->t", pull, covariance, pull, optimize=True)
    return Scale(
        ability=found.ability,
        covariance=covariance[:models, :models],
        population=found.population,
        difficulty=believed.mean,
        difficulty_sd=np.sqrt(variance),
        rates=believed.rates,
        settled=found.settled,
    )


@dataclass(frozen=True, eq=False)
class _Believed:
    """Given the abilities: `mean` and `variance` (T,) of each difficulty, the expected `rates` (T, M), and `pull`
    (T, M), the covariance of a task's difficulty with a model's expected successes. Summed over tasks: `joint` (M, M),
    E[expected successes of two models], and `information` (M,) of the abilities, were the difficulties known."""

    mean: Floats
    variance: Floats
    rates: Floats
    pull: Floats
    joint: Floats
    information: Floats


def _believed(counts: Counts, found: Estimate, grid: Floats) -> _Believed:
    tasks, models = counts.samples.shape
    curves = pass_rate(found.ability[:, None], grid)  # (M, Q)
    mean, variance = np.empty(tasks), np.empty(tasks)
    rates, pull = np.empty((tasks, models)), np.empty((tasks, models))
    joint, information = np.zeros((models, models)), np.zeros(models)
    for block in posteriors(counts, found.ability, found.population, grid):
        samples = counts.samples[block.rows].astype(np.float64)
        mean[block.rows] = centre = block.weights @ grid
        variance[block.rows] = block.weights @ grid**2 - centre**2
        rates[block.rows] = solving = block.weights @ curves.T
        pull[block.rows] = samples * (block.weights @ (grid * curves).T - centre[:, None] * solving)
        information += (samples.T @ block.weights * curves * (1 - curves)).sum(axis=1)
        for model in range(models):
            both = (samples * samples[:, model : model + 1]).T @ block.weights  # (M, Q)
            joint[model] += (both * curves * curves[model]).sum(axis=1)
    return _Believed(mean, np.maximum(variance, 0.0), rates, pull, joint, information)


def _covariance(counts: Counts, found: Estimate, believed: _Believed) -> Floats:
    """(M + C, M + C), of abilities and mean difficulties, where the anchors' mean is held at 0."""
    models, cells = counts.models, counts.populations
    variance = found.population.sd**2
    expected = counts.samples * believed.rates
    information = np.zeros((models + cells, models + cells))
    information[:models, :models] = np.diag(believed.information) - (believed.joint - expected.T @ expected)
    sizes, doubt = np.bincount(counts.cells, minlength=cells), np.zeros((cells, models + 1))
    np.add.at(doubt, counts.cells, np.column_stack([believed.pull, believed.variance]))
    information[:models, models:] = (doubt[:, :models] / variance[:, None]).T
    information[models:, :models] = information[:models, models:].T
    information[models:, models:] = np.diag(sizes / variance - doubt[:, models] / variance**2)
    information += np.eye(models + cells) / ABILITY_SD**2
    held, *others = counts.anchors
    free = np.eye(models + cells)
    free[held, others] = -1.0  # one ability is minus the sum of the others
    free = np.delete(free, held, axis=1)
    return np.asarray(free @ np.linalg.inv(free.T @ information @ free) @ free.T, dtype=np.float64)
