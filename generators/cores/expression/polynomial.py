"""Polynomials with whole coefficients, the leading one first: products, exact values, real roots, their text."""

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from math import gcd, lcm

from generators.cores.expression.surds import Surd

Coefficients = tuple[int, ...]


def product(factors: Sequence[Coefficients]) -> Coefficients:
    """The polynomial with these factors."""
    return reduce(_times, factors, (1,))


def derivative(polynomial: Coefficients) -> Coefficients:
    """Of a constant, the zero polynomial `(0,)`."""
    degree = len(polynomial) - 1
    return tuple(factor * (degree - place) for place, factor in enumerate(polynomial[:-1])) or (0,)


def vanishes_at(polynomial: Coefficients, point: Surd) -> bool:
    """Whether the point is a root: Horner's rule in whole numbers, with the point's denominators multiplied out."""
    bottom = lcm(point.rational.denominator, point.factor.denominator)
    rational, factor = int(point.rational * bottom), int(point.factor * bottom)
    whole, part, power = 0, 0, 1
    for coefficient in polynomial:
        whole, part = (
            whole * rational + part * factor * point.radicand + coefficient * power,
            whole * factor + part * rational,
        )
        power *= bottom
    return whole == 0 and part == 0


def multiplicity_at(polynomial: Coefficients, point: Surd) -> int:
    """How often the point is a root of a polynomial that is not zero."""
    count = 0
    while vanishes_at(polynomial, point):
        polynomial = derivative(polynomial)
        count += 1
    return count


def real_root_count(polynomial: Coefficients) -> int:
    """The number of different real roots of a polynomial that is not zero, by Sturm's theorem."""
    chain = [polynomial, derivative(polynomial)]
    while any(chain[-1]):
        chain.append(_negative_remainder(chain[-2], chain[-1]))
    chain.pop()
    at_right = [member[0] for member in chain]
    at_left = [member[0] * (-1) ** (len(member) - 1) for member in chain]
    return _sign_changes(at_left) - _sign_changes(at_right)


def polynomial_text(polynomial: Coefficients, name: str, power: str = "{}^{}") -> str:
    """`2x^3 - x + 5`; `power` writes a name and an exponent of two or more."""
    degree = len(polynomial) - 1
    text = ""
    for place, factor in enumerate(polynomial):
        exponent = degree - place
        if factor == 0:
            continue
        letter = power.format(name, exponent) if exponent > 1 else name * exponent
        size = "" if letter and abs(factor) == 1 else str(abs(factor))
        sign = "-" if factor < 0 else "+"
        text += f" {sign} {size}{letter}" if text else f"{sign * (factor < 0)}{size}{letter}"
    return text or "0"


def _times(one: Coefficients, two: Coefficients) -> Coefficients:
    result = [0] * (len(one) + len(two) - 1)
    for i, left in enumerate(one):
        for j, right in enumerate(two):
            result[i + j] += left * right
    return tuple(result)


def _negative_remainder(dividend: Coefficients, divisor: Coefficients) -> Coefficients:
    """A positive multiple of the negated remainder, without leading zeros and common factors."""
    rest = list(dividend)
    lead = divisor[0]
    while len(rest) >= len(divisor):
        top = rest[0]
        rest = [abs(lead) * factor for factor in rest]
        for place, factor in enumerate(divisor):
            rest[place] -= (top if lead > 0 else -top) * factor
        del rest[0]
    while len(rest) > 1 and rest[0] == 0:
        del rest[0]
    shared = gcd(*rest) or 1
    return tuple(-factor // shared for factor in rest) or (0,)


def _sign_changes(values: Sequence[int]) -> int:
    signs = [value > 0 for value in values if value]
    return sum(one != two for one, two in pairwise(signs))
