"""What means nearly the same as an item, whose numbers, answer and relations agree with it.

Numbers and answers are compared first, so that few texts are ever encoded; a cosine only orders those that are left.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.agreement import Facts, facts_of
from filters.contamination.benchmark import Benchmark
from filters.contamination.config import RulesConfig
from filters.contamination.rules import Found, answers_differ, compared, why_same
from filters.contamination.words import numbers_of, words_of
from schemas import Document

Vectors = NDArray[np.float64]

_NUMBER = re.compile(r"\d{1,300}(\.\d{1,300})?")

NUMBERS = 3
BITS = 14.0
"""Different numbers of a text that, all the same and with the same answer, tell it from other problems; and how much
they and the answer say at least: log2(1 + n) for each."""

OTHER_WORDS = 0.8
"""Of texts that have more of their words in common, clauses decide: where these differ, one was changed."""


class Encodes(Protocol):
    """What gives vectors of length 1, a row a text."""

    def vectors(self, texts: Sequence[str]) -> Vectors: ...


def found_by_meaning(
    documents: Sequence[Document], benchmark: Benchmark, config: RulesConfig, encoder: Callable[[], Encodes]
) -> list[Found | None]:
    """For each problem the item that it is, by its meaning; the encoder is asked for once it is needed."""
    facts = [facts_of(document) for document in documents]
    candidates = [_candidates(one, own, benchmark) for one, own in zip(documents, facts, strict=True)]
    many = [place for place, own in enumerate(candidates) if len(own) > config.neighbours]
    if many:
        _encode({item for place in many for item in candidates[place]}, benchmark, config, encoder)
        for place, vector in zip(many, encoder().vectors([documents[place].text for place in many]), strict=True):
            near = _vectors(candidates[place], benchmark, config) @ vector
            order = np.argsort(-np.round(near, 4), kind="stable")[: config.neighbours]
            candidates[place] = [candidates[place][each] for each in order if near[each] >= config.cosine]
    agreed = [_agreed(one, own, of, benchmark) for one, own, of in zip(documents, facts, candidates, strict=True)]
    sure = [place for place, own in enumerate(agreed) if own is not None]
    found: list[Found | None] = [None] * len(documents)
    if sure:
        items = [own[0] for own in agreed if own is not None]
        vectors = encoder().vectors([documents[place].text for place in sure])
        _encode(items, benchmark, config, encoder)
        others = _vectors(items, benchmark, config)
        for place, item, cosine in zip(sure, items, (vectors * others).sum(axis=1), strict=True):
            told = agreed[place]
            if told is not None and cosine >= config.cosine:
                score = min(1.0, round(float(cosine), 4))
                found[place] = Found(item, "semantic", score, f"means nearly the same (cosine {score:.2f}); {told[1]}")
    return found


def _encode(items: Collection[int], benchmark: Benchmark, config: RulesConfig, encoder: Callable[[], Encodes]) -> None:
    """Encodes those items that no earlier problem asked for: problems come in many batches."""
    new = sorted({item for item in items if (config.encoder, item) not in benchmark.encoded})
    if new:
        vectors = encoder().vectors([benchmark.items[item].text for item in new])
        benchmark.encoded.update(((config.encoder, item), vector) for item, vector in zip(new, vectors, strict=True))


def _vectors(items: Sequence[int], benchmark: Benchmark, config: RulesConfig) -> Vectors:
    return np.stack([benchmark.encoded[config.encoder, item] for item in items])


def _candidates(document: Document, facts: Facts, benchmark: Benchmark) -> list[int]:
    """The items with the same numbers, whose answers are not known to differ."""
    if (document.canonical and benchmark.exact) or not document.text.strip():
        return []
    return [
        place
        for place in benchmark.by_values.get(facts.values, ())
        if compared(document, benchmark.items[place]) and not answers_differ(document, benchmark.items[place])
    ]


def _agreed(
    document: Document, facts: Facts, candidates: Sequence[int], benchmark: Benchmark
) -> tuple[int, str] | None:
    """The first item that says the same clause by clause; else the first whose numbers and answer can't be the same by
    chance."""
    for place in candidates:
        if why := why_same(document, facts, benchmark.items[place], benchmark.facts[place]):
            return place, why
    for place in candidates:
        item = benchmark.items[place]
        if _witnessed(document, item, facts.values) and _in_other_words(document.text, item.text):
            return place, f"the same {len(facts.values)} numbers and the same answer {item.answer[:40]}"
    return None


def _witnessed(document: Document, item: Document, values: Sequence[str]) -> bool:
    """Whether two texts with the same numbers have the same answer, worked out of numbers that say enough."""
    different = set(values)
    found = numbers_of(item.answer)
    said = sum(math.log2(1 + float(value)) for value in {*different, *found} if _NUMBER.fullmatch(value))
    enough = len(different) >= NUMBERS and said >= BITS and len(found) == 1 and found[0] not in different
    return enough and bool(document.answer) and not answers_differ(document, item)


def _in_other_words(one: str, other: str) -> bool:
    mine, theirs = Counter(words_of(one)), Counter(words_of(other))
    return (mine & theirs).total() < OTHER_WORDS * (mine | theirs).total()
