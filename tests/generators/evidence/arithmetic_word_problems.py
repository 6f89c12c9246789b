"""Second opinions on word problems: the notes and the question are read as text and worked out by another program."""

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache
from random import Random

import msgspec

from generators.arithmetic.word_problems import FAMILY, Instance
from generators.cores.expression.program import Step
from generators.cores.expression.story import PEOPLE, WORLDS
from generators.evidence import Evidence

_LINES: tuple[tuple[str, Callable[..., object]], ...] = (
    (r"(\w+): (\d+)", lambda m, a, n: m.update({a: Fraction(n)})),
    (r"(\w+): (\d+) more than (\w+)", lambda m, a, n, b: m.update({a: m[b] + int(n)})),
    (r"(\w+): (\d+) less than (\w+)", lambda m, a, n, b: m.update({a: m[b] - int(n)})),
    (r"(\w+): (\d+) times (\w+)", lambda m, a, n, b: m.update({a: m[b] * int(n)})),
    (r"(\w+): (\d+/\d+) of (\w+)", lambda m, a, part, b: m.update({a: m[b] * Fraction(part)})),
    (r"(\w+): (\w+) and (\w+) together", lambda m, a, b, c: m.update({a: m[b] + m[c]})),
    (r"(\w+): ([+-]\d+)", lambda m, a, n: m.update({a: m[a] + int(n)})),
    (r"(\w+): \+(\d+) x (\d+)", lambda m, a, n, k: m.update({a: m[a] + int(n) * int(k)})),
    (r"(\w+): -(\d+/\d+) of \w+", lambda m, a, part: m.update({a: m[a] * (1 - Fraction(part))})),
    (r"(\w+): -(\d+)%", lambda m, a, n: m.update({a: m[a] - m[a] * int(n) / 100})),
    (r"(\w+): x (\d+)", lambda m, a, n: m.update({a: m[a] * int(n)})),
    (r"(\w+): divided by (\d+)", lambda m, a, n: m.update({a: m[a] / int(n)})),
    (r"(\w+) -> (\w+): (\d+)", lambda m, a, b, n: m.update({a: m[a] - int(n), b: m[b] + int(n)})),
    (
        r"(\w+) -> (\w+): (\d+/\d+) of \w+",
        lambda m, a, b, part: m.update({a: m[a] * (1 - Fraction(part)), b: m[b] + m[a] * Fraction(part)}),
    ),
)
_ASKED: tuple[tuple[str, Callable[..., Fraction]], ...] = (
    (r"(?:into bags of|at) \$?(\d+)", lambda m, who, n: m[who[0]] / int(n)),
    (r"From now on .*?(\d+)", lambda m, who, n: m[who[0]] / int(n)),
    (r"for \$(\d+) each", lambda m, who, n: m[who[0]] * int(n)),
    (r"be in (\d+) year", lambda m, who, n: m[who[0]] + int(n)),
    (r"more than|than|older", lambda m, who: abs(m[who[0]] - m[who[1]])),
    (r"together|sum of", lambda m, who: sum((m[name] for name in who), Fraction(0))),
    (r"", lambda m, who: m[who[0]]),
)


@lru_cache(maxsize=256)
def worked_out(instance: Instance) -> Fraction:
    lines = FAMILY.statement(instance, "notes").splitlines()
    amounts: dict[str, Fraction] = {}
    for line in lines[1:-1]:
        for pattern, effect in _LINES:
            if match := re.fullmatch(f"- {pattern}", line):
                effect(amounts, *match.groups())
    people = [name for name in re.findall(r"[A-Z][a-z]+", lines[-1]) if name in PEOPLE]
    for pattern, value in _ASKED:
        if match := re.search(pattern, lines[-1]):
            return value(amounts, people, *match.groups())
    raise AssertionError(lines[-1])


