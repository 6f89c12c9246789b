"""Rubrics in the words of a model: JSON, or the lines of a list, read within bounds.

Nothing of it is believed: sizes are bounded before anything is parsed, what can't be used is told with its reason, and
a check that a model names must be one of ours with arguments that it takes.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rubrics.criteria.registry import CriterionError, arguments_of
from schemas import Criterion, CriterionKind, jsontext

LONGEST_TEXT = 20_000
"""Characters of a model's text that are looked at."""
DEEPEST = 8
"""Brackets within brackets; a rubric needs four."""
MOST_CRITERIA = 12
LONGEST_TITLE, LONGEST_CRITERION = 80, 400
HEAVIEST = 10.0

KINDS: dict[str, CriterionKind] = {
    "hard_rule": "hard_rule",
    "hard rule": "hard_rule",
    "rule": "hard_rule",
    "principle": "principle",
    "pitfall": "pitfall",
    "veto": "pitfall",
}
"""What models call the kinds."""

SCHEMA = jsontext.dumps(
    {
        "type": "object",
        "properties": {
            "criteria": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_CRITERIA,
                "items": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string", "maxLength": LONGEST_TITLE},
                        "text": {"type": "string", "maxLength": LONGEST_CRITERION},
                        "kind": {"enum": ["hard_rule", "principle", "pitfall"]},
                        "weight": {"type": "number"},
                        "checker": {"type": ["string", "null"]},
                        "arguments": {"type": "object"},
                    },
                    "required": ["title", "text", "kind"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["criteria"],
        "additionalProperties": False,
    }
)
"""The JSON that is asked for, as a JSON schema, for engines that can hold a model to one."""

_OPENING = re.compile(r"[{\[]")
_ITEM = re.compile(r"\s{0,8}(?:[-*•]|\d{1,2}[.)])\s{1,4}(\S.{0,600})")
_MARK = re.compile(r"[\[(](hard rule|rule|principle|pitfall|veto)[\])]", re.IGNORECASE)


class Refused(NamedTuple):
    """What a model wrote as a criterion and what is the matter with it."""

    text: str
    why: str


class Parsed(NamedTuple):
    criteria: tuple[Criterion, ...]
    refused: tuple[Refused, ...]


def parsed(text: str) -> Parsed:
    """The criteria of a model's text, at most MOST_CRITERIA, titles told apart; none where there is no rubric in it.

    >>> parsed('Sure! {"criteria": [{"title": "Work", "text": "Each step is shown.", "kind": "rule"}]}')[0][0].kind
    'hard_rule'
    >>> parsed("1. The total is given in metres. [Hard Rule]")[0][0].kind
    'hard_rule'
    """
    text = text[:LONGEST_TEXT]
    found = _items(text)
    criteria: dict[str, Criterion] = {}
    refused: list[Refused] = []
    for item in found:
        told = _criterion(item)
        if isinstance(told, Refused):
            refused.append(told)
        elif len(criteria) == MOST_CRITERIA:
            refused.append(Refused(told.text, f"a rubric has at most {MOST_CRITERIA} criteria"))
        elif told.title.casefold() in criteria:
            refused.append(Refused(told.text, "its title is that of an earlier one"))
        else:
            criteria[told.title.casefold()] = told
    return Parsed(tuple(criteria.values()), tuple(refused))


def _items(text: str) -> list[Any]:
    """The list of criteria in the first JSON value that has one; else the lines of a list."""
    for value in _values(text):
        items = value.get("criteria", value.get("rubric")) if isinstance(value, dict) else value
        if isinstance(items, list) and any(isinstance(item, dict) for item in items):
            return items
    return [_listed(match[1]) for line in text.splitlines() if (match := _ITEM.match(line))]


def _values(text: str) -> Iterator[Any]:
    """The JSON values that begin at the first few brackets."""
    decoder, place, tries = json.JSONDecoder(), 0, 0
    while tries < 8 and (opening := _OPENING.search(text, place)):
        place, tries = opening.start() + 1, tries + 1
        if _depth(text[opening.start() :]) > DEEPEST:
            continue
        try:
            yield decoder.raw_decode(text, opening.start())[0]
        except (ValueError, RecursionError):
            continue


def _depth(text: str) -> int:
    """How deep the brackets go; those within strings are counted too, which only refuses more."""
    deepest = depth = 0
    for sign in text:
        depth += (sign in "{[") - (sign in "}]")
        deepest = max(deepest, depth)
    return deepest


def _listed(line: str) -> dict[str, Any]:
    mark = _MARK.search(line)
    text = _MARK.sub("", line).strip(" *:")
    return {"text": text, "kind": mark[1] if mark else "principle"}


def _criterion(item: Any) -> Criterion | Refused:
    text = _words(item.get("text", item.get("description"))) if isinstance(item, dict) else ""
    if not text:
        return Refused(_shown(item), "it has no text")
    if len(text) > LONGEST_CRITERION:
        return Refused(text[:LONGEST_CRITERION], f"it is longer than {LONGEST_CRITERION} characters")
    kind = KINDS.get(_words(item.get("kind", "principle")).lower())
    if kind is None:
        return Refused(text, f"there is no kind {_shown(item.get('kind'))}; there is hard_rule, principle, pitfall")
    weight = item.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= HEAVIEST:
        return Refused(text, f"its weight is {_shown(weight)} and not a number above 0, {HEAVIEST:g} at most")
    title = (_words(item.get("title")) or " ".join(text.split()[:8]))[:LONGEST_TITLE]
    checker, arguments = item.get("checker"), item.get("arguments") or {}
    if checker is not None and (not isinstance(checker, str) or not isinstance(arguments, dict)):
        return Refused(text, "its checker is no name with arguments")
    made = Criterion(
        title=title,
        text=text,
        kind=kind,
        weight=float(weight),
        checker=checker or None,
        arguments=arguments if checker else {},
    )
    return made if made.checker is None else _with_its_check(made)


def _with_its_check(criterion: Criterion) -> Criterion | Refused:
    """The criterion, where its checker is one of ours and takes its arguments, and a file can hold them."""
    try:
        arguments_of(criterion)
        jsontext.encoded(criterion.arguments)
    except (CriterionError, ValueError, OverflowError) as failure:
        return Refused(criterion.text, str(failure).encode(errors="replace").decode()[:400])
    return criterion


def _words(value: Any) -> str:
    """Text in one line; halves of surrogate pairs, which no file can hold, replaced."""
    return " ".join(value.encode(errors="replace").decode().split()) if isinstance(value, str) else ""


def _shown(value: Any) -> str:
    return ascii(value)[:100]
