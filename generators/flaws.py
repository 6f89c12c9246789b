"""Right answers by unsound derivations, with known truth: a worked solution with one planted flaw, its answer kept.

The answer alone can't tell these from sound ones (RRM calls such leaps miracle steps), so judges of derivations are
measured on them. Truth comes from the task: each step of its worked solution says what holds, with its result last.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from random import Random
from types import MappingProxyType
from typing import Literal, NamedTuple

import msgspec

from generators.verify import verify
from generators.worked import worked_solution
from pipeline.seeding import generator
from rubrics.criteria.equations import equations
from schemas import Message, Task

FlawKind = Literal["miscalculated", "cancelled", "skipped", "jump"]

FAMILIES: frozenset[str] = frozenset(
    {
        "arithmetic.chain",
        "arithmetic.reversed_addition",
        "arithmetic.word_problems",
        "numbers.base_conversion",
    }
)
"""Whose worked solutions have steps of one line that all are needed, each ending in a number that the task determines:
with another one, it is false."""

_EQUATIONS = "arithmetic.chain"
"""Its steps are equations that name the results that they start from."""
_NUMBER = re.compile(r"(?<![\w./])-?\d+(?:/\d+)?(?![\w/]|\.\d)")


Steps = tuple[str, ...]
Placed = list[tuple[int, Steps]]


class UnsoundPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two responses with the right answer: the derivation of `sound` holds, that of `unsound` has one flaw.

    `flaw` at the step `place`, counted from 1 in the worked solution:

    - `miscalculated`: its result is wrong; the steps after it go on from the right one.
    - `cancelled`: its result is wrong, and a later step starts from it and still comes to its own right result.
    - `skipped`: it is missing; the steps after it use what it would have shown.
    - `jump`: from it on all steps are missing; the answer follows at once.
    """

    task_id: str
    prompt: tuple[Message, ...]
    sound: str
    unsound: str
    flaw: FlawKind
    place: int


class Finding(NamedTuple):
    """What is the matter with a derivation, and from which step on; no flaw and place 0 for a sound one."""

    flaw: FlawKind | None
    place: int


def sound_derivation(task: Task) -> str | None:
    """The worked solution and the marked answer; None for a task that has none. Raises RegistryError."""
    steps = _told(task)
    return _response(steps, task.answer) if steps else None


def unsound_pair(task: Task, flaw: FlawKind, seed: int) -> UnsoundPair | None:
    """A pair with that flaw at a random place; None where the task's solution has no place for it.

    Each one is read again by `finding` before it is given: it has exactly this flaw, and its answer is right.
    """
    steps = _told(task)
    rng = generator(seed, "flaw", flaw, task.id)
    places = _PLANTED[flaw](steps, task.answer, rng) if flaw != "cancelled" or task.family == _EQUATIONS else []
    for place, flawed in rng.sample(places, len(places)):
        unsound = _response(flawed, task.answer)
        if finding(task, unsound) == Finding(flaw, place) and verify(task, unsound).score == 1.0:
            sound = _response(steps, task.answer)
            return UnsoundPair(
                task_id=task.id, prompt=task.prompt, sound=sound, unsound=unsound, flaw=flaw, place=place
            )
    return None


def unsound_pairs(task: Task, seed: int) -> list[UnsoundPair]:
    """A pair for each kind of flaw that has a place in the task's solution."""
    found = (unsound_pair(task, flaw, seed) for flaw in FLAWS)
    return [pair for pair in found if pair is not None]


def finding(task: Task, response: str) -> Finding | None:
    """What is wrong with a derivation: each step is compared with the worked solution's, equations are computed.

    None for a text that is neither the worked solution nor the worked solution with one of the flaws.
    """
    told, steps = _told(task), tuple(response.split("\n<answer>")[0].split("\n"))
    found = _compared(told, steps, task.answer)
    if found is None or task.family != _EQUATIONS:
        return found
    false = sum(not equation.true for equation in equations("\n".join(steps)))
    return found if false == {"miscalculated": 1, "cancelled": 2}.get(found.flaw or "", 0) else None


