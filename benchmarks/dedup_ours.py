"""What this project removes from the corpus, one method a process: called by `benchmarks.dedup`, as dedup_peers is.

python -m benchmarks.dedup_ours METHOD FOLDER
"""

import json
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.dedup_corpus import Labelled
from benchmarks.dedup_corpus.table import read
from dedup.clusters import kept_of
from dedup.exact import duplicates
from dedup.text import text_key
from generators.family import canonical_key
from generators.registry import family_named
from pipeline.models.encoder import Encoder
from schemas import Task, schema_of
from schemas.document import Document

Kept = dict[str, str]
Run = Callable[[], Kept]
"""A method ready to run: what comes before is neither timed nor in the peak over what was there."""


def canonical(documents: Sequence[Labelled], folder: Path) -> Run:
    """Canonical keys compared that stand in a shard of tasks, as a run compares them; reading the shard included."""
    tasks = [one for one in documents if one.document.canonical]
    shard = _shard([one.document for one in tasks], [one.document.canonical for one in tasks], folder)
    return lambda: _repeated(shard, tasks)


def canonical_made(documents: Sequence[Labelled], folder: Path) -> Run:
    """The same, the keys computed from the instances first."""
    tasks = [one for one in documents if one.document.canonical]
    families = [family_named(one.document.source) for one in tasks]
    instances = [
        msgspec.json.decode(one.payload, type=family.instance) for one, family in zip(tasks, families, strict=True)
    ]

    def run() -> Kept:
        keys = [canonical_key(family, instance) for family, instance in zip(families, instances, strict=True)]
        return _repeated(_shard([one.document for one in tasks], keys, folder), tasks)

    return run


def by_text_key(documents: Sequence[Labelled], folder: Path) -> Run:
    """Equal text keys; which of several stays is decided as everywhere."""
    asked = [one.document for one in documents]

    def run() -> Kept:
        same: dict[str, list[int]] = {}
        for place, document in enumerate(asked):
            same.setdefault(text_key(document.text), []).append(place)
        kept = {place: kept_of(places, asked) for places in same.values() if len(places) > 1 for place in places}
        return {asked[place].id: asked[other].id for place, other in kept.items() if place != other}

    return run


def embed(documents: Sequence[Labelled], folder: Path) -> Run:
    """The vectors for all that compare by sense, computed once."""
    encoder = Encoder.load()
    texts = [one.document.text for one in documents]

    def run() -> Kept:
        np.save(folder / "vectors.npy", encoder.vectors(texts).astype(np.float32))
        return {}

    return run


METHODS: dict[str, Callable[[Sequence[Labelled], Path], Run]] = {
    "embedding": embed,
    "canonical": canonical,
    "canonical, keys made": canonical_made,
    "text key": by_text_key,
}


def _shard(documents: Sequence[Document], canonical: Sequence[str], folder: Path) -> str:
    columns: dict[str, list[object]] = {name: ["{}"] * len(documents) for name in schema_of(Task).names}
    columns |= {name: [1] * len(documents) for name in ("level", "seed", "version")}
    columns |= {"id": [one.id for one in documents], "canonical": [*canonical], "index": [*range(len(documents))]}
    columns["prompt"] = [[{"role": "user", "content": one.text}] for one in documents]
    path = folder / f"tasks-{len(documents)}.parquet"
    pq.write_table(pa.table(columns, schema=schema_of(Task)), path)
    return str(path)


def _repeated(shard: str, tasks: Sequence[Labelled]) -> Kept:
    found = duplicates([shard])
    return {tasks[row].document.id: kept for row, kept in found.select("row", "kept_id").iter_rows()}


def main(method: str, folder: Path) -> None:
    run = METHODS[method](read(folder / "documents.parquet"), folder)
    before = _cpu()
    kept = run()
    told = {
        "kept": kept,
        "cpu_seconds": _cpu() - before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    (folder / f"{method}.json").write_text(json.dumps(told))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
