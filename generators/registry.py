"""The families by name: the bundled ones from a table, others from the entry-point group `taskmill.families`."""

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from generators.family import Family
from schemas.failure import Failure

ENTRY_POINT_GROUP = "taskmill.families"

BUNDLED: tuple[str, ...] = (
    "algebra.linear_systems",
    "algebra.polynomial_roots",
    "arithmetic.chain",
    "arithmetic.flawed_steps",
    "arithmetic.reversed_addition",
    "arithmetic.word_problems",
    "calendar.date_arithmetic",
    "graphs.shortest_path",
    "grids.futoshiki",
    "grids.sudoku",
    "instructions.form",
    "instructions.quote",
    "instructions.transform",
    "logic.knights_knaves",
    "logic.zebra",
    "numbers.base_conversion",
    "planning.blocks_world",
    "planning.river_crossing",
    "planning.sliding_tiles",
    "planning.sokoban",
    "strings.word_sorting",
)
"""Family `folder.file` lives in `generators/folder/file.py` as `FAMILY`."""


class RegistryError(Failure, LookupError):
    """No such family, or one that does not load; the message says which are there or what to mend."""


def family_names() -> list[str]:
    """Every family's name, sorted."""
    return sorted({*BUNDLED, *_entry_points()})


@cache
def family_named(name: str) -> Family[Any, Any]:
    """The family of that name. Raises RegistryError with the nearest names."""
    if name in BUNDLED:
        family = import_module(f"generators.{name}").FAMILY
    elif name in _entry_points():
        family = _entry_points()[name].load()
    else:
        near = get_close_matches(name, family_names(), n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "`taskmill families` lists them."
        raise RegistryError(f"no family is named {name!r}; {hint}")
    if not isinstance(family, Family) or family.name != name:
        raise RegistryError(f"the entry point {name!r} must name a Family whose name is {name!r}, not {family!r}")
    return family


@cache
def _entry_points() -> dict[str, Any]:
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
