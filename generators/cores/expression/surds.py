"""Numbers a + b·√n with rational a and b: exact, in a normal form, written and read without evaluating anything."""

import re
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from generators import answers

LARGEST_RADICAND = 10**6
_LONGEST = 200

_SIZE = r"\d+(?:/\d+|\.\d+)?"
_ROOT = rf"(?:(?P<factor>{_SIZE})\*?)?sqrt\((?P<radicand>\d+)\)(?:/(?P<over>\d+))?"
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"(?P<sign>[+-]?|±){_ROOT}",
        rf"(?P<rational>[+-]?{_SIZE})(?P<sign>[+-]|±){_ROOT}",
        rf"(?P<sign>[+-]?){_ROOT}(?P<rational>[+-]{_SIZE})",
    )
)
_WRAPPED = re.compile(r"(-?)(?:(\d+)\*?)?\(([^()]*(?:\([^()]*\)[^()]*)?)\)(?:/(\d+))?", re.ASCII)
_REWRITES = (
    (re.compile(r"\s+"), ""),
    (re.compile(r"−"), "-"),
    (re.compile(r"\\pm|\+/-"), "±"),
    (re.compile(r"\\cdot|·|\\,|\\left|\\right|\$"), ""),
    (re.compile(r"\\sqrt\{(\d+)\}|√\{?(\d+)\}?|\\?sqrt(\d+)", re.ASCII), r"sqrt(\1\2\3)"),
    (re.compile(r"√"), "sqrt"),
    (re.compile(r"\\[dt]?frac\{([^{}]*)\}\{(\d+)\}", re.ASCII), r"(\1)/\2"),
    (re.compile(r"(?<!sqrt)\((\d+)\)/", re.ASCII), r"\1/"),
    (re.compile(r"\(((?:\d+\*?)?sqrt\(\d+\))\)", re.ASCII), r"\1"),
)


class Surd(NamedTuple):
    """`rational` + `factor`·√`radicand`; normal when the radicand is square-free, and 1 only where the factor is 0."""

    rational: Fraction
    factor: Fraction
    radicand: int


def surd(rational: Fraction | int, factor: Fraction | int = 0, radicand: int = 1) -> Surd:
    """The normal form; the radicand is positive, at most LARGEST_RADICAND.

    >>> surd(1, 1, 12) == surd(1, 2, 3)
    True
    """
    rational, factor = Fraction(rational), Fraction(factor)
    divisor = 2
    while divisor * divisor <= radicand:
        while radicand % (divisor * divisor) == 0:
            radicand //= divisor * divisor
            factor *= divisor
        divisor += 1
    if radicand == 1 or factor == 0:
        return Surd(rational + (factor if radicand == 1 else 0), Fraction(0), 1)
    return Surd(rational, factor, radicand)


def surd_text(number: Surd) -> str:
    """`7/3`, `2 - sqrt(3)`, `1/2 + 3/2*sqrt(5)`."""
    if number.factor == 0:
        return str(number.rational)
    size = "" if abs(number.factor) == 1 else f"{abs(number.factor)}*"
    root = f"{size}sqrt({number.radicand})"
    if number.rational == 0:
        return f"-{root}" if number.factor < 0 else root
    return f"{number.rational} {'-' if number.factor < 0 else '+'} {root}"


def read_surds(text: str) -> tuple[Surd, ...] | None:
    """One number, or the two that `±` stands for; None where the text is neither.

    Read are rational numbers, `a + b*sqrt(n)` in either order, `k*(a + b sqrt(n))/c`, and these in LaTeX. The root of
    a square is malformed, and so is any other operation.
    """
    value = answers.rational(text)
    if value is not None:
        return (surd(value),)
    if len(text) > _LONGEST:
        return None
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    outer, under = 1, 1
    if wrapped := _WRAPPED.fullmatch(text):
        outer, text, under = int(f"{wrapped[1]}{wrapped[2] or 1}"), wrapped[3], int(wrapped[4] or 1)
    match = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    return None if match is None or not outer or not under else _matched(match, Fraction(outer, under))


def _matched(match: re.Match[str], scale: Fraction) -> tuple[Surd, ...] | None:
    parts = match.groupdict()
    radicand, over = int(parts["radicand"]), int(parts["over"] or 1)
    rational, factor = answers.rational(parts.get("rational") or "0"), answers.rational(parts["factor"] or "1")
    if not 1 < radicand <= LARGEST_RADICAND or isqrt(radicand) ** 2 == radicand:
        return None
    if rational is None or factor is None or not factor or not over:
        return None
    signs = {"-": (-1,), "±": (1, -1)}.get(parts["sign"], (1,))
    return tuple(surd(rational * scale, sign * factor * scale / over, radicand) for sign in signs)
