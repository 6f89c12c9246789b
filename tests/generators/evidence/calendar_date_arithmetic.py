"""Second opinions on dates: Julian day numbers (Fliegel & van Flandern 1968) and days counted one by one."""

from collections.abc import Iterator
from random import Random

import msgspec

from generators.calendar.date_arithmetic import FAMILY, DateQuestion
from generators.calendar.questions import WEEKDAYS, Between, Count, Later, Leap, Nth, Question, Shift, Step
from generators.evidence import Evidence

Day = tuple[int, int, int]


def number_of(day: Day) -> int:
    """The Julian day number; Fliegel and van Flandern divide towards zero."""
    year, month, of_month = day
    late = -(-(month - 14) // -12) if month > 14 else -((14 - month) // 12)
    return (
        1461 * (year + 4800 + late) // 4
        + 367 * (month - 2 - 12 * late) // 12
        - 3 * ((year + 4900 + late) // 100) // 4
        + of_month
        - 32075
    )


def day_of(number: int) -> Day:
    rest = number + 68569
    centuries = 4 * rest // 146097
    rest -= (146097 * centuries + 3) // 4
    year = 4000 * (rest + 1) // 1461001
    rest -= 1461 * year // 4 - 31
    month = 80 * rest // 2447
    of_month = rest - 2447 * month // 80
    return 100 * (centuries - 49) + year + month // 11, month + 2 - 12 * (month // 11), of_month


def weekday_of(day: Day) -> int:
    return number_of(day) % 7


def day_in(iso: str) -> Day:
    year, month, of_month = map(int, iso.split("-"))
    return year, month, of_month


def iso(day: Day) -> str:
    return "{:04d}-{:02d}-{:02d}".format(*day)


def is_leap(year: int) -> bool:
    return year % 400 == 0 or (year % 4 == 0 and year % 100 != 0)


def length_of(year: int, month: int) -> int:
    return [31, 29 if is_leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]


def after(day: Day, step: Step) -> Day:
    if step.unit in ("months", "years"):
        year, month, of_month = day
        for _ in range(abs(step.amount) * (12 if step.unit == "years" else 1)):
            month += 1 if step.amount > 0 else -1
            year, month = (year + 1, 1) if month == 13 else (year - 1, 12) if month == 0 else (year, month)
        return year, month, min(of_month, length_of(year, month))
    if step.unit == "weekday":
        nearest = (number_of(day) + ahead for ahead in range(1, 8))
        return next(day_of(number) for number in nearest if number % 7 == step.amount)
    return day_of(number_of(day) + step.amount * (7 if step.unit == "weeks" else 1))


def solve(question: Question) -> str:
    match question:
        case Later():
            return (WEEKDAYS * 20000)[70000 + question.weekday + question.days]
        case Shift():
            day = day_in(question.start)
            for step in question.steps:
                day = after(day, step)
            return iso(day) if question.asks == "date" else WEEKDAYS[weekday_of(day)]
        case Between():
            return str(sum(1 for _ in days(question.first, question.last)) - (not question.inclusive))
        case Nth():
            month = range(1, length_of(question.year, question.month) + 1)
            such = [at for at in month if weekday_of((question.year, question.month, at)) == question.weekday]
            at = such[question.nth - 1 if question.nth > 0 else -1]
            return iso((question.year, question.month, at))
        case Count():
            return str(sum(number % 7 == question.weekday for number in days(question.first, question.last)))
        case Leap():
            return str(leaps_to(question.last) - leaps_to(question.first - 1))


def days(first: str, last: str) -> range:
    return range(number_of(day_in(first)), number_of(day_in(last)) + 1)


def leaps_to(year: int) -> int:
    return year // 4 - year // 100 + year // 400


def recompute(instance: DateQuestion) -> str:
    return solve(instance.question)


def judge(instance: DateQuestion, answer: str) -> bool:
    return answer == solve(instance.question)


def alternatives(instance: DateQuestion) -> Iterator[str]:
    answer = solve(instance.question)
    yield answer.upper()
    yield answer.lower()


def near_misses(instance: DateQuestion) -> Iterator[str]:
    answer = solve(instance.question)
    if answer in WEEKDAYS:
        at = WEEKDAYS.index(answer)
        yield from (WEEKDAYS[(at + gap) % 7] for gap in range(1, 7))
        yield answer[:3]
        yield f"{answer} or {WEEKDAYS[at - 1]}"
    elif "-" in answer.lstrip("-"):
        year, month, of_month = day_in(answer)
        yield from (iso(day_of(number_of((year, month, of_month)) + gap)) for gap in (-7, -1, 1, 7, 30, -31, 365))
        yield f"{year}-{of_month:02d}-{month:02d}" if month != of_month else f"{year}-{month:02d}"
        yield f"{year}/{month:02d}/{of_month:02d}"
        yield f"{year + 1}-{month:02d}-{of_month:02d}"
        yield answer.replace("-", "")
    else:
        yield from (str(int(answer) + gap) for gap in (-7, -1, 1, 7))
        yield f"{answer}.5"
        yield f"{answer} / 1"
        yield f"-{answer}" if answer != "0" else "1"


def disguise(instance: DateQuestion, rng: Random) -> DateQuestion:
    """Weeks told as days, years as months, days in two parts, and a step that goes nowhere."""
    question = instance.question
    if not isinstance(question, Shift):
        return instance
    steps: list[Step] = []
    for step in question.steps:
        if rng.random() < 0.2:
            steps.append(Step(rng.choice(("days", "weeks", "months")), 0))
        if step.unit == "weeks" and rng.random() < 0.7:
            steps.append(Step("days", 7 * step.amount))
        elif step.unit == "years" and rng.random() < 0.7:
            steps.append(Step("months", 12 * step.amount))
        elif step.unit == "days" and rng.random() < 0.7:
            part = rng.randint(-9, 9)
            steps += [Step("days", part), Step("days", step.amount - part)]
        else:
            steps.append(step)
    return DateQuestion(question=msgspec.structs.replace(question, steps=tuple(steps)))


def change(instance: DateQuestion, rng: Random) -> DateQuestion:
    """One number of the question one further, or what is asked."""
    question = instance.question
    match question:
        case Later():
            changed: Question = msgspec.structs.replace(question, days=question.days + 7)
        case Shift() if question.steps and rng.random() < 0.7:
            *before, last = question.steps
            other = Step(last.unit, (last.amount + 1) % 7 if last.unit == "weekday" else last.amount + 1)
            changed = msgspec.structs.replace(question, steps=(*before, other))
        case Shift():
            changed = msgspec.structs.replace(question, asks="weekday" if question.asks == "date" else "date")
        case Between():
            changed = msgspec.structs.replace(question, inclusive=not question.inclusive)
        case Nth():
            changed = msgspec.structs.replace(question, weekday=(question.weekday + 1) % 7)
        case Count():
            changed = msgspec.structs.replace(question, weekday=(question.weekday + 1) % 7)
        case Leap():
            changed = msgspec.structs.replace(question, last=question.last + 1)
    return DateQuestion(question=changed)


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("steps", "month_steps", "days_spanned"),
)
