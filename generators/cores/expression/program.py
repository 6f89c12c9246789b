"""Small programs over amounts that people have: what each step does, what a question asks, when two are the same.

A step names people by number, subject first. Steps run in order; what is told of a person before anything else defines
that person's amount.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from dedup.canonical import Edge, canonical_form

Amounts = Sequence[int]
Numbers = Sequence[int]

ASIDE = "aside"
"""A step that changes nothing."""


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One step or question: its kind, the people in it, its numbers, and which of several wordings tells it."""

    kind: str
    who: tuple[int, ...]
    numbers: tuple[int, ...] = ()
    wording: int = 0


class SenselessError(ValueError):
    """A step would leave an amount that is negative or not whole."""


class Kind(NamedTuple):
    """What a step does.

    `roles` has a letter for each person: `=` defined here, `+` something is added or taken, `*` changed by what is
    there, `.` only looked at. `apply(amounts, numbers)` gives the new amounts of those not only looked at.
    """

    roles: str
    apply: Callable[[Amounts, Numbers], tuple[int, ...]]


def _part(amount: int, numbers: Numbers) -> int:
    share, rest = divmod(amount * numbers[0], numbers[1])
    if rest:
        raise SenselessError(f"{numbers[0]}/{numbers[1]} of {amount} is not whole")
    return share


KINDS: dict[str, Kind] = {
    "has": Kind("=", lambda m, n: (n[0],)),
    "more_than": Kind("=.", lambda m, n: (m[1] + n[0],)),
    "fewer_than": Kind("=.", lambda m, n: (m[1] - n[0],)),
    "times": Kind("=.", lambda m, n: (m[1] * n[0],)),
    "part_of": Kind("=.", lambda m, n: (_part(m[1], n),)),
    "together_of": Kind("=..", lambda m, n: (m[1] + m[2],)),
    "gets": Kind("+", lambda m, n: (m[0] + n[0],)),
    "loses": Kind("+", lambda m, n: (m[0] - n[0],)),
    "packs": Kind("+", lambda m, n: (m[0] + n[0] * n[1],)),
    "gives": Kind("++", lambda m, n: (m[0] - n[0], m[1] + n[0])),
    "gives_part": Kind("*+", lambda m, n: (m[0] - _part(m[0], n), m[1] + _part(m[0], n))),
    "loses_part": Kind("*", lambda m, n: (m[0] - _part(m[0], n),)),
    "loses_percent": Kind("*", lambda m, n: (m[0] - _part(m[0], (n[0], 100)),)),
    "grows": Kind("*", lambda m, n: (m[0] * n[0],)),
    "splits": Kind("*", lambda m, n: (_part(m[0], (1, n[0])),)),
}

_PLACES = {
    name: (
        [at for at, role in enumerate(kind.roles) if role != "."],
        [at for at, role in enumerate(kind.roles) if role in ".*"],
    )
    for name, kind in KINDS.items()
}
"""Of each kind, where its people stand whose amounts it changes, and those whose amounts it depends on."""

QUESTIONS: dict[str, Callable[[Amounts, Numbers], int]] = {
    "holds": lambda m, n: m[0],
    "later": lambda m, n: m[0] + n[0],
    "together": lambda m, n: sum(m),
    "difference": lambda m, n: m[0] - m[1],
    "sells": lambda m, n: m[0] * n[0],
    "packed": lambda m, n: _part(m[0], (1, n[0])),
    "lasts": lambda m, n: _part(m[0], (1, n[0])),
}

_ALIKE = {"together": 0, "together_of": 1}
"""Kinds whose people from this place on are interchangeable."""


_ROUNDS = 16  # the roles of steps' ends begin here, after those of people's ends


def after(amounts: dict[int, int], step: Step) -> dict[int, int]:
    """The amounts after one step. Raises SenselessError."""
    if step.kind == ASIDE:
        return amounts
    changed = KINDS[step.kind].apply([amounts.get(person, 0) for person in step.who], step.numbers)
    if min(changed) < 0:
        raise SenselessError(f"{step.kind} {step.numbers} leaves less than nothing")
    return amounts | dict(zip(step.who, changed, strict=False))


def answered(steps: Iterable[Step], question: Step) -> int:
    """The answer to the question after all steps. Raises SenselessError."""
    amounts: dict[int, int] = {}
    for step in steps:
        amounts = after(amounts, step)
    return QUESTIONS[question.kind]([amounts[person] for person in question.who], question.numbers)


def needed(steps: Sequence[Step], question: Step) -> list[Step]:
    """The steps that the answer depends on, in order."""
    wanted, kept = set(question.who), []
    for step in reversed(steps):
        who = step.who
        if step.kind == ASIDE or wanted.isdisjoint(who):
            continue
        changed, read = _PLACES[step.kind]
        if not wanted.isdisjoint([who[place] for place in changed]):
            kept.append(step)
            wanted.update([who[place] for place in read])
    return kept[::-1]


def canonical_program(steps: Sequence[Step], question: Step) -> bytes:
    """Bytes equal for two programs exactly when they are the same problem.

    The same are programs that differ in who is who, in wordings, in the order of steps that can be exchanged, and in
    steps that the answer does not depend on. Kinds and numbers of the others count.

    Two steps can be exchanged unless they share a person whose amount one of them changes and the other reads. So the
    order is told by the round of each person that a step falls in: a run of additions, a run of looks, or one change.
    """
    acts = needed(steps, question)
    told = [f"{act.kind} {act.numbers}" for act in (*acts, question)]
    labels = sorted(set(told))
    people = {person: place for place, person in enumerate(dict.fromkeys(who for act in acts for who in act.who))}
    colours = [0] * len(people) + [1 + labels.index(label) for label in told]
    rounds: dict[int, tuple[str, int]] = {}
    edges: list[Edge] = []
    for vertex, act in enumerate((*acts, question), start=len(people)):
        alike = _ALIKE.get(act.kind, len(act.who))
        roles = KINDS[act.kind].roles if act is not question else "." * len(act.who)
        for at, (who, role) in enumerate(zip(act.who, roles, strict=True)):
            before, number = rounds.get(who, ("", 0))
            number += role != before or role in "=*"
            rounds[who] = role, number
            edges.append(((min(at, alike), people[who]), (_ROUNDS + number, vertex)))
    return repr(labels).encode() + canonical_form(colours, edges)
