"""Second opinions on base conversion: Python's own `int(text, base)`, and long division on lists of digits."""

import re
from collections.abc import Iterator
from random import Random

import msgspec

from generators.evidence import Evidence
from generators.numbers.base_conversion import DIGITS, FAMILY, Conversion


def judge(instance: Conversion, answer: str) -> bool:
    plain = re.fullmatch(r"0|[1-9a-zA-Z][0-9a-zA-Z]*", answer)
    try:
        return plain is not None and int(answer, instance.target) == int(instance.digits, instance.source)
    except ValueError:
        return False


def recompute(instance: Conversion) -> str:
    """Long division of the digits by the target base, never forming the number."""
    digits = [int(digit, 36) for digit in instance.digits]
    found: list[str] = []
    while any(digits):
        remainder = 0
        for place, digit in enumerate(digits):
            digits[place], remainder = divmod(remainder * instance.source + digit, instance.target)
        found.append(DIGITS[remainder])
    return "".join(reversed(found))


def alternatives(instance: Conversion) -> Iterator[str]:
    yield recompute(instance).upper()


def near_misses(instance: Conversion) -> Iterator[str]:
    gold = recompute(instance)
    for place, digit in enumerate(gold[:12]):
        for step in (1, -1):
            other = int(digit, 36) + step
            if 0 <= other < 36:
                yield gold[:place] + DIGITS[other] + gold[place + 1 :]
    yield f"0{gold}"
    yield f"0x{gold}"
    yield f"{gold}.0"
    yield f"+{gold}"
    yield f"-{gold}"
    yield instance.digits if instance.digits != gold else f"{gold}0"


def disguise(instance: Conversion, rng: Random) -> Conversion:
    digits = "".join(rng.choice((digit.lower(), digit.upper())) for digit in instance.digits)
    return msgspec.structs.replace(instance, digits=digits)


def change(instance: Conversion, rng: Random) -> Conversion:
    """The last digit one further, or another target base."""
    if rng.random() < 0.5:
        last = DIGITS[(int(instance.digits[-1], 36) + 1) % instance.source]
        return msgspec.structs.replace(instance, digits=instance.digits[:-1] + last)
    target = next(base for base in range(2, 37) if base not in (instance.source, instance.target))
    return msgspec.structs.replace(instance, target=target)


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("digits_in", "digits_out", "bits", "largest_base"),
)
