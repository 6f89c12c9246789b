"""The constraint core: rules as data, from which follow solutions, clues, proofs of uniqueness, checks and effort."""

from generators.cores.constraint.clues import is_only_solution, reduced
from generators.cores.constraint.deduction import Effort, effort, random_solution
from generators.cores.constraint.rules import Clue, Fact, Related, Rules, broken, holds

__all__ = [
    "Clue",
    "Effort",
    "Fact",
    "Related",
    "Rules",
    "broken",
    "effort",
    "holds",
    "is_only_solution",
    "random_solution",
    "reduced",
]
