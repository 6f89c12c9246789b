"""Reversed addition: two numbers written with the ones digit first, and their sum written the same way.

The fixed width and the digit order make each digit of the sum depend on digits already seen, so that even a model of
half a million parameters can learn it: the trainer's learning test stands on the `bare` style.
"""

import re
from random import Random
from typing import Annotated

import msgspec

from generators.family import Family
from schemas import Verdict
from schemas.verdict import correct, malformed, wrong


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    digits: Annotated[int, msgspec.Meta(ge=1, le=200)] = 2


class Instance(msgspec.Struct, frozen=True):
    """Both addends ones digit first, equally long, zeros kept: "21" is twelve, "50" is five."""

    left: str
    right: str


def make(params: Params, rng: Random) -> Instance:
    return Instance(_random_digits(params.digits, rng), _random_digits(params.digits, rng))


def _random_digits(count: int, rng: Random) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def statement(instance: Instance, style: str) -> str:
    if style == "bare":
        return f"{instance.left}+{instance.right}="
    return f"Add {instance.left} and {instance.right}. Both numbers are written backwards, the ones digit first."


def answer_format(instance: Instance) -> str:
    return (
        "Every number here is written with its ones digit first (twenty-one is 12): write the sum in the same way, "
        f"as exactly {len(instance.left) + 1} digits, with zeros at the end where it is shorter."
    )


def gold(instance: Instance) -> str:
    return _sum(instance)[0]


def check(instance: Instance, answer: str) -> Verdict:
    answer = answer.removesuffix(".")
    width = len(instance.left) + 1
    if len(answer) != width or not (answer.isascii() and answer.isdigit()):
        return malformed(f"the answer must be exactly {width} digits")
    right = gold(instance)
    if answer == right:
        return correct()
    place = next(place for place in range(width) if answer[place] != right[place])
    return wrong(f"digit {place + 1} of the reversed sum is not {answer[place]}")


def second_check(instance: Instance, answer: str) -> bool | None:
    """The sum of two whole numbers, where `check` adds digit by digit."""
    if re.fullmatch("[0-9]+", answer) is None:
        return None
    total = int(instance.left[::-1]) + int(instance.right[::-1])
    return len(answer) == len(instance.left) + 1 and int(answer[::-1]) == total


def steps(instance: Instance) -> tuple[str, ...]:
    """Digit by digit, as the numbers are written, with what is carried."""
    told, carry = list[str](), 0
    for left, right in zip(instance.left, instance.right, strict=True):
        carried = f" + {carry} carried" if told else ""
        carry, digit = divmod(int(left) + int(right) + carry, 10)
        told.append(f"{left} + {right}{carried} is {10 * carry + digit}: write {digit}, carry {carry}.")
    return (*told, f"The last digit is the last carry, {carry}: the sum is {gold(instance)}")


def canonical(instance: Instance) -> bytes:
    """The two addends in order: the sum does not mind which comes first."""
    return "+".join(sorted((instance.left, instance.right))).encode()


def features(instance: Instance) -> dict[str, float]:
    return {"digits": len(instance.left), "carries": _sum(instance)[1]}


def _sum(instance: Instance) -> tuple[str, int]:
    """The reversed sum, one digit longer than the addends, and how many places carry."""
    places, carry, carries = [], 0, 0
    for left, right in zip(instance.left, instance.right, strict=True):
        carry, digit = divmod(int(left) + int(right) + carry, 10)
        places.append(str(digit))
        carries += carry
    return "".join(places) + str(carry), carries


FAMILY = Family(
    name="arithmetic.reversed_addition",
    version=1,
    title="Reversed addition",
    domain="arithmetic",
    params=Params,
    instance=Instance,
    levels=tuple(Params(digits) for digits in (1, 2, 3, 4, 6, 10, 20, 40)),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("plain", "bare"),
    second_check=second_check,
    steps=steps,
)
