"""Random expressions of a given shape; every division is possible, and exact where fractions are not wanted."""

from fractions import Fraction
from math import gcd
from random import Random
from typing import NamedTuple

from generators.cores.expression.tree import SUM, Chain, Exact, Expression, Operator, Power, operated

_SUMS: tuple[Operator, ...] = ("+", "-")
_PRODUCTS: tuple[Operator, ...] = ("*", "/")
_LONGEST_PRODUCT = 3  # factors in a row, so that numbers grow by nesting and not by accident
_LARGEST_BASE = 20
_LARGEST_PART = 12  # of a fraction
_POWER_SHARE = 0.15


class Shape(NamedTuple):
    """What a random expression looks like.

    `terms` numbers; brackets nest exactly `depth` deep (terms >= depth + 2 where depth > 0); the longest number has
    `digits` digits; `operators` out of `+-*/^`; `negatives` and `fractions` are percentages of the numbers.
    With no fractions every division comes out even.
    """

    terms: int
    depth: int
    digits: int
    operators: str
    negatives: int
    fractions: int


def random_expression(shape: Shape, rng: Random) -> Expression:
    """An expression of that shape."""
    return _Growth(shape, rng).chain(shape.terms, shape.depth)[0]


class _Growth:
    """One expression being grown; `full` is set once a number with all the digits stands in it.

    Before brackets the `telling` operators mean something: all but the plus.
    """

    def __init__(self, shape: Shape, rng: Random) -> None:
        self.shape = shape
        self.rng = rng
        self.full = False
        self.sums: list[Operator] = [operator for operator in _SUMS if operator in shape.operators]
        self.products: list[Operator] = [operator for operator in _PRODUCTS if operator in shape.operators]
        self.telling: list[Operator] = [operator for operator in (*self.sums, *self.products) if operator != "+"]

    def chain(self, terms: int, depth: int, *, inner: bool = False) -> tuple[Expression, Exact]:
        """An expression of `terms` numbers with brackets nested `depth` deep, and its value."""
        sizes = self._sizes(terms, depth)
        operators = self._operators(sizes, inner=inner)
        total: list[tuple[Operator, Expression]] = []
        total_value: Exact = 0
        sign: Operator = "+"
        place = 0
        while place < len(sizes):
            end = place + 1
            while end < len(sizes) and operators[end - 1] not in SUM:
                end += 1
            part, value = self._product(sizes[place:end], operators[place : end - 1])
            total_value = operated(sign, total_value, value)
            total.append((sign, part))
            if end < len(sizes):
                sign = operators[end - 1]
            place = end
        if len(total) == 1:
            return total[0][1], total_value
        return Chain(total[0][1], tuple(total[1:])), total_value

    def _product(self, sizes: list[tuple[int, int]], operators: list[Operator]) -> tuple[Expression, Exact]:
        first, value = self._operand(*sizes[0])
        rest: list[tuple[Operator, Expression]] = []
        for (terms, depth), operator in zip(sizes[1:], operators, strict=True):
            if operator == "/" and terms == 1 and not self.shape.fractions and isinstance(value, int):
                divisor = self._divisor(value)
                if divisor is not None:
                    rest.append(("/", divisor))
                    value = operated("/", value, divisor)
                    continue
            operand, right = self._operand(terms, depth)
            possible = right != 0 and (self.shape.fractions or Fraction(value) % right == 0)
            used: Operator = operator if operator == "*" or possible else "*"
            rest.append((used, operand))
            value = operated(used, value, right)
        return (Chain(first, tuple(rest)) if rest else first), value

    def _operand(self, terms: int, depth: int) -> tuple[Expression, Exact]:
        if terms > 1:
            operand, value = self.chain(terms, depth, inner=True)
        elif self.full and self.rng.randrange(100) < self.shape.fractions:
            return self._fraction()
        else:
            operand = value = self._number()
        small = isinstance(value, int) and 2 <= abs(value) <= _LARGEST_BASE
        if small and "^" in self.shape.operators and self.rng.random() < _POWER_SHARE:
            exponent = self.rng.randint(2, 4)
            return Power(operand, exponent), value**exponent
        return operand, value

    def _sizes(self, terms: int, depth: int) -> list[tuple[int, int]]:
        """(terms, depth) of each operand of a chain, in random order; one of them has depth - 1 inside."""
        sizes: list[tuple[int, int]] = []
        if depth:
            inner = self.rng.randint(depth + 1, max(depth + 1, min(terms - 1, 3 * depth + 2)))
            sizes.append((inner, depth - 1))
            terms -= inner
        while terms:
            size = self.rng.randint(2, terms) if depth and terms > 1 and self.rng.random() < 0.25 else 1
            sizes.append((size, self.rng.randint(0, max(0, min(depth - 1, size - 2)))))
            terms -= size
        self.rng.shuffle(sizes)
        return sizes

    def _operators(self, sizes: list[tuple[int, int]], *, inner: bool) -> list[Operator]:
        """Random operators between the operands; may move a bracket from the front.

        Brackets stand after a minus or in a product wherever the operators allow it, else they would mean nothing;
        an inner chain has a sum, else it would need no brackets.
        """
        count = len(sizes) - 1
        operators: list[Operator] = []
        run = 1
        for _ in range(count):
            operator = self.rng.choice(self.sums + self.products if run < _LONGEST_PRODUCT else self.sums)
            run = 1 if operator in SUM or not self.sums else run + 1
            operators.append(operator)
        for place, (terms, _) in enumerate(sizes):
            kept = (place > 0 and operators[place - 1] != "+") or (place < count and operators[place] not in SUM)
            if terms == 1 or kept or not self.telling:
                continue
            if place:
                operators[place - 1] = self.rng.choice(self.telling)
            elif self.products:
                operators[0] = self.rng.choice(self.products)
            else:
                sizes.append(sizes.pop(0))
                operators = [*operators[1:], "-"]
        if inner and self.sums and not any(operator in SUM for operator in operators):
            operators[-1] = self.sums[-1]
            if count == 1 and sizes[1][0] == 1:
                sizes.reverse()
        return operators

    def _number(self) -> int:
        """The first number has all the digits, the others up to as many."""
        digits = self.shape.digits
        lowest = 10 ** (digits - 1) if not self.full else 1
        self.full = True
        number = self.rng.randint(max(lowest, 1), 10**digits - 1)
        return -number if self.rng.randrange(100) < self.shape.negatives else number

    def _fraction(self) -> tuple[Expression, Exact]:
        bottom = self.rng.randint(2, _LARGEST_PART)
        top = self.rng.randint(1, _LARGEST_PART)
        while gcd(top, bottom) > 1:
            top = self.rng.randint(1, _LARGEST_PART)
        return Chain(top, (("/", bottom),)), Fraction(top, bottom)

    def _divisor(self, value: int) -> int | None:
        """A divisor of the value that a number may be, 2 or more."""
        limit = min(10**self.shape.digits - 1, 99, abs(value))
        divisors = [divisor for divisor in range(2, limit + 1) if value % divisor == 0]
        return self.rng.choice(divisors) if divisors else None
