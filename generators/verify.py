"""`verify(task, response)`: is this response right? Never raises, never guesses."""

from typing import Any

import msgspec

from generators.extraction import extract
from generators.family import Family
from generators.registry import family_named
from schemas import Task, Verdict
from schemas.verdict import malformed, undecided


def verify(task: Task, response: str) -> Verdict:
    """The verdict of the task's family on a model's response.

    A response without a marked answer is `missing`, one whose answer is longer than the family allows is
    `overlong`; a verifier that fails gives `error` with no score. Raises RegistryError for a family unknown here.
    """
    family = family_named(task.family)
    extraction = extract(response)
    if extraction.text is None:
        return Verdict(score=0.0, reason="missing", detail="no marked answer in the response")
    if not extraction.text:
        verdict = malformed("the marked answer is empty")
    elif len(extraction.text) > family.longest_answer:
        detail = f"the answer has {len(extraction.text)} characters; at most {family.longest_answer} are read"
        return Verdict(score=0.0, reason="overlong", detail=detail, found=extraction.found)
    elif task.version != family.version:
        verdict = undecided("error", f"the task has version {task.version} and the family {family.version}")
    else:
        verdict = _checked(family, task, extraction.text)
    return msgspec.structs.replace(verdict, extracted=extraction.text, found=extraction.found)


def _checked(family: Family[Any, Any], task: Task, answer: str) -> Verdict:
    try:
        return family.check(msgspec.convert(task.payload, family.instance), answer)
    except Exception as failure:  # noqa: BLE001 - a failing verifier is a verdict of its own, never a zero
        return undecided("error", f"{family.name} could not judge this: {type(failure).__name__}: {failure}")
