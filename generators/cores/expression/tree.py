"""Expression trees over the rationals: value, steps, canonical form, structure.

A tree is an int, a chain of operations of one precedence (`3 + 4 - 5`, `6 * 7 / 2`), or a power with a small exponent.
A fraction is the chain `3 / 4`. A chain's first operand has no sign of its own: a negative number is a negative int.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import msgspec

Operator = Literal["+", "-", "*", "/"]
Exact = int | Fraction

SUM: frozenset[str] = frozenset("+-")


class Chain(msgspec.Struct, frozen=True, array_like=True, tag="chain"):
    """`first`, then (operator, operand) pairs from left to right; the operators are all in `+-` or all in `*/`."""

    first: "Expression"
    rest: Annotated[tuple[tuple[Operator, "Expression"], ...], msgspec.Meta(min_length=1)]

    @property
    def is_sum(self) -> bool:
        return self.rest[0][0] in SUM


class Power(msgspec.Struct, frozen=True, array_like=True, tag="power"):
    """`base` to the `exponent`."""

    base: "Expression"
    exponent: Annotated[int, msgspec.Meta(ge=2, le=9)]


Expression = int | Chain | Power


class Step(NamedTuple):
    """One operation of the evaluation."""

    operator: str
    left: Exact
    right: Exact
    result: Exact


@lru_cache(maxsize=8)
def value_of(expression: Expression) -> Fraction:
    """The exact value. Raises ZeroDivisionError."""
    return Fraction(_value(expression))


def steps_of(expression: Expression) -> list[Step]:
    """Every operation in the order of a left-to-right evaluation; the last result is the value."""
    steps: list[Step] = []
    _walk(expression, steps)
    return steps


def operated(operator: str, left: Exact, right: Exact) -> Exact:
    """One exact operation on numbers. Raises ZeroDivisionError."""
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    quotient = Fraction(left, right)
    return quotient.numerator if quotient.denominator == 1 else quotient


def canonical_text(expression: Expression) -> str:
    """A text equal for two trees exactly when they are the same problem.

    Operands of sums and of products commute with their signs (`a - b + c` is `c - b + a` is `a + c - b`), and brackets
    that change no sign and no operation drop out (`a + (b - c)`, `a * (b / c)`). Nothing is computed: `a - (b - c)`
    and `a - b + c`, `5 + (-3)` and `5 - 3`, are different problems.
    """
    if isinstance(expression, int):
        return str(expression)
    if isinstance(expression, Power):
        return f"[{canonical_text(expression.base)}^{expression.exponent}]"
    return f"({''.join(sorted(operator + canonical_text(operand) for operator, operand in _operands(expression)))})"


def numbers_of(expression: Expression) -> Iterator[int]:
    """The numbers written in the expression, from left to right; exponents are not among them."""
    if isinstance(expression, int):
        yield expression
    elif isinstance(expression, Power):
        yield from numbers_of(expression.base)
    else:
        yield from numbers_of(expression.first)
        for _, operand in expression.rest:
            yield from numbers_of(operand)


def operators_of(expression: Expression) -> frozenset[str]:
    """The kinds of operation in it, out of `+-*/^`."""
    if isinstance(expression, int):
        return frozenset()
    if isinstance(expression, Power):
        return operators_of(expression.base) | {"^"}
    inside = operators_of(expression.first)
    return inside.union(*((operator, *operators_of(operand)) for operator, operand in expression.rest))


def is_fraction(expression: Expression) -> bool:
    """Whether it is written as one fraction of two ints, such as 3/4."""
    return (
        isinstance(expression, Chain)
        and isinstance(expression.first, int)
        and len(expression.rest) == 1
        and expression.rest[0][0] == "/"
        and isinstance(expression.rest[0][1], int)
    )


def needs_brackets(operand: Expression, parent: Expression) -> bool:
    """Whether the operand is written in brackets inside the parent: its brackets are part of the tree's shape."""
    if isinstance(operand, int):
        return False
    if isinstance(parent, Power):
        return True
    return isinstance(operand, Chain) and isinstance(parent, Chain) and (operand.is_sum or not parent.is_sum)


def depth_of(expression: Expression) -> int:
    """How deep brackets nest, those around a single fraction not counted."""
    if isinstance(expression, int) or is_fraction(expression):
        return 0
    if isinstance(expression, Power):
        operands = [expression.base]
    else:
        operands = [expression.first, *(operand for _, operand in expression.rest)]
    return max(
        depth_of(operand) + (needs_brackets(operand, expression) and not is_fraction(operand)) for operand in operands
    )


def structure_of(expression: Expression) -> dict[str, float]:
    """Structural difficulty.

    `numbers` written, `operations` to carry out, `depth` of brackets, `digits` of the longest number,
    `carries` and borrows over all whole-number sums, `digit_work` single-digit operations of the schoolbook methods.
    """
    numbers = list(numbers_of(expression))
    steps = steps_of(expression)
    return {
        "numbers": len(numbers),
        "operations": len(steps),
        "depth": depth_of(expression),
        "digits": max(len(str(abs(number))) for number in numbers),
        "carries": sum(_carries(step) for step in steps),
        "digit_work": sum(_digit_work(step) for step in steps),
    }


def _value(expression: Expression) -> Exact:
    if isinstance(expression, int):
        return expression
    if isinstance(expression, Power):
        return _value(expression.base) ** expression.exponent
    value = _value(expression.first)
    for operator, operand in expression.rest:
        value = operated(operator, value, _value(operand))
    return value


def _walk(expression: Expression, steps: list[Step]) -> Exact:
    if isinstance(expression, int):
        return expression
    if isinstance(expression, Power):
        value = base = _walk(expression.base, steps)
        for _ in range(expression.exponent - 1):
            steps.append(Step("*", value, base, value * base))
            value = value * base
        return value
    value = _walk(expression.first, steps)
    for operator, operand in expression.rest:
        right = _walk(operand, steps)
        result = operated(operator, value, right)
        steps.append(Step(operator, value, right, result))
        value = result
    return value


def _operands(chain: Chain) -> Iterator[tuple[str, Expression]]:
    """The chain's signed operands with inner chains of the same kind laid open."""
    lead = "+" if chain.is_sum else "*"
    for operator, operand in ((lead, chain.first), *chain.rest):
        if operator == lead and isinstance(operand, Chain) and operand.is_sum == chain.is_sum:
            yield from _operands(operand)
        else:
            yield operator, operand


def _carries(step: Step) -> int:
    """Carries of a sum or borrows of a difference of whole numbers, by digit sums (Legendre's formula in base ten)."""
    if step.operator not in SUM or not isinstance(step.left, int) or not isinstance(step.right, int):
        return 0
    right = step.right if step.operator == "+" else -step.right
    if (step.left < 0) == (right < 0):
        return (_digit_sum(step.left) + _digit_sum(right) - _digit_sum(step.left + right)) // 9
    rest = step.left + right
    part = right if (rest < 0) == (step.left < 0) else step.left
    whole = step.left if part is right else right
    return (_digit_sum(rest) + _digit_sum(part) - _digit_sum(whole)) // 9


def _digit_sum(number: int) -> int:
    return sum(map(int, str(abs(number))))


def _digit_work(step: Step) -> int:
    left, right = _size(step.left), _size(step.right)
    return max(left, right) if step.operator in SUM else left * right


def _size(number: Exact) -> int:
    """Digits to write a number, numerator and denominator."""
    if isinstance(number, int):
        return len(str(abs(number)))
    return len(str(abs(number.numerator))) + len(str(number.denominator))
