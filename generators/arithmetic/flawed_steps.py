"""Flawed steps: a worked solution of an expression, line by line; which line is the first that does not follow?"""

from itertools import pairwise
from random import Random
from typing import Annotated, Literal

import msgspec

from generators import answers
from generators.cores.expression.grow import Shape, random_expression
from generators.cores.expression.render import LATEX, PLAIN, written
from generators.cores.expression.residues import residue
from generators.cores.expression.rewriting import CALCULATION, REASONING, Flaw, rewriting, wrongly_rewritten
from generators.cores.expression.tree import Expression, canonical_text, structure_of, value_of
from generators.family import Family
from schemas import Verdict
from schemas.verdict import correct, malformed, wrong

Kinds = Literal["calculation", "any"]


class Params(msgspec.Struct, frozen=True):
    """An expression of `terms` numbers as in arithmetic chains; `at_once` operations a step; `kinds` of errors."""

    terms: Annotated[int, msgspec.Meta(ge=3, le=40)]
    digits: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    operators: Literal["+", "+-", "+-*", "+-*/", "+-*/^"] = "+-"
    depth: Annotated[int, msgspec.Meta(ge=0, le=12)] = 0
    negatives: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    kinds: Kinds = "any"
    at_once: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1

    def __post_init__(self) -> None:
        if self.depth and self.terms < self.depth + 2:
            raise ValueError(f"depth: brackets nested {self.depth} deep need terms >= {self.depth + 2}")


class Solution(msgspec.Struct, frozen=True):
    """The expression and the lines after it, each with some operations less; the last is a plain number."""

    lines: Annotated[tuple[Expression, ...], msgspec.Meta(min_length=2)]


LEVELS = (
    Params(terms=4, operators="+", kinds="calculation"),
    Params(terms=4, operators="+-", kinds="calculation"),
    Params(terms=5, operators="+-*"),
    Params(terms=5, digits=2, operators="+-*", depth=1),
    Params(terms=7, digits=2, operators="+-*/", depth=1),
    Params(terms=9, digits=2, operators="+-*/", depth=2, negatives=10),
    Params(terms=12, digits=2, operators="+-*/", depth=2, negatives=20),
    Params(terms=14, digits=2, operators="+-*/^", depth=3, negatives=20, at_once=2),
    Params(terms=19, digits=3, operators="+-*/^", depth=4, negatives=20, at_once=3),
    Params(terms=25, digits=3, operators="+-*/^", depth=5, negatives=30, at_once=4),
)

_KINDS = {"calculation": CALCULATION, "any": CALCULATION | REASONING}
_NOTATIONS = {"plain": PLAIN, "latex": LATEX, "pupil": PLAIN}


def make(params: Params, rng: Random) -> Solution:
    """One error after any step, or none: all as likely, so that no place is worth guessing."""
    shape = Shape(params.terms, params.depth, params.digits, params.operators, params.negatives, 0)
    share = rng.random()  # drawn once: were it drawn again with the lines, places where errors are rare would be rare
    while True:
        lines = rewriting(random_expression(shape, rng))
        if lines is not None:
            step = int(share * len(_shown(lines, params.at_once)))
            last = min(step * params.at_once, len(lines) - 1)
            place = rng.randint((step - 1) * params.at_once + 1, last) if step else 0
            flawed = _flawed(lines, place, params.kinds, rng) if place else lines
            if flawed is not None:
                return Solution(_shown(flawed, params.at_once))


def _shown(lines: tuple[Expression, ...], at_once: int) -> tuple[Expression, ...]:
    """The lines between which so many operations lie, with the first and the last."""
    return (*lines[:-1:at_once], lines[-1])


def first_wrong(instance: Solution) -> int:
    """The first line that has not the value of the line before it, counted from 1; 0 where all have."""
    values = [value_of(line) for line in instance.lines]
    return next((place for place, (before, after) in enumerate(pairwise(values), 1) if before != after), 0)


def statement(instance: Solution, style: str) -> str:
    task, *steps = [written(line, _NOTATIONS[style]) for line in instance.lines]
    if style == "latex":
        task, *steps = [f"$${line}$$" for line in (task, *steps)]
    opening = (
        f"A pupil was asked for the value of\n{task}\nand wrote:"
        if style == "pupil"
        else f"{task}\nwas worked out in steps:"
    )
    shown = "\n".join(f"Step {place}: {step}" for place, step in enumerate(steps, 1))
    return (
        f"{opening}\n{shown}\nA step is right when its line has the same value as the line before it, even where that "
        "one is wrong already. At most one step is wrong. Which one? Write 0 if all are right."
    )


def answer_format(instance: Solution) -> str:
    return "Answer with one whole number."


def gold(instance: Solution) -> str:
    return str(first_wrong(instance))


def check(instance: Solution, answer: str) -> Verdict:
    """The number of the step, alone or after the word."""
    given = answers.integer(answer[5:] if answer[:5].lower() == "step " else answer)
    if given is None:
        return malformed("expected the number of one step, or 0")
    return correct() if given == first_wrong(instance) else wrong(f"that is not the first wrong step: {given}"[:200])


def second_check(instance: Solution, answer: str) -> bool | None:
    """Lines compared by their residues."""
    if not (answer.isascii() and answer.isdigit()) or (len(answer) > 1 and answer[0] == "0") or len(answer) > 9:
        return None
    residues = [residue(line) for line in instance.lines]
    changes = [place for place in range(1, len(residues)) if residues[place] != residues[place - 1]]
    return int(answer) == (changes[0] if changes else 0)


def steps(instance: Solution) -> tuple[str, ...]:
    """The value of each line, up to the first that has another."""
    place, value = first_wrong(instance), value_of(instance.lines[0])
    told = [f"The value to keep is {value}."]
    told += [f"Step {right} keeps it." for right in range(1, place or len(instance.lines))]
    if place:
        return (*told, f"Step {place} makes it {value_of(instance.lines[place])}. The first wrong step: {place}")
    return (*told[:-1], f"{told[-1]} No step is wrong: {place}")


def canonical(instance: Solution) -> bytes:
    """The lines, up to the order of operands in each."""
    return "\n".join(map(canonical_text, instance.lines)).encode()


def features(instance: Solution) -> dict[str, float]:
    """The structure of what is worked out, and the characters of all lines."""
    return {**structure_of(instance.lines[0]), "characters": sum(len(written(line)) for line in instance.lines)}


def _flawed(lines: tuple[Expression, ...], place: int, kinds: Kinds, rng: Random) -> tuple[Expression, ...] | None:
    """The solution with an error that leads to the line at `place`, worked out to its end from there."""
    before = lines[place - 1]
    offered: dict[Flaw, list[Expression]] = {}
    for flaw, line in wrongly_rewritten(before):
        if flaw in _KINDS[kinds]:
            offered.setdefault(flaw, []).append(line)
    for flaw in rng.sample(sorted(offered), len(offered)):
        line = rng.choice(offered[flaw])
        rest = rewriting(line)
        if rest is not None and value_of(line) != value_of(before):
            return (*lines[:place], *rest)
    return None


FAMILY = Family(
    name="arithmetic.flawed_steps",
    version=1,
    title="Flawed steps",
    domain="arithmetic",
    params=Params,
    instance=Solution,
    levels=LEVELS,
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=tuple(_NOTATIONS),
    guess_bound=0.3,
    second_check=second_check,
    steps=steps,
)
