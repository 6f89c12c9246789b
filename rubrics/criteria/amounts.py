"""Checkers that count: one shape for everything that there may be at least, at most or exactly so many of."""

from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec

from rubrics.criteria.contract import Checker, Found, Subject

Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Phrase = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Phrases = Annotated[tuple[Phrase, ...], msgspec.Meta(min_length=1, max_length=50)]


def number_of(count: int, one: str, many: str) -> str:
    """A count with its noun, e.g. "1 word"."""
    return f"{count} {one if count == 1 else many}"


class Nothing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The arguments of a checker that leaves nothing to choose."""


class Amount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`at_least`, `at_most` or both; both equal means exactly. Raises ValueError where no number fits."""

    at_least: Count | None = None
    at_most: Count | None = None

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least} is above at_most {self.at_most}; no number fits")

    def fits(self, count: int) -> bool:
        return (self.at_least is None or count >= self.at_least) and (self.at_most is None or count <= self.at_most)

    def of(self, one: str, many: str) -> str:
        """The amount in words.

        >>> Amount(at_least=2, at_most=2).of("word", "words"), Amount(at_most=0).of("word", "words")
        ('exactly 2 words', 'no words')
        """
        least, most = self.at_least, self.at_most
        if most is None:
            return f"at least {least} {one if least == 1 else many}"
        if most == 0:
            return f"no {many}"
        if least is None:
            return f"at most {number_of(most, one, many)}"
        if least == most:
            return f"exactly {number_of(most, one, many)}"
        return f"{least} to {most} {many}"


def found_amount(amount: Amount, count: int, one: str, many: str) -> Found:
    """Whether a count fits, with what there is and what is asked."""
    return Found(
        amount.fits(count),
        f"there {'is' if count == 1 else 'are'} {number_of(count, one, many)}; asked: {amount.of('', '').strip()}",
    )


def counting(name: str, one: str, many: str, count: Callable[[str], int], *, ask: str = "Write {}.") -> Checker[Amount]:
    """A checker of how many there are of something; `ask` is its instruction around the amount."""
    return Checker(
        name=name,
        arguments=Amount,
        check=lambda amount, subject: found_amount(amount, count(subject.response), one, many),
        sentence=lambda amount: ask.format(amount.of(one, many)),
    )


def counting_each(name: str, part: str, one: str, many: str, sizes: Callable[[str], Sequence[int]]) -> Checker[Amount]:
    """A checker of the size of each part; a response without any part does not hold."""

    def check(amount: Amount, subject: Subject) -> Found:
        found = sizes(subject.response)
        for place, size in enumerate(found, 1):
            if not amount.fits(size):
                return Found(
                    False, f"{part} {place} has {number_of(size, one, many)}; asked: {amount.of('', '').strip()}"
                )
        return Found(bool(found), f"all {len(found)} fit" if found else f"there is no {part}")

    return Checker(
        name=name,
        arguments=Amount,
        check=check,
        sentence=lambda amount: f"Each {part} must have {amount.of(one, many)}.",
    )
