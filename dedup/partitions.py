"""Keys of more tasks than memory holds, compared in parts: groups of shards, and partitions by prefix of the keys.

    for group in range(cut.groups): write_keys(cut, group, shards_of_the_group)
    for partition in range(cut.partitions): decide(cut, partition)
    for group in range(cut.groups): repeated_in(cut, group)

The pieces of each of the three lines may be done side by side, again, and on any host that sees the folder. A group
sends each problem on once, so that a partition stays small even where one problem is there a million times.
"""

import io
from collections.abc import Mapping
from typing import NamedTuple
from zlib import crc32

import polars as pl

from dedup.exact import (
    Contradicted,
    Known,
    contradicted,
    first_of_each,
    one_of_each_prompt,
    read_keys,
    repeated,
    settled_by,
)
from pipeline.store.failures import DamageError
from pipeline.store.files import read_whole, size, write_whole

_CHECK_BYTES = 4  # Arrow's file format has no checksums: that of a file stands at its end


class Cut(NamedTuple):
    """How keys are cut up: `starts` (groups,) are the first shards of the groups; `folder`, at any URL, is where they
    pass through. The tasks of the shards before `settled` stay before all others."""

    folder: str
    starts: tuple[int, ...]
    partitions: int
    settled: int

    @property
    def groups(self) -> int:
        return len(self.starts)


def write_keys(cut: Cut, group: int, shards: Mapping[int, str]) -> None:
    """Cuts the keys of a group's shards, given by number, into partitions; once. Raises StoreError, SchemaError."""
    done = f"repeated/{group:05}"
    if size(f"{cut.folder}/{done}") is not None:
        return
    keys = read_keys(shards)
    kept, others = first_of_each(keys.tasks, cut.settled)
    prompts = one_of_each_prompt(keys.prompts)
    of_key, of_prompt = partition_of(kept["canonical"], cut.partitions), prompts["prompt_1"] % cut.partitions
    for partition in range(cut.partitions):
        _write(cut, f"keys/{partition:05}/{group:05}", kept.filter(of_key == partition))
        _write(cut, f"prompts/{partition:05}/{group:05}", prompts.filter(of_prompt == partition))
    _write(cut, done, others)


def decide(cut: Cut, partition: int, known: Known | None = None) -> Contradicted | None:
    """Which tasks of a partition are to be removed, written down; and what of it contradicts itself. Raises
    StoreError, and what `known` does."""
    found = repeated(_partition(cut, "keys", partition), cut.settled, known)
    group_of = pl.Series(cut.starts, dtype=pl.UInt32).search_sorted(found["shard"], side="right") - 1
    for group in range(cut.groups):
        _write(cut, f"decided/{group:05}/{partition:05}", found.filter(group_of == group))
    return contradicted(_partition(cut, "prompts", partition))


def repeated_in(cut: Cut, group: int) -> pl.DataFrame:
    """The tasks of a group that are to be removed (REPEATED), once all partitions are decided. Raises StoreError."""
    decided = [_read(cut, f"decided/{group:05}/{partition:05}") for partition in range(cut.partitions)]
    found = settled_by(_read(cut, f"repeated/{group:05}"), pl.concat(decided))
    return found.filter(pl.col("shard") >= cut.settled)


def partition_of(canonical: pl.Series, partitions: int) -> pl.Series:
    """By the first 32 bits of a key in hex: the same on every host. A key that is not in hex is in the first one."""
    prefix = canonical.str.slice(0, 8).str.to_integer(base=16, dtype=pl.Int64, strict=False)
    return prefix.fill_null(0).clip(0) * partitions // 2**32


def _partition(cut: Cut, kind: str, partition: int) -> pl.DataFrame:
    return pl.concat([_read(cut, f"{kind}/{partition:05}/{group:05}") for group in range(cut.groups)])


def _write(cut: Cut, name: str, frame: pl.DataFrame) -> None:
    sink = io.BytesIO()
    frame.write_ipc(sink, compression="lz4")
    data = sink.getvalue()
    write_whole(f"{cut.folder}/{name}", data + _checksum(data))


def _read(cut: Cut, name: str) -> pl.DataFrame:
    anew = f"delete {cut.folder} and start again, which reads the keys anew"
    try:
        data = read_whole(f"{cut.folder}/{name}")
    except FileNotFoundError:
        raise DamageError(f"{cut.folder}/{name} is gone: {anew}") from None
    if _checksum(data[:-_CHECK_BYTES]) != data[-_CHECK_BYTES:]:
        raise DamageError(f"{cut.folder}/{name} is damaged: {anew}")
    return pl.read_ipc(io.BytesIO(data[:-_CHECK_BYTES]))


def _checksum(data: bytes) -> bytes:
    return crc32(data).to_bytes(_CHECK_BYTES, "little")
