"""Verdicts on responses: every reason has its cause, and a verifier that fails says so."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from generators.family import Family, make_task
from generators.numbers.base_conversion import FAMILY
from generators.registry import RegistryError
from generators.verify import verdict_on, verify
from schemas import Task, Verdict

TASK = make_task(FAMILY, level=3, seed=5, index=0)


def tagged(answer: str) -> str:
    return f"<answer>{answer}</answer>"


def test_a_right_answer_is_correct_and_says_where_it_stood() -> None:
    assert verify(TASK, f"Hm. \\boxed{{{TASK.answer}}}") == Verdict(
        score=1.0, reason="correct", extracted=TASK.answer, found="boxed"
    )


def test_a_wrong_answer_is_wrong_and_a_shapeless_one_malformed() -> None:
    wrong = verify(TASK, tagged(TASK.answer[:-1]))
    assert (wrong.score, wrong.reason, wrong.extracted) == (0.0, "wrong", TASK.answer[:-1])
    assert verify(TASK, tagged("about ten")).reason == "malformed"
    assert verify(TASK, tagged("  ")).reason == "malformed"


def test_an_unmarked_answer_is_missing_and_a_huge_one_overlong() -> None:
    assert verify(TASK, TASK.answer) == Verdict(
        score=0.0, reason="missing", detail="no marked answer in the response", extracted=None, found="none"
    )
    assert verify(TASK, tagged("1" * (FAMILY.longest_answer + 1))).reason == "overlong"
    assert verify(TASK, tagged("1" * FAMILY.longest_answer)).reason != "overlong"


def test_a_task_of_another_version_or_with_another_payload_is_an_error_not_a_zero() -> None:
    for task in (
        msgspec.structs.replace(TASK, version=FAMILY.version + 1),
        msgspec.structs.replace(TASK, payload={"digits": 12}),
        msgspec.structs.replace(TASK, payload={**TASK.payload, "digits": "???"}),
    ):
        verdict = verify(task, tagged(TASK.answer))
        assert (verdict.score, verdict.reason) == (None, "error")
        assert not verdict.decided
        assert verdict.extracted == TASK.answer


def test_a_verifier_that_raises_is_an_error_that_names_the_family() -> None:
    def broken(instance: Any, answer: str) -> Verdict:
        raise KeyError(answer)

    family: Family[Any, Any] = replace(FAMILY, check=broken)
    verdict = verdict_on(family, msgspec.convert(TASK.payload, FAMILY.instance), "1")
    assert (verdict.score, verdict.reason) == (None, "error")
    assert "numbers.base_conversion" in verdict.detail
    assert "KeyError" in verdict.detail


def test_an_unknown_family_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(RegistryError, match=r"numbers\.base_conversion"):
        verify(msgspec.structs.replace(TASK, family="numbers.base_conversions"), tagged("1"))


def test_a_task_that_was_written_down_is_judged_alike() -> None:
    task = msgspec.json.decode(msgspec.json.encode(TASK), type=Task)
    assert verify(task, tagged(TASK.answer)) == verify(TASK, tagged(TASK.answer))
