"""Parameters between two rungs: where one rung is too easy and the next too hard, the band lies between them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from filters.aiming import NOTHING, Cell, CellKey, Evidence
from generators.family import FamilyError
from generators.registry import family_named
from generators.stream import Segment, params_of, tasks_of
from schemas import jsontext
from schemas.failure import Failure

FEWEST_TASKS = 4
"""A cell with fewer graded tasks has no pass rate to speak of."""

_TRIED = 3


def cells_between(
    cells: Sequence[Cell], seen: Mapping[CellKey, Evidence], band: tuple[float, float], examples: Sequence[int]
) -> list[Cell]:
    """The cells to add: for each source at most one, halfway between two neighbours that have the band between them.

    Neighbours are cells of one source with none of it between them. The easier one has a pass rate above the middle of
    the band and the harder one below, and one of the two lies outside of it; of several such pairs that with the widest
    gap. As cells once added are neighbours too, asking again after every round halves the gap each time. A source has
    no cell to add where there are no parameters between the two, or its family refuses them. `examples` are those of
    each source.
    """
    lowest, highest = band
    known = {cell.key for cell in cells} | _rungs({cell.family for cell in cells})
    found: list[Cell] = []
    for source in sorted({cell.source for cell in cells}):
        placed = [(cell.place, cell) for cell in cells if cell.source == source and cell.place is not None]
        gaps: list[tuple[float, float, Cell, Cell]] = []
        for (below, easier), (above, harder) in pairwise(sorted(placed, key=lambda each: each[0])):
            high, low = _rate(easier, seen), _rate(harder, seen)
            if high is None or low is None or not high >= (lowest + highest) / 2 > low:
                continue
            if high > highest or low < lowest:
                gaps.append((high - low, (below + above) / 2, easier, harder))
        for _, place, easier, harder in sorted(gaps, key=lambda gap: -gap[0])[:1]:
            halfway = (
                msgspec.structs.replace(easier, level=0, params=params, place=place)
                for params in params_between(easier.family, easier.params, harder.params)
            )
            found += [cell for cell in halfway if cell.key not in known and _can_be_made(cell, examples[source])][:1]
    return found


def params_between(family: str, easier: Mapping[str, Any], harder: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Complete parameters halfway between two sets, as far as the family allows them: two at most.

    Numbers are halved. What has no half (a choice, a switch, an odd difference of whole numbers) is the easier one's
    and the harder one's by turns, beginning with either.
    """
    for hard_first in (False, True):
        harder_next = hard_first
        params: dict[str, Any] = {}
        for name, (low, high) in {name: (easier[name], harder[name]) for name in easier}.items():
            params[name], halved = _half(low, high, harder_next)
            harder_next ^= not halved
        try:
            yield msgspec.to_builtins(params_of(family_named(family), 0, params))
        except FamilyError:
            continue


def _half(low: Any, high: Any, harder: bool) -> tuple[Any, bool]:
    """The value halfway, and whether it is: if not, the half step towards the easier or the harder one."""
    if low == high:
        return low, True
    if type(low) is int and type(high) is int:
        step, rest = divmod(abs(high - low), 2)
        step += bool(rest) and harder
        return low + (step if high > low else -step), not rest
    if isinstance(low, float | int) and isinstance(high, float | int) and float in (type(low), type(high)):
        return (low + high) / 2, True
    return (high if harder else low), False


def _can_be_made(cell: Cell, examples: int) -> bool:
    """Whether the family makes its first items: parameters that are allowed may still leave it without a problem."""
    segment = Segment(family=cell.family, level=0, params=cell.params, seed=0, start=0, stop=_TRIED, examples=examples)
    try:
        return len(list(tasks_of(segment))) == _TRIED
    except (Failure, ValueError):
        return False


def _rungs(families: Iterable[str]) -> set[CellKey]:
    return {
        (family, jsontext.dumps(msgspec.to_builtins(params)))
        for family in families
        for params in family_named(family).levels
    }


def _rate(cell: Cell, seen: Mapping[CellKey, Evidence]) -> float | None:
    own = seen.get(cell.key, NOTHING)
    return own.pass_rate if own.graded >= FEWEST_TASKS else None
