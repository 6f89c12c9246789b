"""How an expression is written: plain text, LaTeX, English words. Each text has one reading under the usual rules."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from generators.cores.expression.tree import Expression, Power, is_fraction, needs_brackets

_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ONES = tuple(f"zero one two three four five six seven eight nine {_TEENS}".split())
_TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ("", " thousand", " million", " billion", " trillion", " quadrillion")


class Notation(NamedTuple):
    """One way to write: how a number, an operator, brackets, a power and a fraction look."""

    number: Callable[[int], str]
    operators: Mapping[str, str]
    brackets: str
    power: str
    fraction: str
    fraction_stands_alone: bool
    """Whether a fraction needs no brackets in a product."""


def words(number: int) -> str:
    """A number in English words; its size is below 10**18.

    >>> words(-1_000_123)
    'negative one million one hundred twenty-three'
    """
    if number < 0:
        return f"negative {words(-number)}"
    if number == 0:
        return "zero"
    groups: list[str] = []
    for scale in _SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.append(_hundreds(group) + scale)
    return " ".join(reversed(groups))


PLAIN = Notation(str, {"+": "+", "-": "-", "*": "*", "/": "/"}, "({})", "{}^{}", "{}/{}", False)
LATEX = Notation(
    str, {"+": "+", "-": "-", "*": r"\times", "/": r"\div"}, r"\left({}\right)", "{}^{{{}}}", r"\frac{{{}}}{{{}}}", True
)
SPOKEN = Notation(
    words,
    {"+": "plus", "-": "minus", "*": "times", "/": "divided by"},
    "open bracket {} close bracket",
    "{} to the power of {}",
    "{} over {}",
    False,
)


def written(expression: Expression, notation: Notation = PLAIN) -> str:
    """The expression in a notation, without outer brackets: `2 * (3 + 4)^2 - 3/4`."""
    return _written(expression, notation, leading=True)


def _written(expression: Expression, notation: Notation, *, leading: bool) -> str:
    """`leading`: nothing stands before it, so that a negative number needs no brackets."""
    if isinstance(expression, int):
        number = notation.number(expression)
        return number if leading or expression >= 0 else notation.brackets.format(number)
    if isinstance(expression, Power):
        base = _operand(expression.base, expression, notation, leading=False)
        return notation.power.format(base, notation.number(expression.exponent))
    if is_fraction(expression):
        top = _written(expression.first, notation, leading=leading or notation.fraction_stands_alone)
        bottom = _written(expression.rest[0][1], notation, leading=notation.fraction_stands_alone)
        return notation.fraction.format(top, bottom)
    pieces = [_operand(expression.first, expression, notation, leading=leading)]
    for operator, operand in expression.rest:
        pieces += (notation.operators[operator], _operand(operand, expression, notation, leading=False))
    return " ".join(pieces)


def _operand(operand: Expression, parent: Expression, notation: Notation, *, leading: bool) -> str:
    alone = notation.fraction_stands_alone and not isinstance(parent, Power) and is_fraction(operand)
    if needs_brackets(operand, parent) and not alone:
        return notation.brackets.format(_written(operand, notation, leading=True))
    return _written(operand, notation, leading=leading)


def _hundreds(number: int) -> str:
    """1 to 999 in words."""
    hundreds, rest = divmod(number, 100)
    pieces = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        pieces.append(_TENS[tens] + (f"-{_ONES[ones]}" if ones else ""))
    elif rest:
        pieces.append(_ONES[rest])
    return " ".join(pieces)
