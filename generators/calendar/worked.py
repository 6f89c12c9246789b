"""Questions about dates, worked step by step; the last step has the answer."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from generators.calendar.questions import (
    MONTHS,
    ORDINALS,
    WEEKDAYS,
    Between,
    Count,
    Later,
    Leap,
    Nth,
    Question,
    Shift,
    answered,
    asked_move,
    dates_on_the_way,
)


def worked(question: Question) -> tuple[str, ...]:
    """As one would do it with a calendar and a pencil."""
    told = list(_STEPS[type(question)](question))
    return (*told[:-1], f"{told[-1]} The answer is {answered(question)}")


def _later(question: Later) -> Iterator[str]:
    weeks, days = divmod(abs(question.days), 7)
    yield f"{abs(question.days)} days are {weeks} weeks and {days} days; whole weeks change no weekday."
    way = "after" if question.days > 0 else "before"
    yield f"So it is {days} days {way} {WEEKDAYS[question.weekday]}."


def _shift(question: Shift) -> Iterator[str]:
    days = dates_on_the_way(question)
    for step, day in zip(question.steps, days[1:], strict=True):
        yield f"Go {asked_move(step)}: {day.isoformat()}."
    if question.asks == "weekday":
        last = days[-1]
        new_year = date(last.year, 1, 1)
        gone = (last - new_year).days
        yield f"{last.isoformat()} is {gone} days after 1 January, which is {gone // 7} weeks and {gone % 7} days."
        yield f"1 January {last.year} is a {WEEKDAYS[new_year.weekday()]}."


def _between(question: Between) -> Iterator[str]:
    first, last = date.fromisoformat(question.first), date.fromisoformat(question.last)
    day = first
    for year in range(first.year + 1, last.year + 1):
        new_year = date(year, 1, 1)
        if year == first.year + 1 or year == last.year:
            yield f"From {day.isoformat()} to {new_year.isoformat()} there are {(new_year - day).days} days."
            day = new_year
    yield f"From {day.isoformat()} to {last.isoformat()} there are {(last - day).days} days."
    yield f"Added up{', with the first day counted too' if question.inclusive else ''}."


def _nth(question: Nth) -> Iterator[str]:
    first = date(question.year, question.month, 1)
    name = WEEKDAYS[question.weekday]
    yield f"1 {MONTHS[question.month - 1]} {question.year} is a {WEEKDAYS[first.weekday()]}."
    yield f"So the first {name} is the day {1 + (question.weekday - first.weekday()) % 7} of that month."
    yield f"From there on by weeks to the {ORDINALS[question.nth]} one."


def _count(question: Count) -> Iterator[str]:
    first, last = date.fromisoformat(question.first), date.fromisoformat(question.last)
    found = first + timedelta(days=(question.weekday - first.weekday()) % 7)
    name = WEEKDAYS[question.weekday]
    yield f"{question.first} is a {WEEKDAYS[first.weekday()]}; the first {name} from there is {found.isoformat()}."
    days = (last - found).days
    if days < 0:
        yield f"That is after {question.last}."
    else:
        yield f"From it to {question.last} there are {days} days, which is {days // 7} weeks and {days % 7} days."
        yield f"That {name}, and one more for each whole week."


def _leap(question: Leap) -> Iterator[str]:
    def multiples(of: int) -> int:
        return question.last // of - (question.first - 1) // of

    yield f"From {question.first} to {question.last}, {multiples(4)} years are multiples of 4."
    yield f"{multiples(100)} of them are multiples of 100, which are no leap years,"
    yield f"but {multiples(400)} of these are multiples of 400, which are leap years after all."


_STEPS: dict[type[Question], Callable[[Any], Iterator[str]]] = {
    Later: _later,
    Shift: _shift,
    Between: _between,
    Nth: _nth,
    Count: _count,
    Leap: _leap,
}
