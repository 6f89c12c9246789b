"""Contamination: distinct problems of the corpus play a benchmark, and every rule says which other documents are of it.

    python -m benchmarks.dedup_contamination FOLDER

Called by `benchmarks.dedup`. One base in twelve is an item, half of these with duplicates planted in the corpus, half
without. Clean are all documents of other problems; the near ones among them were made of an item by one change.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from benchmarks.dedup_corpus import OTHER, READABLE, SAME, Labelled
from benchmarks.dedup_corpus.table import read
from filters.contamination import RulesConfig, benchmark_of, hits, samples, usual_of
from pipeline.models.encoder import Encoder
from pipeline.seeding import generator
from schemas.document import Document

ITEMS = 1 / 12
NAME = "benchmark"


class Split(NamedTuple):
    """The items, and the other documents, with the rows of both in the corpus."""

    items: list[Labelled]
    item_rows: list[int]
    others: list[Labelled]
    other_rows: list[int]


Rule = Callable[[Split, np.ndarray], set[str]]
"""The ids of the documents that it flags, given the vectors of the whole corpus."""


def split(documents: Sequence[Labelled], seed: int = 0) -> Split:
    rng = generator(seed, "benchmark items")
    repeated = {one.of for one in documents if one.kind in SAME}
    bases = {True: [], False: []}  # type: dict[bool, list[str]]
    for one in documents:
        if one.kind == "base":
            bases[one.document.id in repeated].append(one.document.id)
    half = round(ITEMS * sum(map(len, bases.values())) / 2)
    chosen = {name for part in bases.values() for name in rng.sample(part, min(half, len(part)))}
    rows = {True: [], False: []}  # type: dict[bool, list[int]]
    for row, one in enumerate(documents):
        rows[one.document.id in chosen].append(row)
    return Split(
        [documents[row] for row in rows[True]], rows[True], [documents[row] for row in rows[False]], rows[False]
    )


def ours(parts: Split, vectors: np.ndarray) -> set[str]:
    return _hits([one.document for one in parts.items], [one.document for one in parts.others])


def ours_by_text(parts: Split, vectors: np.ndarray) -> set[str]:
    """As if nobody knew a canonical key."""
    items, others = (
        [msgspec.structs.replace(one.document, canonical="") for one in part] for part in (parts.items, parts.others)
    )
    return _hits(items, others)


def _hits(items: list[Document], others: list[Document]) -> set[str]:
    rules, encoder = RulesConfig(), Encoder.load()
    benchmark = benchmark_of(NAME, items)
    usual = {NAME: usual_of(samples(others), benchmark, rules.usual)}
    return {hit.id for hit in hits(others, [benchmark], usual, rules, lambda: encoder)}


def any_gram(size: int) -> Rule:
    """Any run of so many words in common, in small letters, signs left out (open-r1 with 8, GPT-3 with 13)."""

    def grams(text: str) -> Iterable[tuple[str, ...]]:
        words = re.sub(r"[^\w\s]", "", text.lower()).split()
        return (tuple(words[at : at + size]) for at in range(len(words) - size + 1))

    def rule(parts: Split, vectors: np.ndarray) -> set[str]:
        seen = {gram for one in parts.items for gram in grams(one.document.text)}
        return {one.document.id for one in parts.others if any(gram in seen for gram in grams(one.document.text))}

    return rule


def any_near(cosine: float) -> Rule:
    """Any item as near as this by all-MiniLM-L6-v2; the time to embed is not counted."""

    def rule(parts: Split, vectors: np.ndarray) -> set[str]:
        nearest = (vectors[parts.other_rows] @ vectors[parts.item_rows].T).max(axis=1)
        return {one.document.id for one, score in zip(parts.others, nearest, strict=True) if score >= cosine}

    return rule


RULES: dict[str, Rule] = {
    "ours": ours,
    "ours, without keys": ours_by_text,
    "8-gram, any": any_gram(8),
    "13-gram, any": any_gram(13),
    "MiniLM, cosine 0.9": any_near(0.9),
}


def judged(parts: Split, flagged: set[str]) -> dict[str, Any]:
    """`false_flags` of the clean documents, `near_flags` of those made of an item by one change; `found` of the
    planted ones: all, those with a canonical key, those of readable kinds, and by kind."""
    problems = {one.problem for one in parts.items}
    items = {one.document.id for one in parts.items}
    clean = [one for one in parts.others if one.problem not in problems]
    near = [one for one in clean if one.kind in OTHER and one.of in items]
    planted = [one for one in parts.others if one.problem in problems]

    def share(part: Sequence[Labelled]) -> float | None:
        return sum(one.document.id in flagged for one in part) / len(part) if part else None

    return {
        "items": len(parts.items),
        "clean": len(clean),
        "false_flags": share(clean),
        "near": len(near),
        "near_flags": share(near),
        "planted": len(planted),
        "found": share(planted),
        "found_with_key": share([one for one in planted if one.document.canonical]),
        "found_readable": share([one for one in planted if one.kind in READABLE]),
        "found_by_kind": {kind: share([one for one in planted if one.kind == kind]) for kind in SAME},
    }


def main(folder: Path) -> None:
    parts, vectors = split(read(folder / "documents.parquet")), np.load(folder / "vectors.npy")
    rows = []
    for name, rule in RULES.items():
        start = time.process_time()
        flagged = rule(parts, vectors)
        rows.append({"rule": name, **judged(parts, flagged), "cpu_seconds": time.process_time() - start})
    (folder / "contamination.json").write_text(json.dumps(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
