"""Arithmetic chains: one expression of any length, evaluated exactly."""

from fractions import Fraction
from random import Random
from typing import Annotated, Literal

import msgspec

from generators import answers
from generators.cores.expression.grow import Shape, random_expression
from generators.cores.expression.render import LATEX, PLAIN, SPOKEN, written
from generators.cores.expression.residues import is_value
from generators.cores.expression.tree import (
    SUM,
    Exact,
    Expression,
    canonical_text,
    depth_of,
    numbers_of,
    operators_of,
    steps_of,
    structure_of,
    value_of,
)
from generators.family import Family
from schemas import Verdict
from schemas.verdict import correct, malformed, wrong

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class Params(msgspec.Struct, frozen=True):
    """`terms` numbers of up to `digits` digits, brackets nested `depth` deep, shares of numbers in percent."""

    terms: Annotated[int, msgspec.Meta(ge=2, le=100)] = 2
    digits: Annotated[int, msgspec.Meta(ge=1, le=12)] = 1
    operators: Literal["+", "*", "+-", "+-*", "+-*/", "+-*/^"] = "+"
    depth: Annotated[int, msgspec.Meta(ge=0, le=20)] = 0
    negatives: Percent = 0
    fractions: Percent = 0

    def __post_init__(self) -> None:
        if self.depth and self.terms < self.depth + 2:
            raise ValueError(f"depth: brackets nested {self.depth} deep need terms >= {self.depth + 2}")


class Instance(msgspec.Struct, frozen=True):
    """The expression; a plain number is none."""

    expression: Expression


LEVELS = (
    Params(terms=2, digits=1, operators="+"),
    Params(terms=3, digits=1, operators="+-"),
    Params(terms=2, digits=2, operators="+-*"),
    Params(terms=4, digits=2, operators="+-"),
    Params(terms=4, digits=2, operators="+-*", depth=1),
    Params(terms=6, digits=2, operators="+-*/", depth=2, negatives=10),
    Params(terms=8, digits=3, operators="+-*/", depth=2, negatives=20),
    Params(terms=6, digits=2, operators="+-*/", depth=2, negatives=10, fractions=40),
    Params(terms=10, digits=2, operators="+-*/^", depth=3, negatives=20, fractions=30),
    Params(terms=16, digits=3, operators="+-*/^", depth=4, negatives=20, fractions=30),
    Params(terms=20, digits=4, operators="+-*/^", depth=6, negatives=20, fractions=30),
)

_NOTATIONS = {"plain": PLAIN, "latex": LATEX, "words": SPOKEN}
_EXAMPLES = (Fraction(240), Fraction(-17, 9))
"""Shown in every answer format, and never an answer: an example that changed with the answer would tell of it."""

_ORDER = "Work out brackets first, then {}multiplication and division, then addition and subtraction, left to right."


def make(params: Params, rng: Random) -> Instance:
    """A random expression whose value does not stand in it."""
    shape = Shape(params.terms, params.depth, params.digits, params.operators, params.negatives, params.fractions)
    while True:
        expression = random_expression(shape, rng)
        if not _gives_itself_away(expression):
            return Instance(expression)


def statement(instance: Instance, style: str) -> str:
    text = written(instance.expression, _NOTATIONS[style])
    question = f"Compute $${text}$$" if style == "latex" else f"What is {text}?"
    kinds = operators_of(instance.expression)
    if kinds <= SUM and not depth_of(instance.expression):
        return question
    return f"{question}\n{_ORDER.format('powers, then ' if '^' in kinds else '')}"


def answer_format(instance: Instance) -> str:
    return "Give the exact value as a whole number or a fraction in lowest terms, such as {} or {}.".format(*_EXAMPLES)


def gold(instance: Instance) -> str:
    return str(value_of(instance.expression))


def check(instance: Instance, answer: str) -> Verdict:
    """The exact value in any notation of a number: a decimal too where it is exact, fractions in lowest terms."""
    given = answers.rational(answer, lowest_terms=True)
    if given is None:
        return malformed("expected one number: a whole number, a fraction in lowest terms or an exact decimal")
    return correct() if given == value_of(instance.expression) else wrong(f"the value is not {given}"[:200])


def canonical(instance: Instance) -> bytes:
    return canonical_text(instance.expression).encode()


def features(instance: Instance) -> dict[str, float]:
    return structure_of(instance.expression)


def steps(instance: Instance) -> tuple[str, ...]:
    """Every operation in the order of evaluation; a fraction that is written in lowest terms is not divided out."""
    *before, last = [
        (f"{step.left} {step.operator} {_in_brackets(step.right)}", str(step.result))
        for step in steps_of(instance.expression)
    ]
    told = [f"{done} = {result}" for done, result in before if done.replace(" ", "") != result]
    return (*told, f"{last[0]} = {last[1]}, and that is the value: {gold(instance)}")


def _in_brackets(number: Exact) -> str:
    return str(number) if isinstance(number, int) and number >= 0 else f"({number})"


def _gives_itself_away(expression: Expression) -> bool:
    """Whether the value, all its parts, can be copied out of the question; one digit may stand there by chance."""
    value = value_of(expression)
    if value in _EXAMPLES:
        return True
    if value.denominator == 1 and abs(value) < 10:
        return False
    numbers = " ".join([str(abs(number)) for number in numbers_of(expression)])
    parts = {value.numerator, value.denominator} - {1}
    return all(str(abs(part)) in numbers for part in parts)


FAMILY: Family[Params, Instance] = Family(
    name="arithmetic.chain",
    version=1,
    title="Arithmetic chains",
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
    styles=tuple(_NOTATIONS),
    second_check=lambda instance, answer: is_value(instance.expression, answer),
    steps=steps,
    sums=True,
)
