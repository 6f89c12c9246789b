"""Equations in a text, and whether they are true: the intermediate results of a response, checked without its task.

Model text is read by a grammar of its own and never executed; every number is exact, and every size bounded.
"""

import re
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

MOST_EQUATIONS = 64
LONGEST_TEXT = 20_000
LONGEST_SIDE = 120

_LEFT = re.compile(r"[-+*/×÷·−x().,\d\s]+\Z")
_RIGHT = re.compile(  # a number that no operation follows, no remainder, no unit of counting, and no doubt
    r"\s*(?P<sign>[-−]?)\s*\(?(?P<number>\d[\d,]*(?:\.\d+)?)(?:/(?P<under>\d+))?\)?(?!\s*[-+*/×÷·−(\d^%!?²³°]|\.\d"
    r"|,?\s*r(?:em|\b)|\s*(?:mod|percent|dozen|hundred|thousand|[mb]illion)\b"
    r"|[\s,]*(?:(?:is|was|would be)\s+)?(?:not|wrong|false|incorrect)\b)",
    re.IGNORECASE,
)
_CHANGED = re.compile(  # what stands before operations and makes them mean something else
    r"(?:[%^√|²³°]|\b(?:of|twice|thrice|half|double|triple|root|squared?|cubed?|mod|modulo|percent|power|plus|minus|negative"
    r"|times|over|by|from|than|base|log|ln|not|if|whether|suppose|try))\s*\Z",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\A[\s,.]*(?:\d{1,3}[.)]\s+)?")  # the comma of the sentence, or the number of the line
_TOKEN = re.compile(r"\s*(?:(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)|(?P<sign>[-+*/×÷·−x()]))")
_SAME = str.maketrans("×÷·−x", "*/*-*")


class Equation(NamedTuple):
    """`end` is where it ends in the text, in characters. `operands` are the numbers on its left, without signs.

    `result` is the number on its right, None for a fraction over nothing.
    """

    end: int
    true: bool
    operands: tuple[Fraction, ...]
    result: Fraction | None


def equations(text: str) -> list[Equation]:
    """The equations `operations = number` of a text in order, at most MOST_EQUATIONS; what can't be read is none.

    A decimal on the right may be rounded in its last place. What is only asked, supposed or denied is none, nor are
    operations after a word or a sign that changes what they mean.

    >>> [(each.end, each.true) for each in equations("First 12 + 35 = 47. Then 47 / 2 = 23.")]
    [(18, True), (36, False)]
    >>> equations("x = 3, so y = 2x, and 7 = 7")
    []
    >>> [(each.end, each.true) for each in equations("10 / 3 = 3.33, 2 x (3 + 4) = 14 = 15 - 1")]
    [(13, True), (31, True)]
    >>> equations("half of 10 + 4 = 9, 2^3 * 2 = 16, 8 + 7 = 1 (mod 7), is 3 + 4 = 8? 3 + 4 = 8 is wrong")
    []
    """
    found: list[Equation] = []
    start = 0
    for line in text[:LONGEST_TEXT].split("\n"):
        place, used = start, 0
        for left, right in pairwise(line.split("=")):
            place += len(left) + 1
            match = _RIGHT.match(right[:LONGEST_SIDE])
            read = _value(left[used:]) if match else None
            used = match.end() if match else 0
            if match and read is not None and len(found) < MOST_EQUATIONS:
                value, operands = read
                told = _told(match)
                found.append(Equation(place + match.end(), _equal(value, told, match["number"]), operands, told))
        start += len(line) + 1
    return found


def _told(right: re.Match[str]) -> Fraction | None:
    """The number that was read on the right; None for a fraction over nothing."""
    under = int(right["under"] or 1)
    return Fraction(right["number"].replace(",", "")) / under * (-1 if right["sign"] else 1) if under else None


def _equal(value: Fraction, told: Fraction | None, written: str) -> bool:
    if told is None:
        return False
    places = len(written.partition(".")[2])
    return value == told or (places > 0 and abs(value - told) <= Fraction(1, 2 * 10**places))


def _value(side: str) -> tuple[Fraction, tuple[Fraction, ...]] | None:
    """What the operations that a text ends with come to, and their numbers; None where none can be read."""
    start = max(0, len(side) - LONGEST_SIDE)
    match = _LEFT.search(side, start)
    if match is None or match.start() == start > 0:
        return None
    own, before = _NUMBERED.sub("", match[0]).strip(), side[: match.start()][-1:]
    if before.isalnum() and (
        not match[0][0].isspace() or own[:1] in "-−"
    ):  # it belongs to a word, or to a name before it
        return None
    tokens = None if _CHANGED.search(side, start, match.start()) else _tokens(own)
    if not tokens:
        return None
    try:
        value, rest = _sum(tokens, 0)
    except (_UnreadableError, ZeroDivisionError):
        return None
    operations = any(token in "+-*/" for token in tokens[1:] if isinstance(token, str))
    if rest < len(tokens) or not operations:
        return None
    return value, tuple(token for token in tokens if isinstance(token, Fraction))


Token = Fraction | str


class _UnreadableError(Exception):
    pass


def _tokens(text: str) -> list[Token] | None:
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            return None
        number = match["number"]
        tokens.append(match["sign"].translate(_SAME) if number is None else Fraction(number.replace(",", "")))
        place = match.end()
    return tokens


def _sum(tokens: list[Token], place: int) -> tuple[Fraction, int]:
    value, place = _product(tokens, place)
    while place < len(tokens) and tokens[place] in ("+", "-"):
        operand, after = _product(tokens, place + 1)
        value, place = value + operand if tokens[place] == "+" else value - operand, after
    return value, place


def _product(tokens: list[Token], place: int) -> tuple[Fraction, int]:
    value, place = _operand(tokens, place)
    while place < len(tokens) and tokens[place] in ("*", "/"):
        operand, after = _operand(tokens, place + 1)
        value, place = value * operand if tokens[place] == "*" else value / operand, after
    return value, place


def _operand(tokens: list[Token], place: int) -> tuple[Fraction, int]:
    token = tokens[place] if place < len(tokens) else ""
    if isinstance(token, Fraction):
        return token, place + 1
    if token == "-":
        value, place = _operand(tokens, place + 1)
        return -value, place
    if token == "(":
        value, place = _sum(tokens, place + 1)
        if place < len(tokens) and tokens[place] == ")":
            return value, place + 1
    raise _UnreadableError
