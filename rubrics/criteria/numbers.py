"""The numbers of a response: those of the source alone, those asked, in bounds, with units, and reckoned right.

Numbers are read as English writes them: commas between thousands, a point before decimals. One within a name (B12) or
spelled as a word is none.
"""

import re
from fractions import Fraction
from math import isfinite
from typing import Annotated, NamedTuple

import msgspec

from rubrics.criteria.amounts import Count, Phrase, Phrases, number_of
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.equations import LONGEST_TEXT, MOST_EQUATIONS, equations
from rubrics.criteria.keywords import listed, prove_seen
from rubrics.criteria.markdown import prose
from rubrics.criteria.text import folded, visible, written_out

LONGEST_NUMBER = 400
"""Characters; of a longer run of digits, the rest is not read."""

_NUMBER = re.compile(
    r"(?<!\w)(?<!\d\.)(?P<sign>[-−](?=[\d.]))?(?P<number>(?:\d{1,3}(?:,\d{3}(?!\d))++|\d++)(?:\.\d++)?|\.\d++)",
    re.ASCII,
)
_MORE = re.compile(r"\.\d")
_ITEM_NUMBER = re.compile(r"(?m)^[ \t]*\d{1,4}[.)] ")
_MARKED = re.compile(r"\[\d{1,3}(?:[,–-] ?\d{1,3})*\]")


class Number(NamedTuple):
    """`start` and `end` are its place in the text that was read."""

    value: Fraction
    written: str
    start: int
    end: int


def _prove_finite(given: tuple[float, ...]) -> None:
    wrong = next((each for each in given if not isfinite(each)), None)
    if wrong is not None:
        raise ValueError(f"{wrong} is not a number that can be compared")


