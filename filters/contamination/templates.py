"""What is usual for a source, by a sample of its problems that does not depend on their order."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from heapq import heappush, heappushpop

import numpy as np
from numpy.typing import NDArray

from filters.contamination.benchmark import Benchmark
from schemas import Document

SAMPLE = 500
"""Problems of a source by which its template is known."""

SOURCES = 200
"""Sources that are told apart; those that turn up later share one template."""

OTHERS = ""
"""What they are called."""

Usual = Mapping[str, NDArray[np.int32]]
"""By source the numbers of a benchmark's sequences that are usual in it."""


def samples(problems: Iterable[Document]) -> dict[str, list[str]]:
    """Texts of each source, at most SAMPLE: those whose ids have the lowest hashes."""
    kept: dict[str, list[tuple[int, str]]] = {}
    for each in problems:
        own = kept.setdefault(each.source if each.source in kept or len(kept) < SOURCES else OTHERS, [])
        digest = int.from_bytes(blake2b(each.id.encode(errors="replace"), digest_size=8).digest(), "big")
        if len(own) < SAMPLE:
            heappush(own, (-digest, each.text))
        elif -digest > own[0][0]:
            heappushpop(own, (-digest, each.text))
    return {source: [text for _, text in sorted(own, reverse=True)] for source, own in kept.items()}


def usual_of(sampled: Mapping[str, Sequence[str]], benchmark: Benchmark, share: float) -> Usual:
    """What is usual for each source, of all that the benchmark's items say."""
    return {source: benchmark.usual_in(texts, share) for source, texts in sampled.items()}


def usual_for(source: str, usual: Usual) -> NDArray[np.int32]:
    """What is usual for one source."""
    none = np.zeros(0, dtype=np.int32)
    return usual.get(source, usual.get(OTHERS, none))
