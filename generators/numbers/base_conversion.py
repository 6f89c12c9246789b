"""Base conversion: a whole number written in one base, to be written in another, bases 2 to 36."""

import re
from random import Random
from typing import Annotated

import msgspec

from generators.cores.oracle import Oracle
from generators.family import Family

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}

Base = Annotated[int, msgspec.Meta(ge=2, le=36)]
Bits = Annotated[int, msgspec.Meta(ge=2, le=1024)]


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Bases are drawn from `lowest_base` to `highest_base`; with `through_ten` one side is always base ten.

    The number has `least_bits` to `most_bits` binary digits.
    """

    lowest_base: Base
    highest_base: Base
    through_ten: bool
    least_bits: Bits
    most_bits: Bits

    def __post_init__(self) -> None:
        if self.least_bits > self.most_bits:
            raise ValueError(f"least_bits {self.least_bits} is above most_bits {self.most_bits}")
        if len(_bases(self)) < (1 if self.through_ten else 2):
            need = "a base other than ten" if self.through_ten else "two bases other than ten"
            raise ValueError(f"lowest_base {self.lowest_base} to highest_base {self.highest_base} must hold {need}")


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """`digits` is a number in base `source`, letters in either case; it is asked for in base `target`."""

    digits: str
    source: int
    target: int


def make(params: Params, rng: Random) -> Conversion:
    value = rng.randrange(2 ** (params.least_bits - 1), 2**params.most_bits)
    bases = _bases(params)
    source, target = rng.sample(bases, 2) if not params.through_ten else rng.sample([rng.choice(bases), 10], 2)
    return Conversion(digits=written(value, source), source=source, target=target)


def statement(instance: Conversion, style: str) -> str:
    highest = max(instance.source, instance.target)
    letters = ""
    if highest > 10:
        up_to = f", up to {DIGITS[highest - 1]} for {highest - 1}" if highest > 11 else ""
        letters = f"\nBeyond 9, letters are digits: a for ten{up_to}."
    return _STYLES[style].format(number=instance.digits, source=instance.source, target=instance.target) + letters


_STYLES = {
    "plain": "Write the base-{source} number {number} in base {target}.",
    "equation": "{number} (base {source}) = ? (base {target})",
    "counter": (
        "A counter that works in base {source} shows {number}. A second counter works in base {target} "
        "and has counted exactly as far. What does the second counter show?"
    ),
}


def answer_format(instance: Conversion) -> str:
    return "Write only the digits, without leading zeros, separators, a prefix or the name of the base."


def written(value: int, base: int) -> str:
    """The digits of a non-negative number, without leading zeros.

    >>> written(255, 16), written(0, 2)
    ('ff', '0')
    """
    digits: list[str] = []
    while value >= base:
        value, last = divmod(value, base)
        digits.append(DIGITS[last])
    return "".join([DIGITS[value], *reversed(digits)])


def read(digits: str, base: int) -> int | None:
    """The value of digits in either case; None for anything else, leading zeros included."""
    if not digits.isascii() or (digits.startswith("0") and digits != "0"):
        return None
    value = 0
    for digit in digits.lower():
        worth = _VALUES.get(digit, base)
        if worth >= base:
            return None
        value = value * base + worth
    return value


def steps(instance: Conversion) -> tuple[str, ...]:
    """The number digit by digit in base ten, then divided by the new base until nothing is left."""
    value, told = 0, list[str]()
    for digit in instance.digits.lower() if instance.source != 10 else ():
        worth = _VALUES[digit]
        was, value = value, value * instance.source + worth
        told.append(f"Digit {digit}: {was} * {instance.source} + {worth} = {value}")
    rest = value = _value(instance)
    while rest and instance.target != 10:
        was, (rest, last) = rest, divmod(rest, instance.target)
        told.append(f"{was} / {instance.target} = {rest}, remainder {last}: digit {DIGITS[last]}")
    *before, last_step = told
    ending = "so it is" if instance.target == 10 else "so, from the last digit to the first, it is"
    return (*before, f"{last_step}; {ending} {written(value, instance.target)}")


def second_check(instance: Conversion, answer: str) -> bool | None:
    """Python's own reading of both numbers."""
    if re.fullmatch("0|[1-9a-z][0-9a-z]*", answer) is None:
        return None
    if not set(answer) <= set(DIGITS[: instance.target]):
        return False
    return int(answer, instance.target) == int(instance.digits, instance.source)


def canonical(instance: Conversion) -> bytes:
    """The number and the two bases; the case of its letters is not part of the problem."""
    return f"{instance.source} {instance.target} {instance.digits.lower()}".encode()


def features(instance: Conversion) -> dict[str, float]:
    value = _value(instance)
    digits_out = len(written(value, instance.target))
    return {
        "digits_in": len(instance.digits),
        "digits_out": digits_out,
        "bits": value.bit_length(),
        "largest_base": max(instance.source, instance.target),
        "divisions": 0 if instance.target == 10 else digits_out,
        "multiplications": 0 if instance.source == 10 else len(instance.digits),
    }


def _value(instance: Conversion) -> int:
    value = read(instance.digits, instance.source)
    if value is None:
        raise ValueError(f"{instance.digits!r} is not a number in base {instance.source}")
    return value


def _bases(params: Params) -> list[int]:
    return [base for base in range(params.lowest_base, params.highest_base + 1) if base != 10]


def _rung(lowest: int, highest: int, through_ten: bool, least_bits: int, most_bits: int) -> Params:
    return Params(
        lowest_base=lowest,
        highest_base=highest,
        through_ten=through_ten,
        least_bits=least_bits,
        most_bits=most_bits,
    )


_ORACLE: Oracle[Conversion, int] = Oracle(
    solve=_value,
    write=lambda instance, value: written(value, instance.target),
    read=lambda instance, text: read(text.removesuffix("."), instance.target),
)

FAMILY = Family(
    name="numbers.base_conversion",
    version=1,
    title="Base conversion",
    domain="mathematics",
    params=Params,
    instance=Conversion,
    levels=(
        _rung(2, 2, True, 2, 4),
        _rung(2, 4, True, 3, 6),
        _rung(2, 8, True, 5, 8),
        _rung(2, 16, True, 7, 12),
        _rung(2, 16, False, 10, 16),
        _rung(3, 20, False, 16, 24),
        _rung(3, 36, False, 24, 40),
        _rung(5, 36, False, 48, 72),
        _rung(7, 36, False, 96, 128),
        _rung(7, 36, False, 192, 256),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=_ORACLE.gold,
    check=_ORACLE.check,
    canonical=canonical,
    features=features,
    styles=tuple(_STYLES),
    second_check=second_check,
    steps=steps,
)
