"""What to believe of a task's pass rate before it is tried: fitted per family and level (empirical Bayes)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from filters.beta import JEFFREYS, Beta
from generators.registry import family_named
from generators.stream import Segment, params_of
from schemas import Task, jsontext

Cell = tuple[str, int, str]
"""(family, level, parameters): the parameters as text where they are off the ladder, with level 0, else empty."""

FEWEST_TASKS = 50
"""A fit to fewer tasks would follow the noise: a smaller cell is filled up to it with what all cells have seen."""

WEIGHTIEST = 4.0
"""The most rollouts that a fitted prior may be worth (a + b), so that no task is judged by its cell alone."""

_LEAST = 0.05


def cell_of(task: Task) -> Cell:
    return task.family, task.level, "" if task.level else jsontext.dumps(task.params)


def cell_of_segment(segment: Segment) -> Cell:
    """The cell of all its tasks."""
    if segment.level:
        return segment.family, segment.level, ""
    return segment.family, 0, jsontext.dumps(params_of(family_named(segment.family), 0, segment.params))


def fitted_priors(counts: Iterable[tuple[Cell, int, int]]) -> dict[Cell, Beta]:
    """The prior of every cell from its tasks' (cell, successes, failures), as `priors_by_cell` has it."""
    cells: dict[Cell, Counter[tuple[int, int]]] = defaultdict(Counter)
    for cell, successes, failures in counts:
        if successes + failures:
            cells[cell][successes, failures] += 1
    return priors_by_cell(cells)


def priors_by_cell(seen: Mapping[Cell, Mapping[tuple[int, int], float]]) -> dict[Cell, Beta]:
    """The prior of each cell, by how many of its tasks had (successes, failures); none where all cells are too few.

    A cell of n tasks, fewer than FEWEST_TASKS, counts as FEWEST_TASKS: the others are like those of all cells together.
    """
    everywhere: Counter[tuple[int, int]] = Counter()
    for own in seen.values():
        everywhere.update(own)
    total = everywhere.total()
    if total < FEWEST_TASKS:
        return {}
    found: dict[Cell, Beta] = {}
    for cell, own in sorted(seen.items()):
        missing = max(FEWEST_TASKS - sum(own.values()), 0) / total
        outcomes = everywhere if missing else own
        found[cell] = fit_beta({each: own.get(each, 0) + missing * everywhere[each] for each in outcomes})
    return found


def fit_beta(seen: Mapping[tuple[int, int], float]) -> Beta:
    """The most likely Beta for how many tasks had (successes, failures), scaled down to WEIGHTIEST.

    The fixed-point iteration for the Polya distribution (Minka, "Estimating a Dirichlet distribution", 2000);
    the digamma differences in it are plain sums, because the counts are whole numbers. Without tasks: Jeffreys.
    """
    weights = np.array(list(seen.values()), dtype=np.float64)
    if not weights.sum():
        return JEFFREYS
    pairs = np.array(list(seen), dtype=np.int64)
    more_successes, more_failures, more_samples = (
        _weight_above(counts, weights) for counts in (pairs[:, 0], pairs[:, 1], pairs.sum(axis=1))
    )
    a, b = JEFFREYS.a, JEFFREYS.b
    for _ in range(1000):
        both = _rising(more_samples, a + b)
        next_a, next_b = a * _rising(more_successes, a) / both, b * _rising(more_failures, b) / both
        next_a, next_b = _bounded(next_a, next_b)
        if abs(next_a - a) + abs(next_b - b) < 1e-6:
            break
        a, b = next_a, next_b
    return Beta(a, b)


def _weight_above(counts: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much weight has a count above i, for i = 0 ... the largest count - 1."""
    return np.array([weights[counts > i].sum() for i in range(int(counts.max()))])


def _rising(weight_above: NDArray[np.float64], start: float) -> float:
    """The weighted sum of digamma(start + count) - digamma(start)."""
    return float((weight_above / (start + np.arange(len(weight_above)))).sum())


def _bounded(a: float, b: float) -> tuple[float, float]:
    shrink = min(1.0, WEIGHTIEST / (a + b))
    return max(a * shrink, _LEAST), max(b * shrink, _LEAST)
