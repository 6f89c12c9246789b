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


def value_of(expression: Expression) -> Fraction:
    """The exact value. Raises ZeroDivisionError."""
    return Fraction(expression if isinstance(expression, int) else steps_of(expression)[-1].result)


@lru_cache(maxsize=8)
def steps_of(expression: Expression) -> tuple[Step, ...]:
    """Every operation in the order of a left-to-right evaluation; the last result is the value."""
    steps: list[Step] = []
    _walk(expression, steps)
    return tuple(steps)


def operated(operator: str, left: Exact, right: Exact) -> Exact:
    """One exact operation on numbers. Raises ZeroDivisionError."""
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    quotient = left / right if isinstance(left, Fraction) else Fraction(left) / right
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


def numbers_of(expression: Expression) -> list[int]:
    """The numbers written in the expression, from left to right; exponents are not among them."""
    numbers: list[int] = []
    _gather(expression, numbers, set())
    return numbers


def operators_of(expression: Expression) -> set[str]:
    """The kinds of operation in it, out of `+-*/^`."""
    operators: set[str] = set()
    _gather(expression, [], operators)
    return operators


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
        operands = [expression.first, *[operand for _, operand in expression.rest]]
    return max(
        [
            depth_of(operand) + (needs_brackets(operand, expression) and not is_fraction(operand))
            for operand in operands
            if not isinstance(operand, int)
        ],
        default=0,
    )


def structure_of(expression: Expression) -> dict[str, float]:
    """Structural difficulty.

    `numbers` written, `operations` to carry out, `depth` of brackets, `digits` of the longest number,
    `carries` and borrows over all whole-number sums, `digit_work` single-digit operations of the schoolbook methods.
    """
    numbers = numbers_of(expression)
    steps = steps_of(expression)
    return {
        "numbers": len(numbers),
        "operations": len(steps),
        "depth": depth_of(expression),
        "digits": len(str(max(map(abs, numbers)))),
        "carries": sum(_carries(step) for step in steps),
        "digit_work": sum(_digit_work(step) for step in steps),
    }


def _gather(expression: Expression, numbers: list[int], operators: set[str]) -> None:
    if isinstance(expression, int):
        numbers.append(expression)
    elif isinstance(expression, Power):
        operators.add("^")
        _gather(expression.base, numbers, operators)
    else:
        _gather(expression.first, numbers, operators)
        for operator, operand in expression.rest:
            operators.add(operator)
            _gather(operand, numbers, operators)


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
