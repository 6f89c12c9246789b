"""Every checker by name, and what a criterion that names one comes to."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from rubrics.criteria import (
    citations,
    code,
    counts,
    formats,
    keywords,
    languages,
    lengths,
    numbers,
    patterns,
    position,
    repetition,
    sources,
    sql,
    structure,
    tables,
    wordplay,
)
from rubrics.criteria.contract import LONGEST_RESPONSE, LONGEST_SOURCE, Checker, Subject
from rubrics.criteria.text import visible
from schemas.failure import Failure
from schemas.rubric import Criterion, CriterionScore

IDEAS = (
    lengths,
    counts,
    keywords,
    position,
    structure,
    tables,
    formats,
    code,
    sql,
    patterns,
    numbers,
    sources,
    citations,
    languages,
    repetition,
    wordplay,
)
"""The files of checkers, in the order in which they are told of."""

CHECKERS: Mapping[str, Checker[Any]] = MappingProxyType(
    {checker.name: checker for idea in IDEAS for checker in idea.CHECKERS}
)

LONGEST_REASON = 400

_LIGATURE, _ITS_LENGTH = "\ufdfa", 18


class CriterionError(Failure, ValueError):
    """A criterion whose check can't be used; says which criterion, which argument, and what is allowed."""


def checked(criterion: Criterion, subject: Subject) -> CriterionScore:
    """The score of one criterion that a program decides: 1 or 0, None where it could not be decided.

    Never raises for anything in the response. Raises CriterionError where the criterion itself is wrong, or has no
    checker: that is known before any response is (`arguments_of`).
    """
    checker, arguments = checker_of(criterion), arguments_of(criterion)
    found = outcome(checker, arguments, subject)
    score = None if found.holds is None else float(found.holds)
    return CriterionScore(title=criterion.title, score=score, reason=found.reason)


class Outcome(NamedTuple):
    """Whether a criterion holds, None where it can't be decided, and why."""

    holds: bool | None
    reason: str


def outcome(checker: Checker[Any], arguments: msgspec.Struct, subject: Subject) -> Outcome:
    """What a checker finds within its bounds."""
    if max(len(subject.prompt), len(subject.source)) > LONGEST_SOURCE:
        return Outcome(None, f"the prompt or the source is over {LONGEST_SOURCE} characters")
    if checker.needs is not None and not getattr(subject, checker.needs).strip():
        return Outcome(None, f"no {checker.needs} was given to compare with")
    if _length(subject.response) > LONGEST_RESPONSE:
        return Outcome(False, f"the response is over {LONGEST_RESPONSE} characters")
    found = checker.check(arguments, _encodable(subject))
    return Outcome(found.holds, found.reason[:LONGEST_REASON])


def checker_of(criterion: Criterion) -> Checker[Any]:
    """The checker that a criterion names. Raises CriterionError."""
    where = f"criterion {criterion.title!r}"
    if criterion.checker is None:
        raise CriterionError(
            f"{where} names no checker, so a judge must decide it; name one of taskmill's or use a judge"
        )
    if criterion.checker not in CHECKERS:
        near = get_close_matches(criterion.checker, CHECKERS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise CriterionError(
            f"{where}: there is no checker {criterion.checker!r}; {hint}there is: {', '.join(CHECKERS)}"
        )
    return CHECKERS[criterion.checker]


def arguments_of(criterion: Criterion) -> msgspec.Struct:
    """The arguments of a criterion's checker, checked. Raises CriterionError."""
    checker = checker_of(criterion)
    try:
        arguments: msgspec.Struct = msgspec.convert(criterion.arguments, checker.arguments)
    except msgspec.ValidationError as failure:
        said = _said(str(failure), checker.arguments.__struct_fields__)
        where = f"criterion {criterion.title!r}, checker {checker.name}"
        raise CriterionError(f"{where}: {said}; allowed: {allowed_arguments(checker)}") from None
    return arguments


def allowed_arguments(checker: Checker[Any]) -> str:
    """The arguments of a checker in words, e.g. "word (text), at_least (number, optional)"."""
    fields = msgspec.structs.fields(checker.arguments)
    return ", ".join(f"{field.name} ({_kind(field)})" for field in fields) or "none"


def sentence_of(criterion: Criterion) -> str:
    """The instruction that a criterion's checker checks, e.g. "Write at most 40 words." Raises CriterionError."""
    return checker_of(criterion).sentence(arguments_of(criterion))


def _kind(field: msgspec.structs.FieldInfo) -> str:
    schema = msgspec.json.schema(field.type)
    kind = _KINDS.get(schema.get("type", ""), "")
    if not kind:
        choices = schema.get("enum") or [each.get("type", "") for each in schema.get("anyOf", ())]
        kind = " or ".join(_KINDS.get(str(each), str(each)) for each in choices if each != "null")
    return kind if field.required else f"{kind}, optional"


_KINDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "array": "list",
    "boolean": "true or false",
    "object": "mapping",
}


def _said(failure: str, names: Sequence[str]) -> str:
    """A message of the checker of types, with the argument's name in front and in plain words."""
    problem, _, place = failure.partition(" - at `$")
    name = place.strip("`.")
    unknown = _UNKNOWN.search(problem)
    if unknown:
        near = get_close_matches(unknown[1], names, n=1, cutoff=0.5)
        return f"there is no argument {unknown[1]!r}{f'; did you mean {near[0]}?' if near else ''}"
    for theirs, plain in _PLAIN.items():
        problem = problem.replace(theirs, plain)
    return f"{name}: {problem}" if name else problem


_UNKNOWN = re.compile(r"unknown field `([^`]{0,80})`")
_PLAIN = {
    " | null": "",
    "`int`": "a whole number",
    "`float`": "a number",
    "`str`": "text",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a mapping",
    "Expected": "expected",
    "got": "found",
}


def _length(text: str) -> int:
    """Characters as written or as seen, whichever are more."""
    written = len(text) + (_ITS_LENGTH - 1) * text.count(_LIGATURE)
    return written if written > LONGEST_RESPONSE or text.isascii() else max(written, len(visible(text)))


def _encodable(subject: Subject) -> Subject:
    """What can be written as UTF-8: half characters become question marks."""
    texts = {name: text for name, text in msgspec.structs.asdict(subject).items() if not text.isascii()}
    changed = {name: text.encode("utf-8", "replace").decode() for name, text in texts.items()}
    return msgspec.structs.replace(subject, **changed)
