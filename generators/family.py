"""The family contract: what a task family is, and how an item of it becomes a `Task`.

A family is a file of plain functions over an instance record, tied together by one `Family` row at its end:

    FAMILY = Family(name="grids.sudoku", version=1, ..., make=make, statement=statement, check=check, ...)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, TypeVar

import msgspec

from pipeline.report.drawing import Figure
from pipeline.seeding import generator
from schemas import Message, Task, Verdict, jsontext
from schemas.failure import Failure
from schemas.statement import ANSWER_LINE

ParamsT = TypeVar("ParamsT", bound=msgspec.Struct)
InstanceT = TypeVar("InstanceT", bound=msgspec.Struct)

LONGEST_SOLUTION = 40_000


class FamilyError(Failure, ValueError):
    """A family was asked for what it does not have; the message says what it has."""


@dataclass(frozen=True, kw_only=True)
class Family(Generic[ParamsT, InstanceT]):
    """One task family: rules as functions, all of them pure.

    - `params`, `instance`: frozen msgspec Structs. An instance is JSON-able and holds all that `check` needs.
    - `make(params, rng)`: a solvable instance, all randomness from `rng`.
    - `statement(instance, style)`: the problem in words, without the answer format.
    - `answer_format(instance)`: one or two sentences that say how to write the answer, with an example of the
      shape that is never the answer itself.
    - `gold(instance)`: one right answer, in the answer format.
    - `check(instance, answer)`: accepts every valid answer and nothing else, by the rules. `answer` is the
      extracted text, stripped, at most `longest_answer` characters; never executed, answered within 50 ms.
    - `canonical(instance)`: bytes equal for two instances exactly when they are the same problem.
    - `features(instance)`: structural difficulty, finite numbers.
    - `levels`: the ladder, rung 1 first, at least 8 rungs.
    - `styles`: names of prompt styles, the first is the default.
    - `guess_bound`: the most that the best constant answer may score on average over any rung.
    - `second_check(instance, answer)`: where there is one, whether an answer is right by another algorithm than
      `check`'s, with no code in common; None for an answer that is not written as `gold` writes it.
    - `steps(instance)`: where there is one, a worked solution in words, each step what follows from those before; at
      most LONGEST_SOLUTION characters together. The last step has the gold answer as `gold` writes it, the first half
      has not. Empty where an instance has none that is worth telling.
    - `legal(instance, beginning)`: where answers are read step by step, whether the rules allow a right answer to begin
      so; None where the beginning can't be read. Never False for what a right answer begins with.
    - `draw(instance)`: where there is one, the problem as pictures for a report; the words of the statement tell all.
    - `sums`: whether who works out an answer writes plain decimal numbers and means by `=` what is so, so that a false
      equation in a response is an error: not where digits are reversed, or equations are what is to be solved.
    """

    name: str
    version: int
    title: str
    domain: str
    params: type[ParamsT]
    instance: type[InstanceT]
    levels: tuple[ParamsT, ...]
    make: Callable[[ParamsT, Random], InstanceT]
    statement: Callable[[InstanceT, str], str]
    answer_format: Callable[[InstanceT], str]
    gold: Callable[[InstanceT], str]
    check: Callable[[InstanceT, str], Verdict]
    canonical: Callable[[InstanceT], bytes]
    features: Callable[[InstanceT], Mapping[str, float]]
    styles: tuple[str, ...] = ("plain",)
    guess_bound: float = 0.2
    longest_answer: int = 4096
    second_check: Callable[[InstanceT, str], bool | None] | None = None
    steps: Callable[[InstanceT], tuple[str, ...]] | None = None
    legal: Callable[[InstanceT, str], bool | None] | None = None
    draw: Callable[[InstanceT], tuple[Figure, ...]] | None = None
    sums: bool = False


def level_params(family: Family[Any, Any], level: int) -> Any:
    """The parameters of a 1-based rung. Raises FamilyError outside the ladder."""
    if not 1 <= level <= len(family.levels):
        raise FamilyError(f"{family.name} has levels 1 to {len(family.levels)}, not {level}")
    return family.levels[level - 1]


def make_instance(family: Family[Any, InstanceT], params: Any, seed: int, index: int) -> InstanceT:
    """Item `index` of stream `seed`: a function of (family, version, params, seed, index) alone."""
    rng = generator(seed, "instance", family.name, family.version, params, index)
    return family.make(params, rng)


def make_task(family: Family[Any, Any], *, level: int, seed: int, index: int, style: str | None = None) -> Task:
    """The task of one rung, stream and index. Raises FamilyError for an unknown level or style."""
    params = level_params(family, level)
    return task_of(family, make_instance(family, params, seed, index), params, level, seed, index, style)


def task_of(
    family: Family[Any, InstanceT],
    instance: InstanceT,
    params: Any,
    level: int,
    seed: int,
    index: int,
    style: str | None = None,
) -> Task:
    """The task of an instance. The style is not the problem: it changes the prompt and nothing else."""
    style = style or family.styles[0]
    if style not in family.styles:
        raise FamilyError(f"{family.name} has the styles {', '.join(family.styles)}, not {style}")
    payload = _as_json(instance)
    prompt = (Message("user", prompt_text(family, instance, style)),)
    return Task(
        id=task_id(family.name, family.version, payload, prompt),
        family=family.name,
        domain=family.domain,
        level=level,
        style=style,
        prompt=prompt,
        answer=family.gold(instance),
        payload=payload,
        params=_as_json(params),
        canonical=canonical_key(family, instance),
        features={name: float(value) for name, value in family.features(instance).items()},
        seed=seed,
        index=index,
        version=family.version,
    )


def task_id(family: str, version: int, payload: dict[str, Any], prompt: tuple[Message, ...]) -> str:
    """The content hash by which a task is known."""
    return jsontext.digest(family, version, payload, prompt)


def _as_json(struct: msgspec.Struct) -> dict[str, Any]:
    """The struct as JSON gives it back: lists, never tuples."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(struct))
    return plain


def prompt_text(family: Family[Any, InstanceT], instance: InstanceT, style: str) -> str:
    return f"{family.statement(instance, style)}\n\n{family.answer_format(instance)} {ANSWER_LINE}"


def canonical_key(family: Family[Any, InstanceT], instance: InstanceT) -> str:
    """32 hex digits that name the problem: families never share a key."""
    return jsontext.digest(family.name, family.canonical(instance).hex())
