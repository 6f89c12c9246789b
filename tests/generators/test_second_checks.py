"""Second checks: they say what the first ones say wherever they say anything, and share no code with them."""

import doctest
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from generators.conformance.mutations import near_misses, supersets
from generators.conformance.sample import item_at
from generators.cores.expression import residues
from generators.evidence import Evidence
from generators.graphs import relaxation
from generators.registry import BUNDLED, family_named
from generators.strings import precedence
from generators.verify import second_opinion, verdict_on
from schemas import Verdict
from schemas.verdict import correct
from tests.generators.test_conformance import evidence_of

TWICE = [name for name in BUNDLED if family_named(name).second_check is not None]


def answers(evidence: Evidence[Any], instance: Any, gold: str, other: str) -> set[str]:
    """Right and wrong answers, written in many ways."""
    found = {gold, other, *near_misses(gold, other), *supersets(gold)}
    return found | {*evidence.alternatives(instance), *evidence.near_misses(instance)}


def test_several_families_have_a_second_check() -> None:
    assert len(TWICE) >= 9


@pytest.mark.parametrize("name", TWICE)
def test_two_checks_say_the_same_of_right_and_wrong_answers(name: str) -> None:
    evidence = evidence_of(name)
    family = family_named(name)
    said = {True: 0, False: 0}
    for level in range(1, len(family.levels) + 1):
        items = [item_at(family, level, 31, index) for index in range(3)]
        for item, after in zip(items, items[1:] + items[:1], strict=True):
            assert second_opinion(family, item.task.payload, item.task.answer) is True
            for answer in answers(evidence, item.instance, item.task.answer, after.task.answer):
                right = second_opinion(family, item.task.payload, answer)
                if right is not None:
                    said[right] += 1
                    assert right == (verdict_on(family, item.instance, answer).score == 1.0), (level, answer)
    assert said[True] >= len(family.levels)
    assert said[False] >= 5 * len(family.levels)


@pytest.mark.parametrize("name", TWICE)
def test_a_first_check_that_takes_anything_does_not_carry_the_second_one_along(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule of the first check and the gold answer are taken away; the second check still tells right from wrong."""
    family = family_named(name)
    items = [item_at(family, 3, 5, index) for index in range(2)]
    module = import_module(f"generators.{name}")

    def anything(*arguments: Any) -> Verdict:
        return correct()

    for function in ("check", "judged", "gold", "solve", "fault", "value_of", "read", "_sum"):
        if hasattr(module, function):
            monkeypatch.setattr(module, function, anything)
    for item, other in (items, items[::-1]):
        assert second_opinion(family, item.task.payload, item.task.answer) is True
        assert second_opinion(family, item.task.payload, other.task.answer) is False


@pytest.mark.parametrize("module", [precedence, relaxation, residues])
def test_the_examples_of_a_module_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


def test_a_second_check_that_fails_or_is_not_there_says_nothing() -> None:
    def failing(instance: Any, answer: str) -> bool:
        raise ZeroDivisionError

    family = family_named("arithmetic.chain")
    task = item_at(family, 2, 1, 0).task
    assert second_opinion(replace(family, second_check=failing), task.payload, task.answer) is None
    assert second_opinion(replace(family, second_check=None), task.payload, task.answer) is None
    assert second_opinion(family, {}, task.answer) is None
    assert second_opinion(family, task.payload, "") is None
    assert second_opinion(family, task.payload, "1" * 5000) is None
