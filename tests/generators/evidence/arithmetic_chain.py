"""Second opinions on arithmetic chains: the written text is parsed by Python's own grammar and evaluated anew."""

import ast
import operator
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import gcd
from random import Random

from generators.arithmetic.chain import FAMILY, Instance
from generators.cores.expression.render import written
from generators.cores.expression.tree import Chain, Expression, Power
from generators.evidence import Evidence

_NUMBER = re.compile(r"(-?)([0-9]+)(?:/([0-9]+))?")
_OPERATIONS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def text_value(text: str) -> Fraction:
    """The value of a plain-text expression. Raises SyntaxError, ZeroDivisionError."""
    return _evaluated(ast.parse(text.replace("^", "**"), mode="eval").body)


def _evaluated(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant):
        assert isinstance(node.value, int)
        return Fraction(node.value)
    if isinstance(node, ast.UnaryOp):
        assert isinstance(node.op, ast.USub)
        return -_evaluated(node.operand)
    assert isinstance(node, ast.BinOp)
    return Fraction(_OPERATIONS[type(node.op)](_evaluated(node.left), _evaluated(node.right)))


def recompute(instance: Instance) -> str:
    return str(text_value(written(instance.expression)))


def judge(instance: Instance, answer: str) -> bool:
    match = _NUMBER.fullmatch(answer)
    if match is None:
        return False
    top, bottom = int(match[2]), int(match[3] or 1)
    if match[3] and (bottom < 2 or gcd(top, bottom) > 1):
        return False
    return Fraction(-top if match[1] else top, bottom) == text_value(written(instance.expression))


def alternatives(instance: Instance) -> Iterable[str]:
    value = text_value(written(instance.expression))
    sign, top, bottom = ("-" if value < 0 else ""), abs(value.numerator), value.denominator
    yield f"${value}$"
    yield str(value).replace("-", "−")
    if bottom == 1:
        yield f"{value.numerator:,}"
        yield f"{value}.0"
        return
    yield f"{sign}\\frac{{{top}}}{{{bottom}}}"
    yield f"{sign}{top} / {bottom}"
    if top > bottom:
        yield f"{sign}{top // bottom} {top % bottom}/{bottom}"
    if 10**20 % bottom == 0:
        scaled = top * (10**20 // bottom)
        yield f"{sign}{scaled // 10**20}.{scaled % 10**20:020d}"


def near_misses(instance: Instance) -> Iterable[str]:
    value = text_value(written(instance.expression))
    yield written(instance.expression)
    yield written(instance.expression).replace(" ", "")
    yield f"({value})"
    yield f"= {value}"
    yield f"{value.numerator * 2} / {value.denominator * 2}"
    yield f"{2 * value.numerator}/{2 * value.denominator}"
    yield str(value + 1)
    yield f"{value.numerator // value.denominator}.0001"
    if value:
        yield str(-value)
    if abs(value) != 1 and value:
        yield str(1 / value)
    if 10**8 % value.denominator:
        yield f"{float(value):.8f}"
        yield str(float(value))


def disguise(instance: Instance, rng: Random) -> Instance:
    """Operands of sums and products in another order, with their signs."""
    return Instance(_shuffled(instance.expression, rng))


def _shuffled(expression: Expression, rng: Random) -> Expression:
    if isinstance(expression, int):
        return expression
    if isinstance(expression, Power):
        return Power(_shuffled(expression.base, rng), expression.exponent)
    lead = "+" if expression.is_sum else "*"
    signed = [(sign, _shuffled(operand, rng)) for sign, operand in ((lead, expression.first), *expression.rest)]
    rng.shuffle(signed)
    first = next(place for place, (sign, _) in enumerate(signed) if sign == lead)
    return Chain(signed[first][1], tuple(signed[:first] + signed[first + 1 :]))  # type: ignore[arg-type]


def change(instance: Instance, rng: Random) -> Instance:
    """One number further from zero by one."""
    numbers = sum(1 for _ in re.finditer(r"[0-9]+", written(instance.expression)))
    for place in rng.sample(range(numbers), numbers):
        changed = _raised(instance.expression, place)[0]
        try:
            text_value(written(changed))
        except ZeroDivisionError:
            continue
        if changed != instance.expression:
            return Instance(changed)
    raise AssertionError("no number can be changed")


def _raised(expression: Expression, place: int) -> tuple[Expression, int]:
    """The expression with its number at `place` changed, and the place counted on from its end."""
    if isinstance(expression, int):
        moved = expression - 1 if expression < 0 else expression + 1
        return (moved if place == 0 else expression), place - 1
    if isinstance(expression, Power):
        base, place = _raised(expression.base, place)
        return Power(base, expression.exponent), place
    first, place = _raised(expression.first, place)
    rest = []
    for sign, operand in expression.rest:
        operand, place = _raised(operand, place)
        rest.append((sign, operand))
    return Chain(first, tuple(rest)), place


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("numbers", "operations", "depth", "digits", "digit_work"),
)
