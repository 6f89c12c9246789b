"""A benchmark's items, indexed by all that an item is found by."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.agreement import Facts, facts_of
from dedup.text import text_key
from filters.contamination.sequences import Mask, Sequences, sequences_of
from filters.contamination.words import GRAM, text_digest, words_of
from schemas import Document

KeyT = TypeVar("KeyT")


class Template(NamedTuple):
    """What is usual for one source: `usual` (S,) are the sequences that count for nothing, `rare` (I,) is how many
    others each item has."""

    usual: Mask
    rare: NDArray[np.int64]


@dataclass(frozen=True)
class Benchmark:
    """The items by their canonical keys, texts, word sequences and text keys; those that have a canonical key are found
    by it alone among problems that have one too."""

    name: str
    items: tuple[Document, ...]
    by_canonical: Mapping[str, Sequence[int]]
    by_text: Mapping[bytes, Sequence[int]]
    by_words: Mapping[bytes, Sequence[int]]
    sequences: Sequences

    @property
    def exact(self) -> bool:
        """Whether canonical keys decide about all items, for problems that have one."""
        return all(item.canonical for item in self.items)

    @cached_property
    def by_text_key(self) -> Mapping[str, Sequence[int]]:
        return _places((text_key(item.text), place) for place, item in enumerate(self.items))

    @cached_property
    def by_values(self) -> Mapping[tuple[str, ...], Sequence[int]]:
        """Places by the numbers and quotations in the text: where they differ, meanings are not compared."""
        return _places((facts.values, place) for place, facts in enumerate(self.facts))

    @cached_property
    def facts(self) -> tuple[Facts, ...]:
        return tuple(facts_of(item) for item in self.items)

    @cached_property
    def encoded(self) -> dict[tuple[str, int], NDArray[np.float64]]:
        """Vectors (D,) of items, by the encoder's name and the item's place, as they were asked for so far."""
        return {}

    def template(self, usual: NDArray[np.int32], share: float) -> Template:
        """The template of a source in which these sequences are usual, beside those usual in the items."""
        mask = self.sequences.usual_here(share)
        mask[usual] = True
        return Template(mask, self.sequences.rare(mask))

    def usual_in(self, texts: Iterable[str], share: float) -> NDArray[np.int32]:
        """The numbers of the sequences that are usual in the texts of a source."""
        return np.flatnonzero(self.sequences.usual(texts, share)).astype(np.int32)


def benchmark_of(name: str, items: Sequence[Document]) -> Benchmark:
    """The index of these items; memory is some hundred bytes a word of them."""
    words = [words_of(item.text) for item in items]
    return Benchmark(
        name=name,
        items=tuple(items),
        by_canonical=_places((item.canonical, place) for place, item in enumerate(items) if item.canonical),
        by_text=_places((text_digest(item.text), place) for place, item in enumerate(items)),
        by_words=_places((words_digest(own), place) for place, own in enumerate(words) if 0 < len(own) < GRAM),
        sequences=sequences_of([item.text for item in items]),
    )


def words_digest(words: Sequence[str]) -> bytes:
    """16 bytes that name a sequence of words."""
    return blake2b(" ".join(words).encode(errors="replace"), digest_size=16).digest()


def _places(keyed: Iterable[tuple[KeyT, int]]) -> dict[KeyT, list[int]]:
    found: defaultdict[KeyT, list[int]] = defaultdict(list)
    for key, place in keyed:
        found[key].append(place)
    return dict(found)