class Values(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    numbers: Annotated[tuple[float, ...], msgspec.Meta(min_length=1, max_length=50)]

    def __post_init__(self) -> None:
        _prove_finite(self.numbers)


class AlsoAllowed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`also` are numbers that need not be in the source, such as results."""

    also: Annotated[tuple[float, ...], msgspec.Meta(max_length=50)] = ()

    def __post_init__(self) -> None:
        _prove_finite(self.also)


class Bounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lowest: float
    highest: float

    def __post_init__(self) -> None:
        _prove_finite((self.lowest, self.highest))
        if not self.lowest <= self.highest:
            raise ValueError(f"lowest {self.lowest} is above highest {self.highest}; no number fits")


class Places(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    places: Annotated[int, msgspec.Meta(ge=0, le=20)]


class Units(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each number must be followed by one of the units; a unit such as `$` may stand before it."""

    units: Phrases

    def __post_init__(self) -> None:
        prove_seen(*self.units)


class Total(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`label` is a word of the line with the total; each line before it has one addend, at its end."""

    label: Phrase = "total"


class Equations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at_least: Count = 1


def numbers(text: str) -> list[Number]:
    """The numbers in digits of a visible text; not those that items begin with, nor marks such as [1].

    >>> [each.written for each in numbers("1. From 1,200 to −3.5, not B12 [2] or 1.2.3, but 4,5")]
    ['1,200', '−3.5', '4', '5']
    """
    bare = _MARKED.sub(_blank, _ITEM_NUMBER.sub(_blank, text))
    found: list[Number] = []
    for match in _NUMBER.finditer(bare):
        if not _MORE.match(bare, match.end()):
            digits = match["number"][:LONGEST_NUMBER].replace(",", "")
            value = Fraction(digits) * (-1 if match["sign"] else 1)
            found.append(Number(value, match[0], match.start(), match.end()))
    return found


def _numbers_of(response: str) -> list[Number]:
    return numbers(prose(written_out(response)))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _exact(number: float) -> Fraction:
    """A number of an argument as it was written: 0.1 is a tenth."""
    return Fraction(repr(number))


def _from_source(arguments: AlsoAllowed, subject: Subject) -> Found:
    given = {abs(each.value) for each in numbers(visible(written_out(subject.source)))} | {
        abs(_exact(each)) for each in arguments.also
    }
    strange = [each.written for each in _numbers_of(subject.response) if abs(each.value) not in given]
    return Found(
        not strange, f"not in the source: {listed(tuple(strange[:5]))}" if strange else "all are in the source"
    )


def _stated(arguments: Values, subject: Subject) -> Found:
    asked = {_exact(each): each for each in arguments.numbers}
    there = {each.value for each in numbers(visible(written_out(subject.response))) if each.value in asked}
    missing = [f"{number:g}" for value, number in asked.items() if value not in there]
    return Found(not missing, f"missing: {', '.join(missing)}" if missing else "all are there")


def _within(arguments: Bounds, subject: Subject) -> Found:
    lowest, highest = _exact(arguments.lowest), _exact(arguments.highest)
    found = _numbers_of(subject.response)
    outside = [each.written for each in found if not lowest <= each.value <= highest]
    if outside:
        return Found(False, f"out of bounds: {outside[0]}")
    return Found(bool(found), "all are in bounds" if found else "there is no number")


def _places(arguments: Places, subject: Subject) -> Found:
    found = _numbers_of(subject.response)
    other = [each.written for each in found if len(each.written.partition(".")[2]) != arguments.places]
    if other:
        return Found(False, f"{other[0]} has another number of decimals")
    return Found(bool(found), "all have them" if found else "there is no number")


def _with_units(arguments: Units, subject: Subject) -> Found:
    text = prose(written_out(subject.response))
    units = sorted((visible(unit) for unit in arguments.units), key=len, reverse=True)
    found = numbers(text)
    for each in found:
        after, before = text[each.end : each.end + 320].lstrip(" \u00a0"), text[: each.start].rstrip(" ")[-320:]
        if not any(_is_unit(unit, after) or (not unit[-1].isalnum() and before.endswith(unit)) for unit in units):
            return Found(False, f"{each.written} has no unit of: {', '.join(units)}")
    return Found(bool(found), "all have units" if found else "there is no number")


def _is_unit(unit: str, after: str) -> bool:
    rest = after[len(unit) :]
    return (
        after.startswith(unit)
        and not (unit[-1].isalpha() and rest[:1].isalpha())
        and not rest.startswith(("/", "²", "³", "^"))
    )


def _total(arguments: Total, subject: Subject) -> Found:
    label, addends = folded(arguments.label), list[Fraction]()
    for line in prose(written_out(subject.response)).split("\n"):
        found = numbers(line)
        if label in folded(line):
            if not found or len(addends) < 2:
                return Found(False, "no total stands below two addends or more")
            right = found[-1].value == sum(addends)
            return Found(
                right,
                f"the total is {found[-1].written[:60]}, {'' if right else 'not '}the sum of {len(addends)} addends",
            )
        addends += [found[-1].value] if found else []
    return Found(False, f'there is no line with "{label}"')


def _arithmetic(arguments: Equations, subject: Subject) -> Found:
    text = visible(written_out(subject.response))
    if len(text) > LONGEST_TEXT:
        return Found(False, f"the response is over {LONGEST_TEXT} characters")
    found = equations(text)
    if len(found) == MOST_EQUATIONS:
        return Found(False, f"there are {MOST_EQUATIONS} calculations or more")
    wrong = next((each for each in found if not each.true), None)
    if wrong is not None:
        return Found(False, f"this is not true: {text[max(0, wrong.end - 40) : wrong.end].strip()!r}")
    return Found(len(found) >= arguments.at_least, f"{len(found)} calculations are written out, all right")


def _given(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" if abs(value) < 1e6 else repr(value) for value in values)


CHECKERS = (
    Checker(
        name="numbers_from_source",
        arguments=AlsoAllowed,
        check=_from_source,
        sentence=lambda asked: (
            "Use no number that is not in the source" + (f", but for {_given(asked.also)}." if asked.also else ".")
        ),
        needs="source",
    ),
    Checker(
        name="numbers_stated",
        arguments=Values,
        check=_stated,
        sentence=lambda asked: f"State these numbers in digits: {_given(asked.numbers)}.",
    ),
    Checker(
        name="numbers_within",
        arguments=Bounds,
        check=_within,
        sentence=lambda asked: (
            f"Every number must be between {_given((asked.lowest,))} and {_given((asked.highest,))}."
        ),
    ),
    Checker(
        name="decimal_places",
        arguments=Places,
        check=_places,
        sentence=lambda asked: f"Write every number with exactly {number_of(asked.places, 'decimal', 'decimals')}.",
    ),
    Checker(
        name="units",
        arguments=Units,
        check=_with_units,
        sentence=lambda asked: f"Give each number one of these units: {listed(asked.units)}.",
    ),
    Checker(
        name="total_right",
        arguments=Total,
        check=_total,
        sentence=lambda asked: (
            f'Put one amount at the end of each line, then a line with "{asked.label}" and their exact sum.'
        ),
    ),
    Checker(
        name="arithmetic",
        arguments=Equations,
        check=_arithmetic,
        sentence=lambda asked: (
            f"Write out at least {number_of(asked.at_least, 'calculation', 'calculations')} with =, all of them right."
            if asked.at_least
            else "Every calculation that you write out with = must be right."
        ),
    ),
)
