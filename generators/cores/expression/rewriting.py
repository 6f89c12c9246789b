"""Rewriting an expression to its value, one operation a line; and the ways in which one such line goes wrong."""

from collections.abc import Callable, Iterator
from typing import Literal

from generators.cores.expression.tree import SUM, Chain, Exact, Expression, Operator, Power, operated

Flaw = Literal["slip", "sign", "operation", "dropped", "order", "brackets", "power"]

CALCULATION: frozenset[Flaw] = frozenset({"slip", "sign", "operation", "dropped"})
REASONING: frozenset[Flaw] = frozenset({"order", "brackets", "power"})

LARGEST = 10**15
"""No number of a rewriting is larger."""

_TAKEN_FOR: dict[Operator, Operator] = {"+": "-", "-": "+", "*": "+", "/": "-"}


def rewritten(expression: Expression) -> Expression | None:
    """The expression with its next operation carried out; None where that gives no whole number of at most LARGEST.

    Raises ValueError for a plain number.
    """
    if isinstance(expression, int):
        raise ValueError("nothing is left to work out in a plain number")
    if isinstance(expression, Power):
        if isinstance(expression.base, int):
            return _whole(expression.base**expression.exponent)
        return _within(rewritten(expression.base), lambda base: Power(base, expression.exponent))
    if not isinstance(expression.first, int):
        return _within(rewritten(expression.first), lambda first: Chain(first, expression.rest))
    operator, operand = expression.rest[0]
    if not isinstance(operand, int):
        others = expression.rest[1:]
        return _within(rewritten(operand), lambda done: Chain(expression.first, ((operator, done), *others)))
    return _within(_done(operator, expression.first, operand), lambda value: _chain(value, expression.rest[1:]))


def rewriting(expression: Expression) -> tuple[Expression, ...] | None:
    """Every line from the expression to its value, the expression first; None where one can't be reached."""
    lines = [expression]
    while not isinstance(last := lines[-1], int):
        after = rewritten(last)
        if after is None:
            return None
        lines.append(after)
    return tuple(lines)


def wrongly_rewritten(expression: Expression) -> Iterator[tuple[Flaw, Expression]]:
    """The lines that stand after the expression where its next operation goes wrong; some have its value all the same.

    Calculation: a result that is off (`slip`), has the other `sign` or comes of another `operation`; a `dropped` term.
    Reasoning: a sum before a product (`order`), a minus before `brackets` that turns only the first sign, a `power`
    as a product.
    """
    yield from _gone_wrong(expression)
    done = rewritten(expression)
    if isinstance(done, Chain):
        for place in range(len(done.rest)):
            yield "dropped", _chain(done.first, done.rest[:place] + done.rest[place + 1 :])


def _gone_wrong(expression: Expression) -> Iterator[tuple[Flaw, Expression]]:
    if isinstance(expression, int):
        return
    if isinstance(expression, Power):
        if isinstance(expression.base, int):
            yield "power", expression.base * expression.exponent
            yield from _slips(expression.base**expression.exponent)
        else:
            yield from ((flaw, Power(base, expression.exponent)) for flaw, base in _gone_wrong(expression.base))
        return
    first, (operator, operand), others = expression.first, expression.rest[0], expression.rest[1:]
    if not isinstance(first, int):
        yield from ((flaw, Chain(wrong, expression.rest)) for flaw, wrong in _gone_wrong(first))
    elif isinstance(operand, int):
        for flaw, wrong in _wrong_results(operator, first, operand):
            yield flaw, _chain(wrong, others)
    else:
        yield from ((flaw, Chain(first, ((operator, wrong), *others))) for flaw, wrong in _gone_wrong(operand))
        yield from _wrong_rules(first, operator, operand, others)


def _wrong_rules(
    first: int, operator: Operator, operand: Expression, others: tuple[tuple[Operator, Expression], ...]
) -> Iterator[tuple[Flaw, Expression]]:
    """`first` is taken together with the beginning of the operand, which comes before its turn."""
    if not isinstance(operand, Chain) or not isinstance(operand.first, int) or operator not in SUM:
        return
    together = _done(operator, first, operand.first)
    if together is None:
        return
    if not operand.is_sum:
        yield "order", _chain(Chain(together, operand.rest), others)
    elif operator == "-":
        yield "brackets", Chain(together, operand.rest + others)


def _wrong_results(operator: Operator, left: int, right: int) -> Iterator[tuple[Flaw, int]]:
    value = _done(operator, left, right)
    if value is None:
        return
    yield from _slips(value)
    yield "sign", -value
    mistaken = _done(_TAKEN_FOR[operator], left, right)
    if mistaken is not None:
        yield "operation", mistaken


def _slips(value: int) -> Iterator[tuple[Flaw, int]]:
    yield from (("slip", value + step) for step in (1, -1, 2, -2, 10, -10))


def _done(operator: Operator, left: int, right: int) -> int | None:
    return None if operator == "/" and right == 0 else _whole(operated(operator, left, right))


def _whole(value: Exact) -> int | None:
    return value if isinstance(value, int) and abs(value) <= LARGEST else None


def _within(done: Expression | None, around: Callable[[Expression], Expression]) -> Expression | None:
    return None if done is None else around(done)


def _chain(first: Expression, rest: tuple[tuple[Operator, Expression], ...]) -> Expression:
    return Chain(first, rest) if rest else first
