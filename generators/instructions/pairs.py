"""Pairs with a known truth: a text that keeps to every rule, beside one that breaks exactly one, or none."""

from itertools import islice
from random import Random

import msgspec

from generators.family import FamilyError
from generators.instructions.edits import edited
from generators.instructions.form import FAMILY, Request, statement
from generators.instructions.rules import Rule, criterion, keeps
from pipeline.seeding import generator
from schemas import Task
from schemas.rubric import Criterion

MOST_EDITS = 200


class PlantedPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two responses to one request, and all that is asked there as criteria that programs check.

    `chosen` meets them all. `rejected` breaks the one at place `broken` and meets the others; where `broken` is None it
    meets all too: only its style is another, and neither is better.
    """

    task_id: str
    prompt: str
    chosen: str
    rejected: str
    criteria: tuple[Criterion, ...]
    broken: int | None


def planted_pair(task: Task, seed: int) -> PlantedPair | None:
    """A pair whose rejected text breaks exactly one rule, each that can be broken alone as likely; None where none can.

    Raises FamilyError for a task of another family than instructions.form.
    """
    request = _request(task)
    rng = generator(seed, "planted pair", task.id)
    ways: dict[int, str] = {}
    for text, broken in _edits(request, rng):
        if len(broken) == 1:
            ways.setdefault(broken[0], text)
    if not ways:
        return None
    place = rng.choice(sorted(ways))
    return _pair(task, request, ways[place], place)


def neutral_pair(task: Task, seed: int) -> PlantedPair | None:
    """A pair of two texts that both keep to every rule; None where no other text was found.

    Raises FamilyError for a task of another family than instructions.form.
    """
    request = _request(task)
    rng = generator(seed, "neutral pair", task.id)
    kept = [text for text, broken in _edits(request, rng) if not broken]
    return _pair(task, request, rng.choice(kept), None) if kept else None


def broken_rules(rules: tuple[Rule, ...], text: str, most: int | None = None) -> list[int]:
    """The places of the rules that a text does not keep, the first `most` of them."""
    return list(islice((place for place, rule in enumerate(rules) if not keeps(rule, text)), most))


def _edits(request: Request, rng: Random) -> list[tuple[str, list[int]]]:
    """Different edits of the proof with the places of the first two rules that each breaks."""
    texts = dict.fromkeys(edited(request.proof, rng) for _ in range(MOST_EDITS))
    texts.pop(request.proof, None)
    return [(text, broken_rules(request.rules, text, 2)) for text in texts]


def _request(task: Task) -> Request:
    if task.family != FAMILY.name:
        raise FamilyError(f"task {task.id} is of {task.family}; pairs are planted in tasks of {FAMILY.name} alone")
    return msgspec.convert(task.payload, Request)


def _pair(task: Task, request: Request, text: str, broken: int | None) -> PlantedPair:
    return PlantedPair(
        task_id=task.id,
        prompt=statement(request, task.style),
        chosen=request.proof,
        rejected=text,
        criteria=tuple(map(criterion, request.rules)),
        broken=broken,
    )
