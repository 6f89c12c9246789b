"""Word problems: a small program over what people have, told as a story or as notes, with one whole-number answer."""

from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Annotated, Literal

import msgspec

from generators import answers
from generators.cores.expression.program import (
    ASIDE,
    KINDS,
    QUESTIONS,
    SenselessError,
    Step,
    after,
    answered,
    canonical_program,
    needed,
)
from generators.cores.expression.story import ASIDES, PEOPLE, WORLDS, Unit, notes, question_text, story
from generators.family import Family
from schemas import Verdict
from schemas.verdict import correct, malformed, wrong

Tier = Literal["add", "compare", "multiply", "parts"]


class Params(msgspec.Struct, frozen=True):
    """`steps` told after the beginning among up to `people`, numbers up to `largest`, `asides` that play no part."""

    steps: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    people: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    largest: Annotated[int, msgspec.Meta(ge=5, le=1000)] = 9
    kinds: Tier = "add"
    asides: Annotated[int, msgspec.Meta(ge=0, le=6)] = 0


class Instance(msgspec.Struct, frozen=True):
    """The program and how it is dressed: `unit` is singular and plural of what is counted."""

    world: str
    unit: Unit
    people: tuple[str, ...]
    steps: tuple[Step, ...]
    question: Step


LEVELS = (
    Params(steps=1),
    Params(steps=2),
    Params(steps=2, people=2, largest=20, kinds="compare"),
    Params(steps=3, people=3, largest=30, kinds="compare"),
    Params(steps=3, people=2, largest=30, kinds="multiply"),
    Params(steps=4, people=3, largest=40, kinds="parts"),
    Params(steps=6, people=3, largest=60, kinds="parts", asides=1),
    Params(steps=8, people=4, largest=100, kinds="parts", asides=2),
    Params(steps=11, people=5, largest=200, kinds="parts", asides=3),
    Params(steps=15, people=6, largest=500, kinds="parts", asides=4),
)

_TIERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "add": (("gets", "loses", "gives"), ("holds",)),
    "compare": (("more_than", "fewer_than"), ("together", "difference", "later")),
    "multiply": (("times", "packs", "together_of", "grows"), ("sells", "packed", "lasts")),
    "parts": (("part_of", "gives_part", "loses_part", "loses_percent", "splits"), ()),
}
"""Kinds of steps and questions that each tier adds to the ones before."""

_PARTS = ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (2, 5), (3, 5), (4, 5))
_PERCENTS = (10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90)
_TRIES = 30
_LONGEST_TRIP = 6
_OTHER_NAMES = {"years": ("years old", "year old"), "kilometers": ("km", "kilometres", "kilometre"), "hours": ("h",)}


def make(params: Params, rng: Random) -> Instance:
    """Random steps that leave whole positive amounts, drawn again until the answer depends on most of them."""
    while True:
        instance = _attempted(params, rng)
        if instance is not None and not _gives_itself_away(instance):
            return instance


def statement(instance: Instance, style: str) -> str:
    world, dress = WORLDS[instance.world], (instance.unit, instance.people)
    question = question_text(world, *dress, instance.question)
    if style == "notes":
        return f"{notes(world, *dress, instance.steps)}\n{question}"
    return f"{story(world, *dress, instance.steps)} {question}"


def answer_format(instance: Instance) -> str:
    example = 7 if _answer(instance) != 7 else 8
    unit = _answer_unit(instance)[1]
    return f"Give one whole number; its unit ({unit}) may follow, as in {example} or {example} {unit}."


def gold(instance: Instance) -> str:
    return str(_answer(instance))


def check(instance: Instance, answer: str) -> Verdict:
    """The number, alone or with the unit that was asked for."""
    given = answers.rational(_without_unit(answer, _answer_unit(instance)), lowest_terms=True)
    if given is None:
        return malformed(f"expected one number, with {_answer_unit(instance)[1]} or no unit after it")
    return correct() if given == _answer(instance) else wrong(f"the answer is not {given}"[:200])


def canonical(instance: Instance) -> bytes:
    """Exact up to names, dress, wording, exchangeable steps and what plays no part."""
    return canonical_program(instance.steps, instance.question)


def features(instance: Instance) -> dict[str, float]:
    """`needed` steps the answer depends on, `idle` ones and asides it does not; `kinds` of steps among the needed."""
    used = needed(instance.steps, instance.question)
    return {
        "needed": len(used),
        "idle": len(instance.steps) - len(used),
        "kinds": len({step.kind for step in used}),
        "people": len({person for step in used for person in step.who}),
        "largest_number": max(number for step in instance.steps for number in (*step.numbers, 0)),
    }


@lru_cache(maxsize=8)
def _answer(instance: Instance) -> int:
    return answered(instance.steps, instance.question)


def _answer_unit(instance: Instance) -> Unit:
    return WORLDS[instance.world].questions[instance.question.kind][1] or instance.unit


def _without_unit(answer: str, unit: Unit) -> str:
    names = {*unit, *_OTHER_NAMES.get(unit[1], ())}
    number, _, name = answer.rstrip(".").partition(" ")
    if unit[1] == "dollars" and answer.startswith("$") and not answer.endswith("$"):
        return answer[1:]
    return number if " ".join(name.lower().split()) in names else answer


