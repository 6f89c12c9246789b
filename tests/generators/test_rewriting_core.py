"""Rewriting an expression keeps its value line by line; a wrong rewriting is one operation that went wrong."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from generators.cores.expression.grow import Shape, random_expression
from generators.cores.expression.rewriting import CALCULATION, REASONING, rewriting, rewritten, wrongly_rewritten
from generators.cores.expression.tree import Chain, Expression, Power, steps_of, value_of

SHAPES = st.builds(Shape, st.integers(4, 12), st.integers(0, 2), st.just(2), st.just("+-*/^"), st.just(20), st.just(0))


@given(SHAPES, st.integers(0, 10**6))
def test_every_line_has_the_value_of_the_first_and_the_last_is_a_number(shape: Shape, seed: int) -> None:
    expression = random_expression(shape, Random(seed))
    lines = rewriting(expression)
    if lines is None:
        assert max(abs(float(step.result)) for step in steps_of(expression)) > 1e14
        return
    assert {value_of(line) for line in lines} == {value_of(expression)}
    assert isinstance(lines[-1], int)
    assert all(size(after) < size(before) for before, after in pairwise(lines))


def size(expression: Expression) -> int:
    """Operations that are left; a power is one."""
    if isinstance(expression, int):
        return 0
    if isinstance(expression, Power):
        return 1 + size(expression.base)
    return size(expression.first) + sum(1 + size(operand) for _, operand in expression.rest)


def gone_wrong(expression: Expression) -> set[tuple[str, int]]:
    return {(flaw, int(value_of(line))) for flaw, line in wrongly_rewritten(expression)}


def test_the_ways_of_going_wrong_are_those_that_are_named() -> None:
    expression = Chain(20, (("-", Chain(3, (("+", 4),))), ("+", 5)))  # 20 - (3 + 4) + 5
    assert rewritten(expression) == Chain(20, (("-", 7), ("+", 5)))
    assert {("sign", 32), ("operation", 26), ("dropped", 13), ("brackets", 26)} <= gone_wrong(expression)
    assert ("order", 20) in gone_wrong(Chain(2, (("+", Chain(3, (("*", 4),))),)))  # 2 + 3 * 4
    assert ("power", 6) in gone_wrong(Power(2, 3))
    assert {flaw for flaw, _ in gone_wrong(expression)} <= CALCULATION | REASONING
