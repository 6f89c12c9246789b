"""Date arithmetic in the Gregorian calendar: weekdays, steps of days to years, spans, counts, leap years."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Annotated, Literal

import msgspec

from generators.answers import integer
from generators.calendar.questions import (
    MONTHS,
    WEEKDAYS,
    Between,
    Count,
    Kind,
    Later,
    Leap,
    Nth,
    Question,
    Shift,
    Step,
    answered,
    asked,
    long_date,
    same,
    told,
)
from generators.calendar.worked import worked
from generators.cores.oracle import Oracle, drawn
from generators.family import Family
from schemas import jsontext

Topic = Literal["later", "shift", "weekday", "between", "nth", "count", "leap"]
Year = Annotated[int, msgspec.Meta(ge=1583, le=8000)]

_FARTHEST = 500_000

_ISO = re.compile(r"([0-9]{4})[-\u2010-\u2013]([0-9]{1,2})[-\u2010-\u2013]([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2}) ([A-Za-z]{3,9}),? ([0-9]{4})")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9}) ([0-9]{1,2}),? ([0-9]{4})")
_UNIT = re.compile(r" (?:days?|leap years?|years?|[A-Z][a-z]{2,5}days?)\Z")


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """One of the `topics` each time; dates lie from `first_year` to `last_year` at the start.

    A shift has `steps` steps, each of at most `reach` days; `reach` also bounds the days of a span.
    """

    topics: tuple[Topic, ...]
    steps: Annotated[int, msgspec.Meta(ge=1, le=40)] = 1
    reach: Annotated[int, msgspec.Meta(ge=6, le=50_000)]
    first_year: Year = 2020
    last_year: Year = 2030

    def __post_init__(self) -> None:
        if not self.topics:
            raise ValueError("topics must name at least one topic")
        if self.first_year > self.last_year:
            raise ValueError(f"first_year {self.first_year} is above last_year {self.last_year}")
        if "leap" in self.topics and self.last_year - self.first_year < 20:
            raise ValueError("first_year to last_year must span 20 years or more for the topic leap")
        if self.steps * self.reach > _FARTHEST:
            raise ValueError(f"steps times reach is {self.steps * self.reach}, more than {_FARTHEST} days")


class DateQuestion(msgspec.Struct, frozen=True, kw_only=True):
    question: Question


def make(params: Params, rng: Random) -> DateQuestion:
    """A question on one of the topics whose answer does not stand in its own words."""
    ask = _TOPICS[rng.choice(params.topics)]
    return drawn(lambda rng: DateQuestion(question=ask(params, rng)), _keeps_its_answer, rng)


def statement(instance: DateQuestion, style: str) -> str:
    calendar = "" if isinstance(instance.question, Later) else "\nAll dates are in the Gregorian calendar."
    return told(instance.question, _STYLES[style]) + calendar


_STYLES: dict[str, Callable[[str], str]] = {"iso": str, "long": long_date}


def answer_format(instance: DateQuestion) -> str:
    return _FORMATS[asked(instance.question)]


_FORMATS: dict[Kind, str] = {
    "date": "Write the date as YYYY-MM-DD, in the shape 0123-04-05.",
    "weekday": "Write the English name of the day of the week.",
    "number": "Write a whole number.",
}


def read(instance: DateQuestion, text: str) -> str | None:
    """The answer as `answered` writes it; names of weekdays in either case, dates also as `long_date` writes them."""
    text = text.removesuffix(".")
    match asked(instance.question):
        case "date":
            return _iso(text)
        case "weekday":
            return text.title() if text.isascii() and text.title() in WEEKDAYS else None
        case "number":
            number = integer(_UNIT.sub("", text))
            return None if number is None else str(number)


def _iso(text: str) -> str | None:
    """A date in ISO form from that form, zeros left out or not, or with the month's English name."""
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.fullmatch(text):
        day, name, year = match.groups()
    elif match := _MONTH_FIRST.fullmatch(text):
        name, day, year = match.groups()
    else:
        return None
    if not _ISO.fullmatch(text):
        if name.title() not in MONTHS:
            return None
        month = str(MONTHS.index(name.title()) + 1)
    return f"{year}-{month:0>2}-{day:0>2}"


def canonical(instance: DateQuestion) -> bytes:
    """The question with weeks as days, years as months and runs of days added up."""
    return jsontext.dumps(same(instance.question)).encode()


def features(instance: DateQuestion) -> dict[str, float]:
    question = instance.question
    steps = question.steps if isinstance(question, Shift) else ()
    return {
        "steps": max(1, len(steps)),
        "month_steps": sum(step.unit in ("months", "years") for step in steps),
        "weekday_steps": sum(step.unit == "weekday" for step in steps),
        "days_spanned": _days_spanned(question),
    }


