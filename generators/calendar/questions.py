"""Questions about dates in the Gregorian calendar: each a record that can tell itself, be answered and be named.

A date is ISO text in the records, `2024-02-29`, or `29 February 2024` where a style says so.
"""

from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

import msgspec

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}

Show = Callable[[str], str]
Kind = Literal["date", "weekday", "number"]
Unit = Literal["days", "weeks", "months", "years", "weekday"]


class Later(msgspec.Struct, frozen=True, kw_only=True, tag="later"):
    """The weekday so many days after (before, if negative) a day of which only the weekday is known."""

    weekday: int
    days: int


class Step(msgspec.Struct, frozen=True):
    """So many units on (back, if negative); for `weekday`, on to the next one (Monday 0) strictly after."""

    unit: Unit
    amount: int


class Shift(msgspec.Struct, frozen=True, kw_only=True, tag="shift"):
    """The date, or its weekday, after the steps from a start."""

    start: str
    steps: tuple[Step, ...]
    asks: Literal["date", "weekday"]


class Between(msgspec.Struct, frozen=True, kw_only=True, tag="between"):
    """Days from one date to a later one; `inclusive` counts both of them, else one."""

    first: str
    last: str
    inclusive: bool


class Nth(msgspec.Struct, frozen=True, kw_only=True, tag="nth"):
    """The date of the nth (−1: last) such weekday of a month."""

    year: int
    month: int
    weekday: int
    nth: int


class Count(msgspec.Struct, frozen=True, kw_only=True, tag="count"):
    """How many such weekdays there are from one date to a later one, both included."""

    first: str
    last: str
    weekday: int


class Leap(msgspec.Struct, frozen=True, kw_only=True, tag="leap"):
    """How many leap years there are from one year to a later one, both included."""

    first: int
    last: int


Question = Later | Shift | Between | Nth | Count | Leap


def asked(question: Question) -> Kind:
    match question:
        case Later():
            return "weekday"
        case Shift():
            return question.asks
        case Nth():
            return "date"
        case Between() | Count() | Leap():
            return "number"


def answered(question: Question) -> str:
    """The answer: an ISO date, a weekday's name or a number. Raises OverflowError beyond the years 1 to 9999."""
    match question:
        case Later():
            return WEEKDAYS[(question.weekday + question.days) % 7]
        case Shift():
            day = dates_on_the_way(question)[-1]
            return day.isoformat() if question.asks == "date" else WEEKDAYS[day.weekday()]
        case Between():
            return str(_days(question.first, question.last) + question.inclusive)
        case Nth():
            return _nth(question).isoformat()
        case Count():
            first = date.fromisoformat(question.first)
            wait = (question.weekday - first.weekday()) % 7
            return str((_days(question.first, question.last) - wait) // 7 + 1)
        case Leap():
            return str(sum(map(isleap, range(question.first, question.last + 1))))


def dates_on_the_way(question: Shift) -> list[date]:
    """The start, and the date after each step. Raises OverflowError beyond the years 1 to 9999."""
    days = [date.fromisoformat(question.start)]
    for step in question.steps:
        days.append(_stepped(days[-1], step))
    return days


def told(question: Question, show: Show) -> str:
    """The question in words, its dates shown by `show`."""
    match question:
        case Later():
            when = "from now" if question.days > 0 else "ago"
            verb = "will it be" if question.days > 0 else "was it"
            today, span = WEEKDAYS[question.weekday], _amount(question.days, "day")
            return f"Today is {today}. What day of the week {verb} {span} {when}?"
        case Shift():
            return _shift_told(question, show)
        case Between(inclusive=True):
            span = f"from {show(question.first)} to {show(question.last)}"
            return f"How many days are there {span}, counting both the first and the last day?"
        case Between():
            return f"How many days after {show(question.first)} is {show(question.last)}?"
        case Nth():
            which = f"{ORDINALS[question.nth]} {WEEKDAYS[question.weekday]}"
            return f"On which date is the {which} of {MONTHS[question.month - 1]} {question.year}?"
        case Count():
            span = f"from {show(question.first)} to {show(question.last)}"
            return f"How many {WEEKDAYS[question.weekday]}s are there {span}, both dates included?"
        case Leap():
            return f"How many leap years are there from {question.first} to {question.last}, both years included?"


def same(question: Question) -> Question:
    """One question for all that ask the same in other units: weeks as days, years as months, runs of days added up."""
    if not isinstance(question, Shift):
        return question
    steps: list[Step] = []
    for step in question.steps:
        unit, factor = {"weeks": ("days", 7), "years": ("months", 12)}.get(step.unit, (step.unit, 1))
        plain = msgspec.convert(Step(unit, step.amount * factor), Step)  # type: ignore[arg-type]
        if steps and steps[-1].unit == plain.unit == "days":
            plain = Step("days", steps.pop().amount + plain.amount)
        if plain.amount or plain.unit == "weekday":
            steps.append(plain)
    return msgspec.structs.replace(question, steps=tuple(steps))


def long_date(iso: str) -> str:
    """
    >>> long_date("2024-02-09")
    '9 February 2024'
    """
    day = date.fromisoformat(iso)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _stepped(day: date, step: Step) -> date:
    match step.unit:
        case "days":
            return day + timedelta(days=step.amount)
        case "weeks":
            return day + timedelta(weeks=step.amount)
        case "months":
            return _months_on(day, step.amount)
        case "years":
            return _months_on(day, 12 * step.amount)
        case "weekday":
            return day + timedelta(days=(step.amount - day.weekday() - 1) % 7 + 1)


def _months_on(day: date, months: int) -> date:
    """The same day of another month, its last one where it is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(f"the year {year} is outside 1 to 9999")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _nth(question: Nth) -> date:
    first_weekday, length = monthrange(question.year, question.month)
    first = 1 + (question.weekday - first_weekday) % 7
    day = first + 7 * (question.nth - 1) if question.nth > 0 else first + (length - first) // 7 * 7
    return date(question.year, question.month, day)


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _shift_told(question: Shift, show: Show) -> str:
    if not question.steps:
        return f"What {'date' if question.asks == 'date' else 'day of the week'} is {show(question.start)}?"
    moves = ", then ".join(map(asked_move, question.steps))
    ask = "date" if question.asks == "date" else "day of the week"
    text = f"Start from {show(question.start)}; go {moves}. Which {ask} do you reach?"
    if any(step.unit in ("months", "years") for step in question.steps):
        text += (
            "\nA step of months or years keeps the day of the month; where the month reached is too short for it, "
            "it lands on the last day of that month."
        )
    if any(step.unit == "weekday" for step in question.steps):
        text += "\nThe next such weekday is never the day itself: from that weekday it is 7 days forward."
    return text


def asked_move(step: Step) -> str:
    """`3 weeks back`, `to the next Monday`."""
    if step.unit == "weekday":
        return f"to the next {WEEKDAYS[step.amount]}"
    return f"{_amount(step.amount, step.unit[:-1])} {'forward' if step.amount > 0 else 'back'}"


def _amount(amount: int, unit: str) -> str:
    """
    >>> _amount(-1, "day"), _amount(3, "week")
    ('1 day', '3 weeks')
    """
    return f"{abs(amount)} {unit}{'' if abs(amount) == 1 else 's'}"
