"""The question given back as its answer."""

from random import Random

from rubrics.guards.attack import Attack
from rubrics.judges.contract import Case

_LONGEST = 4000


def _whole(case: Case, rng: Random) -> str:
    return case.prompt[:_LONGEST]


def _line(case: Case, rng: Random) -> str:
    lines = [line for line in case.prompt[:_LONGEST].splitlines() if line.strip()]
    return f"Question: {rng.choice(lines)}" if lines else "Question:"


def _quoted(case: Case, rng: Random) -> str:
    form = rng.choice(('The answer to "{}" is what was asked for.', 'solve("{}")', "{} = ?", "> {}\n\nThat is it."))
    return form.replace("{}", case.prompt[:_LONGEST])


def _restated(case: Case, rng: Random) -> str:
    return f"The problem asks: {case.prompt[:_LONGEST]}\n\nSo we need to find it."


ECHOES: tuple[Attack, ...] = (
    Attack("echo.prompt", "echo", _whole),
    Attack("echo.line", "echo", _line),
    Attack("echo.quoted", "echo", _quoted, "en"),
    Attack("echo.restated", "echo", _restated, "en"),
)