def _later(params: Params, rng: Random) -> Question:
    return Later(weekday=rng.randrange(7), days=_signed(params.reach, rng))


def _shift(params: Params, rng: Random) -> Question:
    steps = tuple(_step(params.reach, rng) for _ in range(params.steps))
    return Shift(start=_date(params, rng), steps=steps, asks=rng.choice(("date", "date", "weekday")))


def _weekday(params: Params, rng: Random) -> Question:
    return Shift(start=_date(params, rng), steps=(), asks="weekday")


def _between(params: Params, rng: Random) -> Question:
    first, last = _span(params, rng)
    return Between(first=first, last=last, inclusive=rng.random() < 0.5)


def _nth(params: Params, rng: Random) -> Question:
    year = rng.randint(params.first_year, params.last_year)
    nth = rng.choice((1, 2, 3, 4, -1))
    return Nth(year=year, month=rng.randint(1, 12), weekday=rng.randrange(7), nth=nth)


def _count(params: Params, rng: Random) -> Question:
    first, last = _span(params, rng)
    return Count(first=first, last=last, weekday=rng.randrange(7))


def _leap(params: Params, rng: Random) -> Question:
    first, last = sorted(rng.sample(range(params.first_year, params.last_year + 1), 2))
    return Leap(first=first, last=last)


_TOPICS: dict[Topic, Callable[[Params, Random], Question]] = {
    "later": _later,
    "shift": _shift,
    "weekday": _weekday,
    "between": _between,
    "nth": _nth,
    "count": _count,
    "leap": _leap,
}


def _step(reach: int, rng: Random) -> Step:
    """A step of a kind that fits into `reach` days."""
    kind = rng.randrange(5)
    if kind == 4 and reach >= 30:
        return Step("weekday", rng.randrange(7))
    if kind == 3 and reach >= 400:
        return Step("years", _signed(reach // 366, rng))
    if kind == 2 and reach >= 40:
        return Step("months", _signed(reach // 31, rng))
    if kind == 1 and reach >= 14:
        return Step("weeks", _signed(reach // 7, rng))
    return Step("days", _signed(reach, rng))


def _signed(most: int, rng: Random) -> int:
    return rng.randint(1, most) * rng.choice((1, 1, -1))


def _date(params: Params, rng: Random) -> str:
    first = date(params.first_year, 1, 1).toordinal()
    return date.fromordinal(rng.randint(first, date(params.last_year, 12, 31).toordinal())).isoformat()


def _span(params: Params, rng: Random) -> tuple[str, str]:
    first = date.fromisoformat(_date(params, rng))
    return first.isoformat(), (first + timedelta(days=rng.randint(1, params.reach))).isoformat()


def _days_spanned(question: Question) -> int:
    match question:
        case Later():
            return abs(question.days)
        case Shift():
            end = msgspec.structs.replace(question, asks="date")
            return abs((date.fromisoformat(answered(end)) - date.fromisoformat(question.start)).days)
        case Between() | Count():
            return (date.fromisoformat(question.last) - date.fromisoformat(question.first)).days
        case Nth():
            return 0
        case Leap():
            return 365 * (question.last - question.first)


def _keeps_its_answer(instance: DateQuestion) -> bool:
    answer = answered(instance.question)
    return len(answer) <= 3 or not any(answer in told(instance.question, show) for show in _STYLES.values())


_ORACLE: Oracle[DateQuestion, str] = Oracle(
    solve=lambda instance: answered(instance.question), write=lambda instance, answer: answer, read=read
)

FAMILY = Family(
    name="calendar.date_arithmetic",
    version=1,
    title="Date arithmetic",
    domain="calendar",
    params=Params,
    instance=DateQuestion,
    levels=(
        Params(topics=("later",), reach=6),
        Params(topics=("later",), reach=40),
        Params(topics=("shift", "nth"), reach=20),
        Params(topics=("shift", "nth", "between"), reach=60),
        Params(topics=("shift", "nth", "between", "weekday"), steps=2, reach=200),
        Params(topics=("shift", "between", "weekday", "count"), steps=3, reach=800),
        Params(topics=("shift", "between", "count", "leap"), steps=5, reach=3_000, first_year=1900, last_year=2100),
        Params(topics=("shift", "between", "count"), steps=8, reach=10_000, first_year=1700, last_year=2300),
        Params(topics=("shift", "count"), steps=14, reach=20_000, first_year=1600, last_year=3000),
        Params(topics=("shift",), steps=24, reach=20_000, first_year=1600, last_year=4000),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=_ORACLE.gold,
    check=_ORACLE.check,
    canonical=canonical,
    features=features,
    styles=tuple(_STYLES),
    steps=lambda instance: worked(instance.question),
)
