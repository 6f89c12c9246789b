"""Random programs over amounts: every step leaves whole positive amounts, and the answer depends on most of them."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from generators.cores.expression.program import (
    ASIDE,
    KINDS,
    QUESTIONS,
    SenselessError,
    Step,
    after,
    needed,
)

_PARTS = ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (2, 5), (3, 5), (4, 5))
_PERCENTS = (10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90)
_TRIES = 30
_STAY = 0.8  # how often the next step is about the person that the last ones were about
_WORDINGS = 6


class Plot(NamedTuple):
    """What a program is made of: `steps` after the beginning, of these kinds, and the kinds of question to choose from.

    Numbers are up to `largest`, amounts up to `limit`; at most `people` people, one or two of them at the beginning;
    `asides` steps that play no part, out of as many `aside_wordings`.
    """

    steps: int
    people: int
    largest: int
    limit: int
    kinds: list[str]
    questions: list[str]
    asides: int
    aside_wordings: int


class Told(NamedTuple):
    """A program; people are numbered in the order in which they come in."""

    people: int
    steps: tuple[Step, ...]
    question: Step


def random_program(plot: Plot, rng: Random) -> Told | None:
    """One attempt; None where the steps lead nowhere or too few of them matter."""
    begin = 2 if plot.people > 1 and not _only_compares(plot) and rng.random() < 0.5 else 1
    told = [_step("has", (person,), plot, rng) for person in range(begin)]
    amounts = {step.who[0]: step.numbers[0] for step in told}
    focus = 0
    for _ in range(plot.steps):
        found = next(_possible(amounts, focus, plot, rng), None)
        if found is None:
            return None
        step, amounts = found
        told.append(step)
        if KINDS[step.kind].roles[0] == "=" and rng.random() < _STAY:
            focus = step.who[0]
    question = _question(amounts, focus, plot, rng)
    if question is None or len(needed(told, question)) < len(told) - plot.steps // 3:
        return None
    for wording in rng.sample(range(plot.aside_wordings), plot.asides):
        aside = Step(ASIDE, (rng.randrange(len(amounts)),), (rng.randint(3, 19),), wording)
        told.insert(rng.randint(1, len(told)), aside)
    return Told(len(amounts), tuple(told), question)


def _only_compares(plot: Plot) -> bool:
    return all(KINDS[kind].roles[0] == "=" for kind in plot.kinds)


def _possible(amounts: dict[int, int], focus: int, plot: Plot, rng: Random) -> Iterator[tuple[Step, dict[int, int]]]:
    """Steps that can come next, with the amounts they leave; a bounded number of tries."""
    for _ in range(_TRIES):
        kind = rng.choice(plot.kinds)
        roles = KINDS[kind].roles
        defines = roles[0] == "="
        others = len(roles) - defines
        if others > len(amounts) or (defines and len(amounts) == plot.people):
            continue
        who = [rng.randrange(len(amounts))] if others == 1 else rng.sample(range(len(amounts)), others)
        if focus not in who and rng.random() < _STAY:
            who[rng.randrange(others)] = focus
        step = _step(kind, (len(amounts), *who) if defines else tuple(who), plot, rng)
        try:
            left = after(amounts, step)
        except SenselessError:
            continue
        if all(1 <= left[person] <= plot.limit for person in step.who):
            yield step, left


def _step(kind: str, who: tuple[int, ...], plot: Plot, rng: Random) -> Step:
    numbers: tuple[int, ...]
    if kind in ("part_of", "gives_part", "loses_part"):
        numbers = rng.choice(_PARTS)
    elif kind == "loses_percent":
        numbers = (rng.choice(_PERCENTS),)
    elif kind == "packs":
        numbers = (rng.randint(2, 9), rng.randint(2, max(5, plot.largest // 5)))
    elif kind in ("times", "grows", "splits"):
        numbers = (rng.randint(2, 5),)
    elif kind == "together_of":
        numbers = ()
    else:
        numbers = (rng.randint(1, min(plot.largest, plot.limit // 2)),)
    return Step(kind, who, numbers, rng.randrange(_WORDINGS))


def _question(amounts: dict[int, int], focus: int, plot: Plot, rng: Random) -> Step | None:
    """A question with a positive whole answer, about the focus and perhaps others."""
    others = [person for person in amounts if person != focus]
    for _ in range(_TRIES):
        kind = rng.choice(plot.questions)
        who = [focus]
        if kind in ("together", "difference"):
            if not others:
                continue
            who += rng.sample(others, rng.randint(1, len(others)) if kind == "together" else 1)
        if kind == "difference":
            who.sort(key=lambda person: -amounts[person])
        numbers = () if kind in ("holds", "together", "difference") else (rng.randint(2, 12),)
        try:
            answer = QUESTIONS[kind]([amounts[person] for person in who], numbers)
        except SenselessError:
            continue
        if answer > 0:
            return Step(kind, tuple(who), numbers)
    return None
