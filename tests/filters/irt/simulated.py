"""Results of models and tasks whose abilities and difficulties are known."""

from dataclasses import dataclass

import numpy as np

from filters.irt.counts import Counts, Floats, Ints, counts_of
from filters.irt.posterior import pass_rate


@dataclass(frozen=True, eq=False)
class Truth:
    ability: Floats
    difficulty: Floats
    cell: Ints
    rates: Floats
    """(T, M)"""


def truth(tasks: int, models: int, cells: int = 6, seed: int = 0) -> Truth:
    """Models around an ability of 0, cells of unlike means and spreads."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(0, 1.2, models)
    ability -= ability.mean()
    cell = rng.integers(0, cells, tasks)
    difficulty = rng.normal(0.5, 1.5, cells)[cell] + rng.uniform(0.5, 1.5, cells)[cell] * rng.normal(size=tasks)
    return Truth(ability, difficulty, cell, pass_rate(ability, difficulty[:, None]))


def tried(known: Truth, samples: Ints | int, seed: int = 0) -> Counts:
    """The results of so many samples: the same for all, or (T, M)."""
    asked = np.broadcast_to(np.asarray(samples, dtype=np.int64), known.rates.shape).copy()
    solved = np.random.default_rng(seed + 1).binomial(asked, known.rates)
    return counts_of(solved, asked, known.cell.tolist())


def rank_correlation(left: Floats, right: Floats) -> float:
    """Spearman's, for values without ties."""
    ranks = (np.argsort(np.argsort(side)) for side in (left, right))
    return float(np.corrcoef(*ranks)[0, 1])