def _compared(told: Steps, steps: Steps, answer: str) -> Finding | None:
    changed = [place for place, pair in enumerate(zip(told, steps, strict=False)) if pair[0] != pair[1]]
    if len(steps) == len(told):
        return _changed(told, steps, changed)
    place = len(steps) - 1
    if 0 < place < len(told) - 1 and steps == (*told[:place], _leap(answer)):
        return Finding("jump", place + 1)
    place = changed[0] if changed else len(steps)
    if told[:place] + told[place + 1 :] == steps and place < len(told) - 1:
        return Finding("skipped", place + 1)
    return None


def _changed(told: Steps, steps: Steps, changed: list[int]) -> Finding | None:
    """A derivation of as many steps as were told, of which those at `changed` differ."""
    if not changed:
        return Finding(None, 0)
    first, later = changed[0], changed[1:]
    before, after = _NUMBER.findall(told[first]), _NUMBER.findall(steps[first])
    same_words = _NUMBER.sub("", told[first]) == _NUMBER.sub("", steps[first])
    if not same_words or before[:-1] != after[:-1] or before[-1:] == after[-1:]:
        return None
    if not later:
        return Finding("miscalculated", first + 1)
    carried = _carried(told[later[0]], before[-1], after[-1])
    return Finding("cancelled", first + 1) if len(later) == 1 and steps[later[0]] == carried else None


def _told(task: Task) -> tuple[str, ...]:
    return worked_solution(task) if task.family in FAMILIES else ()


def _response(steps: Sequence[str], answer: str) -> str:
    return "\n".join([*steps, f"<answer>{answer}</answer>"])


def _leap(answer: str) -> str:
    return f"So the answer is {answer}."


def _miscalculated(steps: Steps, answer: str, rng: Random) -> Placed:
    return [
        (place + 1, (*steps[:place], wrong, *steps[place + 1 :]))
        for place, step in enumerate(steps[:-1])
        if (wrong := _with_result(step, rng)) is not None
    ]


def _cancelled(steps: Steps, answer: str, rng: Random) -> Placed:
    """The one later step that starts from the result starts from the wrong one; every other number stays."""
    found: Placed = []
    for place, step in enumerate(steps[:-1]):
        wrong = _with_result(step, rng)
        if wrong is None:
            continue
        numbers = _NUMBER.findall(step)[-1], _NUMBER.findall(wrong)[-1]
        carried = {at: _carried(steps[at], *numbers) for at in range(place + 1, len(steps))}
        users = [(at, text) for at, text in carried.items() if text is not None]
        if len(users) == 1:
            [(at, text)] = users
            found.append((place + 1, (*steps[:place], wrong, *steps[place + 1 : at], text, *steps[at + 1 :])))
    return found


def _skipped(steps: Steps, answer: str, rng: Random) -> Placed:
    return [(place + 1, steps[:place] + steps[place + 1 :]) for place in range(len(steps) - 1)]


def _jump(steps: Steps, answer: str, rng: Random) -> Placed:
    """At least two steps are missing, and the first is there."""
    return [(place + 1, (*steps[:place], _leap(answer))) for place in range(1, len(steps) - 1)]


_PLANTED: Mapping[FlawKind, Callable[[Steps, str, Random], Placed]] = MappingProxyType(
    {"miscalculated": _miscalculated, "cancelled": _cancelled, "skipped": _skipped, "jump": _jump}
)
FLAWS: tuple[FlawKind, ...] = tuple(_PLANTED)


def _with_result(step: str, rng: Random) -> str | None:
    """The step with another last number, near the right one; None for a step without a number."""
    numbers = list(_NUMBER.finditer(step))
    if not numbers:
        return None
    last = numbers[-1]
    value = Fraction(last[0])
    off = [value + by for by in (-10, -2, -1, 1, 2, 10) if value + by >= 0 or value < 0]
    return f"{step[: last.start()]}{rng.choice(off)}{step[last.end() :]}"


def _carried(step: str, right: str, wrong: str) -> str | None:
    """The step with its first `right` number before the result replaced; None where none is."""
    for number in _NUMBER.finditer(step.partition("=")[0]):
        if number[0] == right:
            return step[: number.start()] + wrong + step[number.end() :]
    return None
