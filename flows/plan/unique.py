"""How many of so many tasks are different problems, by cell; cells of a family that share problems are one stream."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filters.prior import Cell
from flows.plan.evidence import CellSeen
from generators.occupancy import drawn_problems, times_seen

Floats = NDArray[np.float64]


class Unique(NamedTuple):
    """Draws (draws,) of the different problems among the tasks made, and of all that there are."""

    unique: Floats
    problems: Floats


def unique_by_cell(
    seen: Mapping[Cell, CellSeen], items: Mapping[Cell, int], draws: int, rng: np.random.Generator
) -> dict[Cell, Unique]:
    """For each cell its part of what its stream holds, by the tasks made of it."""
    found: dict[Cell, Unique] = {}
    for pool in pools(seen):
        keys = [key for cell in pool for key in seen[cell].keys]
        made = sum(items[cell] for cell in pool)
        begun = all(seen[cell].begun for cell in pool) and _alike(seen, items, pool)
        unique, problems = drawn_problems(times_seen(keys), made, draws, rng, begun=begun)
        for cell in pool:
            found[cell] = Unique(unique * (items[cell] / max(made, 1)), problems)
    return found


def pools(seen: Mapping[Cell, CellSeen]) -> list[list[Cell]]:
    """The cells in groups: two that were seen to make the same problem are in one."""
    first: dict[str, Cell] = {}
    group: dict[Cell, Cell] = {cell: cell for cell in seen}

    def root(cell: Cell) -> Cell:
        while group[cell] != cell:
            cell = group[cell]
        return cell

    for cell, own in seen.items():
        for key in own.keys:
            group[root(cell)] = root(first.setdefault(key, cell))
    found: dict[Cell, list[Cell]] = {}
    for cell in seen:
        found.setdefault(root(cell), []).append(cell)
    return list(found.values())


def _alike(seen: Mapping[Cell, CellSeen], items: Mapping[Cell, int], pool: list[Cell]) -> bool:
    """Whether what was seen of several cells stands to one another as what is made of them, or there is one."""
    shares = [len(seen[cell].keys) / max(items[cell], 1) for cell in pool]
    return len(pool) == 1 or max(shares) <= 1.5 * min(shares)
