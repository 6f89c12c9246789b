"""Linear systems solved as on paper: one unknown after the other is taken out, then put back in."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import gcd

from generators.cores.expression.linear import Equation, Row, row_of, side_text


def elimination(equations: Sequence[Equation], names: Sequence[str]) -> Iterator[str]:
    """Each step of the elimination in words, to the last unknown. The equations must have exactly one solution."""
    rows = [list(row_of(equation)) for equation in equations]
    for number, (row, (left, right)) in enumerate(zip(rows, equations, strict=True), start=1):
        solved = len(names) == 1 and row[0] == 1
        if (left[-1] or any(right[:-1])) and not solved:
            yield f"Equation {number} with all unknowns on the left: {_shown(row, names)}"
    for place, name in enumerate(names):
        pivot = next(number for number in range(place, len(rows)) if rows[number][place])
        rows[place], rows[pivot] = rows[pivot], rows[place]
        top = rows[place]
        for number in range(place + 1, len(rows)):
            if rows[number][place]:
                rows[number] = _without(place, rows[number], top)
                yield f"Take {name} out with {_shown(top, names)}: {_shown(rows[number], names)}"
    values: dict[int, Fraction] = {}
    for place in reversed(range(len(names))):
        row = rows[place]
        known = [other for other in values if row[other]]
        rest = row[-1] - sum(row[other] * values[other] for other in known)
        values[place] = rest / Fraction(row[place])
        put_in = f" with {', '.join(f'{names[other]} = {values[other]}' for other in known)}" if known else ""
        begin = f"From {_shown(row, names)}{put_in}:" if known or row[place] != 1 else "So"
        yield f"{begin} {names[place]} = {values[place]}"


def _without(place: int, row: Sequence[int], top: Sequence[int]) -> list[int]:
    """The row less so much of the top one that the unknown at a place is gone, in the smallest whole numbers."""
    taken = [top[place] * entry - row[place] * above for entry, above in zip(row, top, strict=True)]
    shared = gcd(*taken) or 1
    return [entry // shared for entry in taken]


def _shown(row: Row | Sequence[int], names: Sequence[str]) -> str:
    return f"{side_text((*row[:-1], 0), names)} = {row[-1]}"