def _gives_itself_away(instance: Instance) -> bool:
    """Whether the answer stands in the question; one digit may by chance."""
    answer = str(_answer(instance))
    acts = (*instance.steps, instance.question)
    return len(answer) > 1 and any(answer in str(number) for act in acts for number in act.numbers)


def _attempted(params: Params, rng: Random) -> Instance | None:
    tiers = list(_TIERS.values())[: list(_TIERS).index(params.kinds) + 1]
    kinds = [kind for tier in tiers for kind in tier[0]]
    name = rng.choice(_worlds(params))
    world = WORLDS[name]
    kinds = [kind for kind in kinds if kind in world.wordings]
    limit = min(world.limit, 50 * params.largest)
    told = [_step("has", (0,), params, rng, limit)]
    if params.people > 1 and name != "ages" and rng.random() < 0.5:
        told.append(_step("has", (1,), params, rng, limit))
    amounts = {step.who[0]: step.numbers[0] for step in told}
    focus = 0
    for _ in range(params.steps):
        found = next(_possible(kinds, amounts, focus, params, rng, limit), None)
        if found is None:
            return None
        step, amounts = found
        told.append(step)
        if KINDS[step.kind].roles[0] == "=" and rng.random() < 0.8:
            focus = step.who[0]
    question = _question([kind for tier in tiers for kind in tier[1] if kind in world.questions], amounts, focus, rng)
    if question is None or len(needed(told, question)) < len(told) - params.steps // 3:
        return None
    for wording in rng.sample(range(len(ASIDES)), params.asides):
        aside = Step(ASIDE, (rng.randrange(len(amounts)),), (rng.randint(3, 19),), wording)
        told.insert(rng.randint(1, len(told)), aside)
    people = tuple(rng.sample(list(PEOPLE), len(amounts)))
    return Instance(name, rng.choice(world.units), people, tuple(told), question)


def _worlds(params: Params) -> list[str]:
    """The worlds that have enough to tell, the richer ones more often."""
    names = ["things", "things", "money", "money"]
    if params.steps <= _LONGEST_TRIP:
        names.append("trips")
    if params.kinds != "add" and params.people > params.steps:
        names += ["ages", "ages"]
    return names


def _possible(
    kinds: list[str], amounts: dict[int, int], focus: int, params: Params, rng: Random, limit: int
) -> Iterator[tuple[Step, dict[int, int]]]:
    """Steps that can come next, with the amounts they leave; a bounded number of tries."""
    for _ in range(_TRIES):
        kind = rng.choice(kinds)
        roles = KINDS[kind].roles
        defines = roles[0] == "="
        needs = len(roles) - defines
        if needs > len(amounts) or (defines and len(amounts) == params.people):
            continue
        chosen = rng.sample(range(len(amounts)), needs)
        if chosen and focus not in chosen and rng.random() < 0.8:
            chosen[rng.randrange(needs)] = focus
        step = _step(kind, (len(amounts), *chosen) if defines else tuple(chosen), params, rng, limit)
        try:
            left = after(amounts, step)
        except SenselessError:
            continue
        if all(1 <= left[person] <= limit for person in step.who):
            yield step, left


def _step(kind: str, who: tuple[int, ...], params: Params, rng: Random, limit: int) -> Step:
    numbers: tuple[int, ...]
    if kind in ("part_of", "gives_part", "loses_part"):
        numbers = rng.choice(_PARTS)
    elif kind == "loses_percent":
        numbers = (rng.choice(_PERCENTS),)
    elif kind == "packs":
        numbers = (rng.randint(2, 9), rng.randint(2, max(5, params.largest // 5)))
    elif kind in ("times", "grows", "splits"):
        numbers = (rng.randint(2, 5),)
    elif kind == "together_of":
        numbers = ()
    else:
        numbers = (rng.randint(1, min(params.largest, limit // 2)),)
    return Step(kind, who, numbers, rng.randrange(6))


def _question(kinds: list[str], amounts: dict[int, int], focus: int, rng: Random) -> Step | None:
    """A question with a positive whole answer, about the focus and perhaps others."""
    for _ in range(_TRIES):
        kind = rng.choice(kinds)
        who = [focus]
        if kind in ("together", "difference"):
            others = [person for person in amounts if person != focus]
            who += rng.sample(others, rng.randint(1, len(others)) if kind == "together" else 1) if others else []
            if len(who) == 1:
                continue
        if kind == "difference":
            who.sort(key=lambda person: -amounts[person])
        numbers = () if kind in ("holds", "together", "difference") else (rng.randint(2, 12),)
        question = Step(kind, tuple(who), numbers)
        try:
            answer = QUESTIONS[kind]([amounts[person] for person in who], numbers)
        except SenselessError:
            continue
        if answer > 0:
            return question
    return None


FAMILY: Family[Params, Instance] = Family(
    name="arithmetic.word_problems",
    version=1,
    title="Word problems",
    domain="arithmetic",
    params=Params,
    instance=Instance,
    levels=LEVELS,
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("story", "notes"),
)
