"""Unsound derivations have exactly the flaw that is named, by an audit that knows the problem's numbers alone."""

import re
from collections import Counter
from fractions import Fraction
from typing import NamedTuple

import msgspec
import pytest

from generators.arithmetic.chain import Instance
from generators.cores.expression.tree import numbers_of
from generators.family import make_task
from generators.flaws import FAMILIES, FLAWS, Finding, finding, sound_derivation, unsound_pair, unsound_pairs
from generators.registry import family_named
from generators.verify import verify
from schemas import Task

STEP = re.compile(r"(-?\d+) ([-+*/]) \(?(-?\d+)\)? = (-?\d+)")
DONE = {"+": Fraction.__add__, "-": Fraction.__sub__, "*": Fraction.__mul__, "/": Fraction.__truediv__}


class Audit(NamedTuple):
    """Equations that are false, operands that nothing before has given, and numbers that are left at the end."""

    false: int
    unfounded: int
    left: int


def audit(task: Task, response: str) -> Audit:
    """Each equation takes two numbers out of those there are and puts its result back."""
    there = Counter(map(Fraction, numbers_of(msgspec.convert(task.payload, Instance).expression)))
    false = unfounded = 0
    for left, operator, right, result in STEP.findall(response):
        false += DONE[operator](Fraction(left), Fraction(right)) != Fraction(result)
        for operand in (Fraction(left), Fraction(right)):
            unfounded += there[operand] == 0
            there[operand] -= there[operand] > 0
        there[Fraction(result)] += 1
    return Audit(false, unfounded, sum(there.values()))


def tasks(name: str, *levels: int) -> list[Task]:
    return [make_task(family_named(name), level=level, seed=11, index=index) for level in levels for index in range(8)]


@pytest.mark.parametrize("task", tasks("arithmetic.chain", 4, 5, 6, 7), ids=lambda task: task.id[:6])
def test_an_audit_of_the_equations_finds_the_flaw_that_was_planted_and_no_other(task: Task) -> None:
    pairs = unsound_pairs(task, 0)
    assert {pair.flaw for pair in pairs} >= {"miscalculated", "skipped"}
    for pair in pairs:
        assert audit(task, pair.sound) == Audit(0, 0, 1)
        found = audit(task, pair.unsound)
        if pair.flaw == "miscalculated":  # the right result appears from nowhere, and the wrong one is left over
            assert found == Audit(1, 1, 2)
        elif pair.flaw == "cancelled":
            assert found == Audit(2, 0, 1)
        elif pair.flaw == "skipped":  # its two numbers are left over
            assert found == Audit(0, 1, 3)
        else:
            assert found.false == found.unfounded == 0
            assert found.left > 2


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_family_has_flaws_and_the_answer_alone_never_shows_them(name: str) -> None:
    made = [(task, pair) for task in tasks(name, 4, 7) for pair in unsound_pairs(task, 3)]
    assert {pair.flaw for _, pair in made} >= {"miscalculated", "skipped", "jump"}
    for task, pair in made:
        assert verify(task, pair.sound).score == verify(task, pair.unsound).score == 1.0
        assert finding(task, pair.sound) == Finding(None, 0)
        assert finding(task, pair.unsound) == Finding(pair.flaw, pair.place)
        assert pair == unsound_pair(task, pair.flaw, 3)


def test_what_is_no_planted_flaw_is_none() -> None:
    task = tasks("arithmetic.chain", 6)[0]
    sound = sound_derivation(task)
    assert sound is not None
    lines = sound.split("\n")
    assert finding(task, "I guess.\n<answer>1</answer>") is None
    assert finding(task, "\n".join([*lines[2:-1], lines[-1]])) is None
    assert finding(task, "\n".join([f"Well, {lines[0]}", *lines[1:]])) is None


def test_tasks_without_worked_steps_have_no_pairs() -> None:
    task = make_task(family_named("logic.zebra"), level=1, seed=0, index=0)
    assert sound_derivation(task) is None
    assert [unsound_pair(task, flaw, 0) for flaw in FLAWS] == [None] * len(FLAWS)
