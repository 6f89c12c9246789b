"""Second opinions on flawed steps: the lines as they are shown, each evaluated anew by Python's own grammar."""

import re
from collections.abc import Iterable
from random import Random

import msgspec

from generators.arithmetic.flawed_steps import FAMILY, Solution
from generators.cores.expression.tree import Chain, Expression, Power
from generators.evidence import Evidence
from tests.generators.evidence.arithmetic_chain import text_value


def recompute(instance: Solution) -> str:
    task, _, shown = FAMILY.statement(instance, "plain").partition("\nwas worked out in steps:\n")
    values = [text_value(task), *(text_value(step) for step in re.findall(r"^Step \d+: (.*)$", shown, re.MULTILINE))]
    wrong = [step for step in range(1, len(values)) if values[step] != values[step - 1]]
    assert len(wrong) < 2, "more than one step is wrong"
    return str(wrong[0]) if wrong else "0"


def judge(instance: Solution, answer: str) -> bool:
    return answer == recompute(instance)


def alternatives(instance: Solution) -> Iterable[str]:
    yield f"Step {recompute(instance)}"
    yield f"{recompute(instance)}."


def near_misses(instance: Solution) -> Iterable[str]:
    place = int(recompute(instance))
    yield str(place + 1)
    yield str(-place - 1)
    yield f"steps {place}"
    yield f"Step {place} and {place + 1}"
    yield "none" if place else "all"


def disguise(instance: Solution, rng: Random) -> Solution:
    """The operands of sums in another order, in every line by itself."""
    return Solution(tuple(_shuffled(line, rng) for line in instance.lines))


def _shuffled(expression: Expression, rng: Random) -> Expression:
    if isinstance(expression, int):
        return expression
    if isinstance(expression, Power):
        return Power(_shuffled(expression.base, rng), expression.exponent)
    rest = [(sign, _shuffled(operand, rng)) for sign, operand in expression.rest]
    rng.shuffle(rest)
    return Chain(_shuffled(expression.first, rng), tuple(rest))


def change(instance: Solution, rng: Random) -> Solution:
    """Another result in the last line."""
    last = instance.lines[-1]
    assert isinstance(last, int)
    return msgspec.structs.replace(instance, lines=(*instance.lines[:-1], last + rng.choice((-1, 1))))


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("numbers", "operations", "depth", "digits", "digit_work", "characters"),
)
