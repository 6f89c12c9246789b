"""Pairs with a known truth: a text that keeps to every rule, beside one that breaks exactly one, or none."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from random import Random
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from generators.family import FamilyError
from generators.instructions import form, quote
from generators.instructions.edits import edited
from generators.instructions.misquotes import misquoted
from generators.instructions.rules import Rule, criterion, keeps, sentence
from generators.instructions.source import source_of
from pipeline.seeding import generator
from schemas import Task
from schemas.rubric import Criterion

MOST_EDITS = 200


class PlantedPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two responses to one request, and all that is asked there as criteria that programs check.

    `chosen` meets them all. `rejected` breaks the one at place `broken` and meets the others; where `broken` is None it
    meets all too: only its style is another, and neither is better. `source` is what criteria compare a response with:
    the text that the prompt gives to work on, or the prompt itself.
    """

    task_id: str
    prompt: str
    chosen: str
    rejected: str
    criteria: tuple[Criterion, ...]
    broken: int | None
    source: str = ""


class Asked(NamedTuple):
    """A request: its prompt, its rules by what they say, how its gold can be edited, and whether a text is right."""

    prompt: str
    gold: str
    rules: Mapping[str, Rule]
    edit: Callable[[str, Random], str]
    right: Callable[[str], bool]
    source: str


def _form(task: Task) -> Asked:
    request = msgspec.convert(task.payload, form.Request)
    rules = {**{sentence(rule): rule for rule in request.rules}, form.OWN_WORDS: form.OWN}
    return Asked(
        prompt=form.statement(request, task.style),
        gold=request.proof,
        rules=rules,
        edit=edited,
        right=lambda text: form.check(request, text).score == 1.0,
        source=source_of(task),
    )


def _quote(task: Task) -> Asked:
    request = msgspec.convert(task.payload, quote.Request)
    gold = quote.gold(request)
    others = [line for line in quote.quotes(request) if line not in gold.split("\n")]
    return Asked(
        prompt=f"{quote.statement(request, task.style)}\n\n{quote.answer_format(request)}",
        gold=gold,
        rules=quote.rules(request),
        edit=lambda text, rng: misquoted(text, others, rng),
        right=lambda text: quote.check(request, text).score == 1.0,
        source=source_of(task),
    )


_ASKED: Mapping[str, Callable[[Task], Asked]] = MappingProxyType({form.FAMILY.name: _form, quote.FAMILY.name: _quote})
FAMILIES: frozenset[str] = frozenset(_ASKED)


def planted_pair(task: Task, seed: int) -> PlantedPair | None:
    """A pair whose rejected text breaks exactly one rule, each that can be broken alone as likely; None where none can.

    Raises FamilyError for a task of a family that is not in FAMILIES.
    """
    asked = _asked(task)
    rng = generator(seed, "planted pair", task.id)
    ways: dict[int, str] = {}
    for text, broken in _edits(asked, rng):
        if len(broken) == 1 and not asked.right(text):
            ways.setdefault(broken[0], text)
    if not ways:
        return None
    place = rng.choice(sorted(ways))
    return _pair(task, asked, ways[place], place)


def neutral_pair(task: Task, seed: int) -> PlantedPair | None:
    """A pair of two texts that both keep to every rule; None where no other text was found.

    Raises FamilyError for a task of a family that is not in FAMILIES.
    """
    asked = _asked(task)
    rng = generator(seed, "neutral pair", task.id)
    kept = [text for text, broken in _edits(asked, rng) if not broken and asked.right(text)]
    return _pair(task, asked, rng.choice(kept), None) if kept else None


def _edits(asked: Asked, rng: Random) -> list[tuple[str, list[int]]]:
    """Different edits of the gold, each with the places of the first two rules that it breaks."""
    texts = dict.fromkeys(asked.edit(asked.gold, rng) for _ in range(MOST_EDITS))
    texts.pop(asked.gold, None)
    return [(text, list(islice(_broken(asked, text), 2))) for text in texts]


def _broken(asked: Asked, text: str) -> Iterator[int]:
    for place, rule in enumerate(asked.rules.values()):
        if not keeps(rule, text, asked.source):
            yield place


def _asked(task: Task) -> Asked:
    if task.family not in _ASKED:
        raise FamilyError(f"task {task.id} is of {task.family}; pairs are planted in tasks of {', '.join(_ASKED)}")
    return _ASKED[task.family](task)


def _pair(task: Task, asked: Asked, text: str, broken: int | None) -> PlantedPair:
    return PlantedPair(
        task_id=task.id,
        prompt=asked.prompt,
        chosen=asked.gold,
        rejected=text,
        criteria=tuple(criterion(rule, said) for said, rule in asked.rules.items()),
        broken=broken,
        source=asked.source,
    )
