"""Which word sequences of a benchmark stand in a text, and which of them mean something.

A sequence that is usual in a benchmark, or in the texts of a source, belongs to a template: that a text has it too says
nothing of what it asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filters.contamination.words import GRAM, gram_hashes, words_of

Mask = NDArray[np.bool_]

FEWEST = 3
"""Texts that a usual sequence is in at least."""


class Shared(NamedTuple):
    """What a text has of an item: `share` of the item's sequences that mean something, `shared` of `rare` of them;
    `whole` where it has them all, usual ones too; `start` and `stop` are the words of the text at which the item would
    begin and end."""

    item: int
    share: float
    shared: int
    rare: int
    whole: bool
    start: int
    stop: int


@dataclass(frozen=True)
class Sequences:
    """The sequences of GRAM words of some items, each a number: `hashes` (S,) sorted, `owners` of sequence s are
    `items[starts[s] : starts[s + 1]]`, `of_item[i]` the sequences of item i in order of its text."""

    vocabulary: dict[str, int]
    hashes: NDArray[np.uint64]
    items: NDArray[np.int32]
    starts: NDArray[np.int64]
    of_item: tuple[NDArray[np.int32], ...]

    def numbers(self, words: Sequence[str]) -> NDArray[np.int32]:
        """For each word at which a sequence begins the sequence's number, -1 where no item has it."""
        known = np.fromiter((self.vocabulary.get(word, 0) for word in words), dtype=np.uint64, count=len(words))
        found = np.full(max(0, len(words) - GRAM + 1), -1, dtype=np.int32)
        if not len(self.hashes) or not len(found):
            return found
        strange = np.concatenate([[0], np.cumsum(known == 0)])
        places = np.flatnonzero(strange[GRAM:] == strange[:-GRAM])
        if len(places):
            hashes = gram_hashes(known)[places]
            numbers = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
            found[places] = np.where(self.hashes[numbers] == hashes, numbers, -1)
        return found

    def usual(self, texts: Iterable[str], share: float) -> Mask:
        """(S,) whether more than `share` of the texts, and at least FEWEST, have the sequence."""
        counts = np.zeros(len(self.hashes), dtype=np.int64)
        total = 0
        for text in texts:
            numbers = self.numbers(words_of(text))
            counts[np.unique(numbers[numbers >= 0])] += 1
            total += 1
        return (counts > share * total) & (counts >= FEWEST)

    def usual_here(self, share: float) -> Mask:
        """(S,) the same for the texts of the items."""
        counts = np.diff(self.starts)
        return (counts > share * len(self.of_item)) & (counts >= FEWEST)

    @cached_property
    def distinct(self) -> NDArray[np.int64]:
        """(I,) for each item the number of its distinct sequences."""
        return np.bincount(self.items, minlength=len(self.of_item))

    def rare(self, usual: Mask) -> NDArray[np.int64]:
        """(I,) for each item the number of its distinct sequences that are not usual."""
        kept = np.repeat(~usual, np.diff(self.starts))
        return np.bincount(self.items[kept], minlength=len(self.of_item))

    def shared(self, words: Sequence[str], usual: Mask, rare: NDArray[np.int64], least: float) -> list[Shared]:
        """The items of which a text has at least `least` of what is rare, or all; the nearest first, then in order."""
        numbers = self.numbers(words)
        there = np.unique(numbers[numbers >= 0])
        if not len(there):
            return []
        owned = [self.items[self.starts[one] : self.starts[one + 1]] for one in there]
        kept = [items for one, items in zip(there, owned, strict=True) if not usual[one]]
        every = np.bincount(np.concatenate(owned), minlength=len(self.of_item))
        counts = np.bincount(np.concatenate(kept), minlength=len(self.of_item)) if kept else np.zeros_like(every)
        shares = counts / np.maximum(rare, 1)
        wholes = (every > 0) & (every == self.distinct)
        found = []
        for item in np.flatnonzero(((shares >= least) & (shares > 0)) | wholes):
            start, stop = self._window(int(item), numbers)
            told = float(shares[item]), int(counts[item]), int(rare[item]), bool(wholes[item])
            found.append(Shared(int(item), *told, start, stop))
        return sorted(found, key=lambda one: (-one.whole, -one.share, one.item))

    def _window(self, item: int, numbers: NDArray[np.int32]) -> tuple[int, int]:
        """The words of a text that stand where the item's first and last word would stand."""
        places = np.flatnonzero(np.isin(numbers, self.of_item[item]))
        within = {int(number): place for place, number in reversed([*enumerate(self.of_item[item])])}
        first, last = int(places[0]), int(places[-1])
        left = within[int(numbers[first])]
        right = len(self.of_item[item]) - 1 - within[int(numbers[last])]
        return max(0, first - left), min(len(numbers) - 1, last + right) + GRAM


def sequences_of(texts: Sequence[str]) -> Sequences:
    """The sequences of these items. Those of fewer words than GRAM have none."""
    vocabulary: dict[str, int] = {}
    hashed = []
    for text in texts:
        known = [vocabulary.setdefault(word, len(vocabulary) + 1) for word in words_of(text)]
        hashed.append(gram_hashes(np.array(known, dtype=np.uint64)))
    every = np.concatenate([*hashed, np.zeros(0, dtype=np.uint64)])
    hashes, numbers = np.unique(every, return_inverse=True)
    ends: list[int] = np.cumsum([len(each) for each in hashed])[:-1].tolist()
    of_item = tuple(np.split(numbers.astype(np.int32), ends)) if hashed else ()
    pairs = [(np.unique(own), item) for item, own in enumerate(of_item)]
    sequences = np.concatenate([own for own, _ in pairs] or [np.zeros(0, dtype=np.int32)])
    items = np.concatenate([np.full(len(own), item, dtype=np.int32) for own, item in pairs] or [np.zeros(0, np.int32)])
    order = np.argsort(sequences, kind="stable")
    starts = np.searchsorted(sequences[order], np.arange(len(hashes) + 1))
    return Sequences(vocabulary, hashes, items[order], starts.astype(np.int64), of_item)
