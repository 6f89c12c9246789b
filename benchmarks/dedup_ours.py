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
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.dedup_corpus import Labelled
from benchmarks.dedup_corpus.table import read
from dedup.clusters import kept_of
from dedup.exact import duplicates
from dedup.near import PAIRS
from dedup.text import text_key
from flows.distinct.config import DistinctConfig, SemanticConfig
from flows.distinct.keys import KEYS, decide_exact, decided_exactly, read_active, write_active, write_keys
from flows.distinct.layout import Layout
from flows.distinct.near import (
    agreed_of,
    chunks_of,
    gone_of,
    learnt,
    read_agreed,
    units_of,
    write_agreed,
    write_pairs,
)
from flows.distinct.pieces import write_piece
from flows.distinct.vectors import write_vectors
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


def by_text(neighbours: int) -> Callable[[Sequence[Labelled], Path], Run]:
    """All that `taskmill distinct` does, piece by piece, without Prefect: text keys, candidates by words and, with
    `neighbours`, by sense (what is embedded for it included), structure."""

    def prepared(documents: Sequence[Labelled], folder: Path) -> Run:
        config = DistinctConfig(semantic=SemanticConfig(neighbours=neighbours, device="cpu"))
        size = config.shard_size
        layout = Layout(
            str(folder / f"work-{neighbours}"), str(folder / f"work-{neighbours}"), -(-len(documents) // size), size
        )
        asked = [msgspec.structs.replace(one.document, canonical="") for one in documents]
        for shard in range(layout.shards):
            part = asked[shard * size : (shard + 1) * size]
            write_piece(layout.documents(shard), pa.Table.from_pylist([msgspec.to_builtins(each) for each in part]))
        if neighbours:
            Encoder.load(config.semantic.encoder)
        return lambda: _distinct(layout, config, [each.id for each in asked])

    return prepared


def _distinct(layout: Layout, config: DistinctConfig, names: Sequence[str]) -> Kept:
    for shard in range(layout.shards):
        write_keys(layout, shard)
    for method in KEYS:
        decide_exact(layout, method, 0, 1)
    decided = decided_exactly(layout, 1)
    units = []
    if write_active(layout, decided):
        for shard in range(layout.shards) if config.semantic.neighbours else ():
            write_vectors(layout, shard, config.semantic)
        units = units_of(read_active(layout), config)
        for unit in units:
            write_pairs(layout, unit, config)
    unsure = decided.filter(~pl.col("same")).select(
        a="kept", b="place", method="method", score=pl.lit(1.0)
    ).cast(dict(PAIRS))  # fmt: skip
    told = learnt(layout, units, unsure)
    agreed = [agreed_of(layout, unsure, told)]
    for unit in units:
        for chunk in range(chunks_of(layout, unit, config)):
            write_agreed(layout, unit, chunk, config, told)
            agreed.append(read_agreed(layout, unit, chunk))
    gone = pl.concat([decided.filter("same").select("place", "kept"),
                      gone_of(layout, pl.concat(agreed), told).select("place", "kept")])  # fmt: skip
    return {names[place]: names[kept] for place, kept in gone.iter_rows()}


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
    "text, no encoder": by_text(0),
    "text": by_text(8),
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
    Path("/proc/self/clear_refs").write_text("5")  # the peak from here on
    at_start, before = _resident("VmRSS"), _cpu()
    kept = run()
    told = {
        "kept": kept,
        "cpu_seconds": _cpu() - before,
        "peak_mb": _resident("VmHWM") - at_start,
    }
    (folder / f"{method}.json").write_text(json.dumps(told))


def _resident(what: str) -> float:
    """MB by /proc: a child's peak by getrusage begins with its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
