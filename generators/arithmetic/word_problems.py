"""Word problems: a small program over what people have, told as a story or as notes, with one whole-number answer."""

import re
from functools import lru_cache
from random import Random
from typing import Annotated, Literal

import msgspec

from generators import answers
from generators.cores.expression.plot import Plot, random_program
from generators.cores.expression.program import KINDS, Step, after, answered, canonical_program, needed
from generators.cores.expression.story import ASIDES, PEOPLE, WORLDS, Unit, note, notes, question_text, story
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
    Params(steps=14, people=6, largest=500, kinds="parts", asides=4),
)

_TIERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "add": (("gets", "loses", "gives"), ("holds",)),
    "compare": (("more_than", "fewer_than"), ("together", "difference", "later")),
    "multiply": (("times", "packs", "together_of", "grows"), ("sells", "packed", "lasts")),
    "parts": (("part_of", "gives_part", "loses_part", "loses_percent", "splits"), ()),
}
"""Kinds of steps and questions that each tier adds to the ones before."""

_MARKED = re.compile(r"(?:\\[,; ])?(?:\\text\{([^{}]*)\}|\*\*([^*]*)\*\*|`([^`]*)`)")
_WITH_UNIT = re.compile(r"([^A-Za-z]{1,40}?) ?([A-Za-z][A-Za-z ]{0,40})")
_LONGEST_TRIP = 6  # steps; a longer one would only add up legs
_OTHER_NAMES = {"years": ("years old", "year old"), "kilometers": ("km", "kilometres", "kilometre"), "hours": ("h",)}


def make(params: Params, rng: Random) -> Instance:
    """A random program in a random world, drawn again until it has an answer that does not stand in it."""
    tiers = [_TIERS[tier] for tier in list(_TIERS)[: list(_TIERS).index(params.kinds) + 1]]
    while True:
        name = rng.choice(_worlds(params))
        world = WORLDS[name]
        kinds = [kind for kinds, _ in tiers for kind in kinds if kind in world.wordings]
        questions = [kind for _, questions in tiers for kind in questions if kind in world.questions]
        limit = min(world.limit, 50 * params.largest)
        plot = Plot(params.steps, params.people, params.largest, limit, kinds, questions, params.asides, len(ASIDES))
        told = random_program(plot, rng)
        if told is not None:
            people = tuple(rng.sample(list(PEOPLE), told.people))
            instance = Instance(name, rng.choice(world.units), people, told.steps, told.question)
            if not _gives_itself_away(instance):
                return instance


def statement(instance: Instance, style: str) -> str:
    world, dress = WORLDS[instance.world], (instance.unit, instance.people)
    question = question_text(world, *dress, instance.question)
    if style == "notes":
        return f"{notes(world, *dress, instance.steps)}\n{question}"
    return f"{story(world, *dress, instance.steps)} {question}"


def answer_format(instance: Instance) -> str:
    # An example would have to avoid the answer, and so would tell of it.
    return f"Give one whole number, alone or followed by its unit ({_answer_unit(instance)[1]})."


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


def steps(instance: Instance) -> tuple[str, ...]:
    """What the answer depends on, in order, with what everybody in it has then."""
    told, amounts = list[str](), dict[int, int]()
    used = {id(step) for step in needed(instance.steps, instance.question)}
    for step in instance.steps:
        amounts = after(amounts, step)
        if id(step) not in used:
            continue
        changed = [person for person, role in zip(step.who, KINDS[step.kind].roles, strict=True) if role != "."]
        now = ", ".join(f"{instance.people[person]} {amounts[person]}" for person in changed)
        told.append(f"{note(instance.unit, instance.people, step)}. That makes: {now}.")
    question = question_text(WORLDS[instance.world], instance.unit, instance.people, instance.question)
    return (*told[:-1], f"{told[-1]} {question} {gold(instance)}")


@lru_cache(maxsize=8)
def _answer(instance: Instance) -> int:
    return answered(instance.steps, instance.question)


def _answer_unit(instance: Instance) -> Unit:
    return WORLDS[instance.world].questions[instance.question.kind][1] or instance.unit


def _without_unit(answer: str, unit: Unit) -> str:
    """The answer without the unit's name after it or a dollar sign before it, marked up or not."""
    names = {*unit, *_OTHER_NAMES.get(unit[1], ())}
    plain = " ".join(_MARKED.sub(lambda mark: f" {mark[1] or mark[2] or mark[3] or ''}", answer).split())
    plain = plain.removesuffix(".").removeprefix("\\")
    if unit[1] == "dollars" and plain.startswith("$") and not plain.endswith("$"):
        plain = plain[1:]
    match = _WITH_UNIT.fullmatch(plain)
    return match[1] if match and match[2].lower() in names else plain


def _gives_itself_away(instance: Instance) -> bool:
    """Whether the answer stands in the question; one digit may by chance."""
    answer = str(_answer(instance))
    acts = (*instance.steps, instance.question)
    return len(answer) > 1 and any(answer in str(number) for act in acts for number in act.numbers)


def _worlds(params: Params) -> list[str]:
    """The worlds that have enough to tell, the richer ones more often."""
    names = ["things", "things", "money", "money"]
    if params.steps <= _LONGEST_TRIP:
        names.append("trips")
    if params.kinds != "add" and params.people > params.steps:
        names += ["ages", "ages"]
    return names


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
    steps=steps,
    sums=True,
)
