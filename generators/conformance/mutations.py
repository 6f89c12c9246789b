"""Near misses that can be made of any answer text, without knowing the family."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

_NUMBER = re.compile(r"(?<![\w.])[-\u2212]?\d+|\d+")
_TOKEN = re.compile(r"\w+")

PlaceT = TypeVar("PlaceT")

MOST_PLACES = 10
"""Of a long answer only so many evenly spread numbers and tokens are touched."""


def near_misses(gold: str, other: str) -> Iterator[str]:
    """The gold with a number one off, or a token dropped, doubled, swapped with the next, or taken from `other`."""
    numbers = _spread(list(_NUMBER.finditer(gold)))
    for number in numbers:
        for step in (1, -1):
            yield gold[: number.start()] + _shifted(number.group(), step) + gold[number.end() :]
    tokens = list(_TOKEN.finditer(gold))
    foreign = _TOKEN.findall(other)
    for token in _spread(tokens):
        before, text, after = gold[: token.start()], token.group(), gold[token.end() :]
        yield before + after
        yield f"{before}{text} {text}{after}"
        yield from (before + strange + after for strange in foreign[:2] + foreign[-1:])
    for first, second in _spread(list(pairwise(tokens))):
        between = gold[first.end() : second.start()]
        yield gold[: first.start()] + second.group() + between + first.group() + gold[second.end() :]
    if len(tokens) == 1 and len(gold) > 1:
        yield from _letter_misses(gold)


def supersets(gold: str) -> Iterator[str]:
    """Texts that contain the gold and are not the gold: hedges, repeats, wrappings."""
    yield f"1{gold}"
    yield f"{gold}1"
    yield f"{gold} {gold}"
    yield f"{gold}\n{gold}"
    yield f"{gold}, {gold}"
    yield f"{gold} or 123456"
    yield f"123456 or {gold}"
    yield f"{gold}\n123456"
    yield f"not {gold}"
    yield f"The answer is {gold}"
    yield f"{gold} (or not)"


def lookalikes(gold: str) -> Iterator[str]:
    """The gold written with characters that only look or convert like its own."""
    yield "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in gold)  # full width
    yield "".join(chr(0x0660 + int(char)) if char in "0123456789" else char for char in gold)  # Arabic-Indic digits
    yield "\u200b".join(gold)  # zero-width spaces
    yield re.sub(r"(\d)", r"\1_", gold, count=1) if re.search(r"\d", gold) else f"{gold}_"
    yield f"\u202e{gold[::-1]}"  # right-to-left override


def _spread(places: Sequence[PlaceT]) -> Sequence[PlaceT]:
    return places[:: max(1, -(-len(places) // MOST_PLACES))]


def _shifted(number: str, step: int) -> str:
    """The number plus `step`, with the leading zeros it had."""
    digits = number.lstrip("-\u2212")
    value = (int(digits) if digits == number else -int(digits)) + step
    return str(value).zfill(len(number)) if digits.startswith("0") and len(digits) > 1 else str(value)


def _letter_misses(gold: str) -> Iterator[str]:
    """A one-word answer with a letter dropped, doubled, or swapped with the next."""
    step = max(1, -(-len(gold) // MOST_PLACES))
    for place in range(0, len(gold), step):
        yield gold[:place] + gold[place + 1 :]
        yield gold[: place + 1] + gold[place:]
        if place + 1 < len(gold):
            yield gold[:place] + gold[place + 1] + gold[place] + gold[place + 2 :]