def _unit(instance: Instance) -> str:
    asked = re.search(
        r"[Hh]ow many (\w+)|[Hh]ow much|sum of the ages", FAMILY.statement(instance, "notes").splitlines()[-1]
    )
    assert asked is not None
    if asked[1] == "more":
        return instance.unit[1]
    return asked[1] or "years"


def recompute(instance: Instance) -> str:
    return str(worked_out(instance))


def judge(instance: Instance, answer: str) -> bool:
    match = re.fullmatch(r"([0-9]+)(?: ([a-z]+))?", answer)
    if match is None or match[2] not in (None, _unit(instance), _unit(instance).removesuffix("s")):
        return False
    return Fraction(match[1]) == worked_out(instance)


def alternatives(instance: Instance) -> Iterable[str]:
    value, unit = worked_out(instance), _unit(instance)
    yield f"{value} {unit}"
    yield f"{value} {unit.capitalize()}."
    yield f"{value}.0"
    yield f"{int(value):,}"
    yield f"${value}$"
    if unit == "dollars":
        yield f"${value}"
        yield f"${value}.00"


def near_misses(instance: Instance) -> Iterable[str]:
    value, unit = worked_out(instance), _unit(instance)
    yield f"{value} pears"
    yield f"{value + 1} {unit}"
    yield f"{value} {unit} {unit}"
    yield f"{value} {value} {unit}"
    yield f"{unit} {value}"
    yield f"-{value}"
    yield f"{value * 2}/2"
    yield f"{value}%"
    yield f"{value}.01"
    yield f"{value - 1} + 1"
    yield f"about {value}"
    yield f"{value} or {value + 1}"
    if unit != "dollars":
        yield f"${value}"


def disguise(instance: Instance, rng: Random) -> Instance:
    """Other people in other places, other wordings, another noun, steps that do not touch each other exchanged."""
    steps = [step for step in instance.steps if step.kind != "aside" or rng.random() < 0.5]
    for _ in range(10):
        place = rng.randrange(len(steps))
        pair = steps[place : place + 2]
        if len(pair) == 2 and _apart(*pair):
            exchanged = [*steps[:place], *reversed(pair), *steps[place + 2 :]]
            if _sensible(msgspec.structs.replace(instance, steps=tuple(exchanged))):
                steps = exchanged
    places = rng.sample(range(len(instance.people)), len(instance.people))

    def moved(step: Step) -> Step:
        who = tuple(places[person] for person in step.who)
        return msgspec.structs.replace(step, who=who, wording=rng.randrange(6))

    return Instance(
        instance.world,
        rng.choice(WORLDS[instance.world].units),
        tuple(rng.sample(list(PEOPLE), len(instance.people))),
        tuple(map(moved, steps)),
        moved(instance.question),
    )


def _apart(one: Step, two: Step) -> bool:
    """Whether the two steps have nobody in common, or only add and take."""
    additions = ("gets", "loses", "packs", "gives")
    return set(one.who).isdisjoint(two.who) or (one.kind in additions and two.kind in additions)


def _sensible(instance: Instance) -> bool:
    try:
        return FAMILY.gold(instance) != ""
    except ValueError:
        return False


def change(instance: Instance, rng: Random) -> Instance:
    """One number of a step that counts, raised until the story is possible and has another answer."""
    places = [place for place, step in enumerate(instance.steps) if step.numbers and step.kind != "aside"]
    rng.shuffle(places)
    for raised in range(1, 500):
        for place in places:
            step = instance.steps[place]
            if "part" in step.kind or "percent" in step.kind:
                continue
            changed = msgspec.structs.replace(step, numbers=(step.numbers[0] + raised, *step.numbers[1:]))
            steps = (*instance.steps[:place], changed, *instance.steps[place + 1 :])
            candidate = msgspec.structs.replace(instance, steps=steps)
            if _sensible(candidate) and worked_out(candidate) != worked_out(instance) and worked_out(candidate) > 0:
                return candidate
    raise AssertionError("no number can be changed")


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("needed", "idle", "kinds", "people", "largest_number"),
)
