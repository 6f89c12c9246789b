"""Second opinions on reversed addition: whole integers instead of digit columns."""

from collections.abc import Iterable
from random import Random

import msgspec

from generators.arithmetic.reversed_addition import FAMILY, Instance
from generators.evidence import Evidence


def recompute(instance: Instance) -> str:
    total = int(instance.left[::-1]) + int(instance.right[::-1])
    return str(total).zfill(len(instance.left) + 1)[::-1]


def judge(instance: Instance, answer: str) -> bool:
    return answer == recompute(instance)


def near_misses(instance: Instance) -> Iterable[str]:
    right = recompute(instance)
    yield right[::-1] if right != right[::-1] else right + "0"
    yield right[:-1]
    yield right + "0"
    for place, digit in enumerate(right):
        yield right[:place] + str((int(digit) + 1) % 10) + right[place + 1 :]


def disguise(instance: Instance, rng: Random) -> Instance:
    return Instance(instance.right, instance.left)


def change(instance: Instance, rng: Random) -> Instance:
    """One digit of one addend up by one: never the same pair of numbers again."""
    place = rng.randrange(len(instance.left))
    digit = str((int(instance.left[place]) + 1) % 10)
    return msgspec.structs.replace(instance, left=instance.left[:place] + digit + instance.left[place + 1 :])


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("digits", "carries"),
)
