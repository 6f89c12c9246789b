"""Linear equations over whole numbers: how they are written, and when two systems are the same problem."""

from collections.abc import Sequence
from itertools import pairwise
from math import gcd

from dedup.canonical import Edge, canonical_form
from generators.cores.expression.render import words

Side = tuple[int, ...]
"""A coefficient for each unknown, then the constant."""
Equation = tuple[Side, Side]
Row = tuple[int, ...]
"""`a1 a2 … b` for a1 x1 + a2 x2 + … = b."""

_UNKNOWN, _CORNER, _ONE = range(3)


def row_of(equation: Equation) -> Row:
    """The equation with all unknowns on the left and the constant on the right."""
    left, right = equation
    net = [ours - theirs for ours, theirs in zip(left, right, strict=True)]
    return (*net[:-1], -net[-1])


def side_text(side: Side, names: Sequence[str]) -> str:
    """`2x - y + 4`; an empty side is `0`."""
    terms = [_term(size, name) for size, name in zip(side, (*names, ""), strict=True) if size]
    return _summed(terms, ("-", "+", "-")) or "0"


def side_words(side: Side, names: Sequence[str]) -> str:
    """`two times x minus y plus four`; an empty side is `zero`."""
    terms = [_term_words(size, name) for size, name in zip(side, (*names, ""), strict=True) if size]
    return _summed(terms, ("negative ", "plus", "minus")) or "zero"


def canonical_system(equations: Sequence[Equation]) -> bytes:
    """Bytes equal for two systems exactly when they are the same problem.

    The same are systems with unknowns renamed, unknowns, equations or terms reordered, the two sides of an equation
    exchanged, an equation multiplied by a number. Nothing else is computed: moving a term across is part of the work.
    Where the numbers alone tell the unknowns apart they are sorted by them; else a graph decides.
    """
    scaled = [_primitive(equation) for equation in equations]
    turned = [_turned(equation) for equation in scaled]
    rows = [equation for equation in turned if equation is not None]
    if len(rows) == len(scaled):
        places = range(len(rows[0][0]) - 1)
        keyed = [(_face(left, right), left, right) for left, right in rows]
        keys = [sorted((face, left[place], right[place]) for face, left, right in keyed) for place in places]
        order = sorted(places, key=keys.__getitem__)
        if all(keys[one] != keys[two] for one, two in pairwise(order)):
            order.append(len(order))
            return repr(sorted(tuple((left[place], right[place]) for place in order) for left, right in rows)).encode()
    return _graph_form(scaled)


def _term(size: int, name: str) -> tuple[bool, str]:
    """Whether it is negative, and its text without the sign."""
    return size < 0, name if name and abs(size) == 1 else f"{abs(size)}{name}"


def _term_words(size: int, name: str) -> tuple[bool, str]:
    number = words(abs(size))
    return size < 0, (name if abs(size) == 1 else f"{number} times {name}") if name else number


def _summed(terms: Sequence[tuple[bool, str]], signs: tuple[str, str, str]) -> str:
    """The terms with their signs; `signs` are a leading minus, plus and minus."""
    leading, plus, minus = signs
    text = "".join(f" {minus if negative else plus} {term}" for negative, term in terms)
    if not terms:
        return text
    return (leading if terms[0][0] else "") + text.split(" ", 2)[2]


def _primitive(equation: Equation) -> Equation:
    shared = gcd(*equation[0], *equation[1]) or 1
    left, right = (tuple(entry // shared for entry in side) for side in equation)
    return left, right


def _turned(equation: Equation) -> Equation | None:
    """The equation with sides exchanged or signs changed to show its greatest face; None where two ways show it."""
    left, right = equation
    minus_left, minus_right = (tuple(-entry for entry in side) for side in equation)
    ways = {(left, right), (right, left), (minus_left, minus_right), (minus_right, minus_left)}
    faces = {way: _face(*way) for way in ways}
    greatest = max(faces.values())
    best = [way for way, face in faces.items() if face == greatest]
    return best[0] if len(best) == 1 else None


def _face(left: Side, right: Side) -> tuple[int, int, list[tuple[int, int]]]:
    """What of an equation does not depend on the order of the unknowns."""
    return left[-1], right[-1], sorted(zip(left[:-1], right[:-1], strict=True))


def _graph_form(equations: Sequence[Equation]) -> bytes:
    """The canonical graph: unknowns, the number one, and of every equation four interchangeable corners.

    A corner is one sign of one side; terms hang on it by their size. Two corners are of one side (role 0), or of one
    sign (role 1): the graph's symmetries are the exchange of sides and of signs.
    """
    unknowns = len(equations[0][0]) - 1
    sizes = sorted({abs(entry) for equation in equations for side in equation for entry in side} - {0})
    role = {size: 2 + 2 * rank for rank, size in enumerate(sizes)}
    colours = [_UNKNOWN] * unknowns + [_ONE]
    edges: list[Edge] = []
    for equation in equations:
        corner = len(colours)  # left plus, left minus, right plus, right minus
        colours += [_CORNER] * 4
        edges += [((0, corner), (0, corner + 1)), ((0, corner + 2), (0, corner + 3))]
        edges += [((1, corner), (1, corner + 2)), ((1, corner + 1), (1, corner + 3))]
        for at, side in enumerate(equation):
            for place, entry in enumerate(side):
                if entry:
                    ends = (role[abs(entry)], place), (role[abs(entry)] + 1, corner + 2 * at + (entry < 0))
                    edges.append(ends)
    return repr(sizes).encode() + canonical_form(colours, edges)
