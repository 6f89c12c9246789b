"""Abilities, and the populations that difficulties come from, by marginal maximum likelihood.

P(model m solves task t) = 1 / (1 + exp(b_t - theta_m)): one parameter a task and one a model (Rasch, "Probabilistic
models for some intelligence and attainment tests", 1960). The difficulties of a cell come from Normal(mu, sigma²),
are integrated out, and the rest is found by EM (Bock & Aitkin, Psychometrika 46, 1981), its steps lengthened by
squared extrapolation (Varadhan & Roland, Scand. J. Stat. 35, 2008). Only differences of abilities and difficulties
mean anything: the mean ability, of the models with results, is fixed at 0.
"""

from dataclasses import dataclass

import numpy as np

from filters.irt.counts import Counts, Floats
from filters.irt.posterior import REACH, Population, pass_rate, posteriors

ABILITY_SD = 3.0
"""Abilities, and the mean difficulties of cells, are weakly held to Normal(0, 3²): what nobody or everybody solves
has no finite most likely place."""

_SPREAD, _SPREAD_WORTH = 1.5, 4.0  # a cell's sd is held to 1.5 by a prior worth four tasks
_NARROWEST = 0.3  # a population narrower than the grid could not be summed over it
_CLOSE = 1e-4
_MOST_STEPS = 2000
_LONGEST = 100.0  # times as far as a step of EM
_SLACK = 0.05  # of the log posterior: moving the zero back to the mean ability costs the weak prior as much


@dataclass(frozen=True, eq=False)
class Estimate:
    """`ability` (M,) and the `population` of each cell; `steps` of EM; `settled` if no step moves them."""

    ability: Floats
    population: Population
    steps: int
    settled: bool


def estimate(counts: Counts, grid: Floats) -> Estimate:
    """The most likely abilities and populations. Deterministic."""
    models, cells = counts.models, counts.populations
    now = np.concatenate([np.zeros(models + cells), np.full(cells, np.log(_SPREAD))])
    steps = 0
    while steps < _MOST_STEPS:
        once, before = _stepped(now, counts, grid)
        twice, _ = _stepped(once, counts, grid)
        steps += 2
        first, bend = once - now, (twice - once) - (once - now)
        if np.abs(first).max() < _CLOSE:
            break
        stretch = float(np.linalg.norm(first) / (np.linalg.norm(bend) + _CLOSE / _LONGEST))
        start, now = now, twice
        if stretch > 1.0:
            far = start + 2 * stretch * first + stretch**2 * bend
            landed, reached = _stepped(far, counts, grid)
            steps += 1
            if reached > before - _SLACK:
                now = landed
    ability, population = _parted(now, models)
    return Estimate(ability, population, steps, steps < _MOST_STEPS)


def _stepped(vector: Floats, counts: Counts, grid: Floats) -> tuple[Floats, float]:
    """One step of EM, and the log posterior where it set out."""
    ability, population = _parted(vector, counts.models)
    expected, density = np.zeros((counts.models, len(grid))), np.zeros((counts.populations, len(grid)))
    logs = _log_prior(ability, population)
    for block in posteriors(counts, ability, population, grid):
        expected += counts.samples[block.rows].T @ block.weights
        density[block.cell] += block.weights.sum(axis=0)
        logs += float(block.evidence.sum())
    ability = _abilities(counts.successes.sum(axis=0), expected, ability, grid)
    population = _population(density, population, grid)
    centre = ability[counts.anchors].mean()
    return np.concatenate([ability - centre, population.mean - centre, np.log(population.sd)]), logs


def _abilities(solved: Floats, expected: Floats, ability: Floats, grid: Floats) -> Floats:
    """The abilities at which the expected successes are those seen, by Newton's method.

    `expected` (M, Q): how many samples of a model fell on tasks of each difficulty, by the posteriors.
    """
    for _ in range(50):
        rates = pass_rate(ability[:, None], grid)
        slope = solved - (expected * rates).sum(axis=1) - ability / ABILITY_SD**2
        move = slope / ((expected * rates * (1 - rates)).sum(axis=1) + 1 / ABILITY_SD**2)
        ability = ability + np.clip(move, -1, 1)
        if np.abs(move).max() < 1e-10:
            break
    return ability


def _population(density: Floats, before: Population, grid: Floats) -> Population:
    """Mean and spread of each cell's difficulties; `density` (C, Q): how many of its tasks lie where."""
    count = density.sum(axis=1)
    hold = before.sd**2 / ABILITY_SD**2
    mean = density @ grid / (count + hold)
    square = (density * (grid - mean[:, None]) ** 2).sum(axis=1)
    variance = (_SPREAD_WORTH * _SPREAD**2 + square) / (_SPREAD_WORTH + 2 + count)
    return Population(mean, np.maximum(np.sqrt(variance), _NARROWEST))


def _log_prior(ability: Floats, population: Population) -> float:
    variance = population.sd**2
    held = (ability**2).sum() + (population.mean**2).sum()
    spread = (_SPREAD_WORTH / 2 + 1) * np.log(variance) + _SPREAD_WORTH * _SPREAD**2 / (2 * variance)
    return float(-held / (2 * ABILITY_SD**2) - spread.sum())


def _parted(vector: Floats, models: int) -> tuple[Floats, Population]:
    means, log_sds = np.split(vector[models:], 2)
    sds = np.exp(np.clip(log_sds, np.log(_NARROWEST), np.log(REACH)))  # an extrapolated step may go anywhere
    return vector[:models], Population(np.clip(means, -REACH, REACH), sds)
