"""`verify(task, response)`: is this response right? Never raises, never guesses."""

from typing import Any, TypeVar

import msgspec

from generators.extraction import extract
from generators.family import Family
from generators.registry import family_named
from schemas import Task, Verdict
from schemas.verdict import malformed, undecided

InstanceT = TypeVar("InstanceT", bound=msgspec.Struct)


def verify(task: Task, response: str) -> Verdict:
    """The verdict of the task's family on a model's response.

    A response without a marked answer is `missing`, one whose answer is longer than the family allows is
    `overlong`; a verifier that fails gives `error` with no score. Raises RegistryError for a family unknown here.
    """
    family = family_named(task.family)
    extraction = extract(response)
    if extraction.text is None:
        return Verdict(score=0.0, reason="missing", detail="no marked answer in the response")
    if task.version != family.version:
        verdict = undecided("error", f"the task has version {task.version} and the family {family.version}")
    else:
        verdict = _on_payload(family, task.payload, extraction.text)
    return msgspec.structs.replace(verdict, extracted=extraction.text, found=extraction.found)


def second_opinion(family: Family[Any, Any], payload: dict[str, Any], answer: str) -> bool | None:
    """What the family's second check says of an extracted answer; None where there is none or it says nothing."""
    if family.second_check is None or not 0 < len(answer) <= family.longest_answer:
        return None
    try:
        return family.second_check(msgspec.convert(payload, family.instance), answer)
    except Exception:  # noqa: BLE001 - a second check that fails has no opinion
        return None


def verdict_on(family: Family[Any, InstanceT], instance: InstanceT, answer: str) -> Verdict:
    """The verdict on an extracted answer: `malformed` if empty, `overlong` unread, `error` if the verifier fails."""
    if not answer:
        return malformed("the marked answer is empty")
    if len(answer) > family.longest_answer:
        detail = f"the answer has {len(answer)} characters; at most {family.longest_answer} are read"
        return Verdict(score=0.0, reason="overlong", detail=detail)
    try:
        return family.check(instance, answer)
    except Exception as failure:  # noqa: BLE001 - a failing verifier is a verdict of its own, never a zero
        return undecided("error", f"{family.name} could not judge this: {type(failure).__name__}: {failure}")


def _on_payload(family: Family[Any, Any], payload: dict[str, Any], answer: str) -> Verdict:
    try:
        instance = msgspec.convert(payload, family.instance)
    except msgspec.ValidationError as failure:
        return undecided("error", f"this is not a payload of {family.name}: {failure}")
    return verdict_on(family, instance, answer)
