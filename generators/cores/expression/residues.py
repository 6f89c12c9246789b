"""An expression's value modulo a prime: a second way to judge a number, without any fraction."""

import re
from math import gcd

from generators.cores.expression.tree import Expression, Power

PRIME = 2**127 - 1
"""Two different values are the same residue by chance once in 10**38."""

_NUMBER = re.compile(r"(-?[0-9]{1,2000})(?:/([0-9]{1,2000}))?")


def is_value(expression: Expression, answer: str) -> bool | None:
    """Whether `12`, `-3` or `17/9` is the expression's value; None for a number that is written otherwise.

    >>> is_value(7, "7"), is_value(7, "8"), is_value(7, "14/2")
    (True, False, None)
    """
    match = _NUMBER.fullmatch(answer) if answer.isascii() else None
    if match is None:
        return None
    top, bottom = int(match[1]), int(match[2] or 1)
    if match[2] and (bottom < 2 or gcd(top, bottom) > 1):
        return None
    return (residue(expression) * bottom - top) % PRIME == 0


def residue(expression: Expression) -> int:
    """The value modulo `PRIME`. Raises ValueError where it divides by a multiple of it."""
    if isinstance(expression, int):
        return expression % PRIME
    if isinstance(expression, Power):
        return pow(residue(expression.base), expression.exponent, PRIME)
    total = residue(expression.first)
    for operator, operand in expression.rest:
        other = residue(operand)
        if operator in "+-":
            total += other if operator == "+" else -other
        else:
            total *= other if operator == "*" else pow(other, -1, PRIME)
        total %= PRIME
    return total
