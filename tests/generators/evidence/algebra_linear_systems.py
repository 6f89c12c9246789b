"""Second opinions on linear systems: the written equations are read back, and Cramer's rule solves them."""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import permutations
from math import prod
from random import Random

import msgspec

from generators.algebra.linear_systems import FAMILY, Instance
from generators.evidence import Evidence

_TERM = re.compile(r"([+-]?)([0-9]*)([a-z]?)")
_PAIR = re.compile(r"([a-z]) = (-?[0-9]+(?:/[0-9]+)?)")
Matrix = Sequence[Sequence[Fraction]]


def equations_read(instance: Instance) -> list[dict[str, int]]:
    """Of each written equation the factor of every name; the constant stands under the empty name, all on the left."""
    read = []
    for line in FAMILY.statement(instance, "equations").splitlines()[1:]:
        factors = dict.fromkeys([*instance.names, ""], 0)
        for side, text in zip((1, -1), line.split(" = "), strict=True):
            for sign, digits, name in _TERM.findall(text.replace(" ", "")):
                if digits or name:
                    factors[name] += side * (-1 if sign == "-" else 1) * int(digits or 1)
        read.append(factors)
    return read


def determinant(matrix: Matrix) -> Fraction:
    """By Leibniz's formula: the signed sum over all permutations."""
    total = Fraction(0)
    for order in permutations(range(len(matrix))):
        inversions = sum(order[i] > order[j] for j in range(len(order)) for i in range(j))
        total += (-1) ** inversions * prod((row[place] for row, place in zip(matrix, order, strict=True)), start=1)
    return total


@lru_cache(maxsize=64)
def solution(instance: Instance) -> tuple[Fraction, ...] | None:
    read = equations_read(instance)
    matrix = [[Fraction(factors[name]) for name in instance.names] for factors in read]
    whole = determinant(matrix)
    if whole == 0:
        return None
    values = []
    for place in range(len(matrix)):
        replaced = [
            [*row[:place], Fraction(-factors[""]), *row[place + 1 :]] for row, factors in zip(matrix, read, strict=True)
        ]
        values.append(determinant(replaced) / whole)
    return tuple(values)


def recompute(instance: Instance) -> str:
    values = solution(instance)
    assert values is not None
    return ", ".join(f"{name} = {value}" for name, value in zip(instance.names, values, strict=True))


def judge(instance: Instance, answer: str) -> bool:
    values = solution(instance)
    pairs = [_PAIR.fullmatch(part) for part in answer.split(", ")]
    if values is None or None in pairs or len(pairs) != len(values):
        return False
    try:
        given = {pair[1]: Fraction(pair[2]) for pair in pairs if pair is not None}
    except ZeroDivisionError:
        return False
    return given == dict(zip(instance.names, values, strict=True))


def alternatives(instance: Instance) -> Iterable[str]:
    values = solution(instance)
    assert values is not None
    pairs = list(zip(instance.names, values, strict=True))
    yield ", ".join(f"{name} = {value}" for name, value in reversed(pairs))
    yield "\n".join(f"{name}={value}" for name, value in pairs)
    yield "; ".join(f"${name} = {value}$" for name, value in pairs)
    yield " and ".join(f"{name}: {value}".replace("-", "−") for name, value in pairs)
    yield f"({', '.join(map(str, values))})"


def near_misses(instance: Instance) -> Iterable[str]:
    values = solution(instance)
    assert values is not None
    pairs = list(zip(instance.names, values, strict=True))
    yield ", ".join(f"{name} = {-value if value else 1}" for name, value in pairs)
    yield ", ".join(f"{name} = {name}" for name, _ in pairs)
    for place, (name, value) in enumerate(pairs):
        texts = [f"{name} = {value}" for name, value in pairs]
        yield ", ".join([*texts[:place], f"{name} = {value + 1}", *texts[place + 1 :]])
        yield ", ".join([*texts[:place], *texts[place + 1 :]])
        yield ", ".join([*texts, f"{name} = {value + 1}"])
        yield ", ".join([*texts, f"{'j' if name != 'j' else 'i'} = {value}"])
    if len(set(values)) > 1:
        moved = [*values[1:], values[0]]
        yield ", ".join(f"{name} = {value}" for (name, _), value in zip(pairs, moved, strict=True))


def disguise(instance: Instance, rng: Random) -> Instance:
    """Names changed, unknowns and equations reordered, equations scaled and turned round."""
    size = len(instance.names)
    order = rng.sample(range(size), size)
    equations = []
    for equation in rng.sample(instance.equations, len(instance.equations)):
        scale = rng.choice((-3, -1, 1, 2))
        equations.append(rng.sample([[scale * side[place] for place in (*order, size)] for side in equation], 2))
    names = tuple(rng.sample("abcdfghkmnpqrstuvwxyz", size))
    return msgspec.convert({"names": names, "equations": equations}, Instance)


def change(instance: Instance, rng: Random) -> Instance:
    """The right-hand constant of one equation moved by one until the two solutions differ as multisets of values."""
    place = rng.randrange(len(instance.equations))
    before = solution(instance)
    assert before is not None
    step = 0
    while True:
        step += 1
        left, right = instance.equations[place]
        moved = (left, (*right[:-1], right[-1] + step))
        changed = msgspec.structs.replace(
            instance, equations=(*instance.equations[:place], moved, *instance.equations[place + 1 :])
        )
        after = solution(changed)
        assert after is not None
        if sorted(after) != sorted(before):
            return changed


def solutions(instance: Instance) -> int:
    return 2 if solution(instance) is None else 1


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    solutions=solutions,
    rising=("unknowns", "terms", "largest_number", "entry_digits"),
)
