"""The same problem twice, decided exactly by `canonical`; out of core, by hash prefix.

Of the tasks that share a canonical key, the one with the lowest (index, id) is kept: a stream made longer later never
changes what was kept of it. Copies of one task (equal index and id) are told apart by level and seed, then by place.
So which tasks stay depends on the tasks alone: not on how they were cut into shards, in what order the shards are
given, nor on `partitions`. Only tasks that are settled, because work was put into them, stay before all others.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.store import read_columns
from schemas import Task

_PLACE = {"shard": pl.UInt32(), "row": pl.UInt32()}
_RANK = {"index": pl.Int64(), "id": pl.String(), "level": pl.Int32(), "seed": pl.Int64()}
_ORDER = [*_RANK, *_PLACE]
_PROMPT = ["prompt_hash_1", "prompt_hash_2"]
_NOTHING = pl.DataFrame(schema={**_PLACE, "id": pl.String(), "kept_id": pl.String()})


def duplicates(shards: Sequence[str], partitions: int = 1, settled: int = 0) -> pl.DataFrame:
    """The tasks to drop and which task each repeats.

    `shards` are Parquet files of tasks, at any URL; the tasks of the first `settled` ones stay before all others.
    Columns: `shard` (position in `shards`) and `row` (in the shard), sorted; `id`; and `kept_id`, the task that stays
    (the same id where one task is there twice). In memory are one shard's keys, the keys of one of the `partitions`,
    and the answer; all keys pass through a scratch folder.
    """
    with tempfile.TemporaryDirectory(prefix="taskmill-dedup-") as scratch:
        parts = _partitioned((_canonical_keys(url) for url in shards), ["canonical"], partitions, Path(scratch))
        return pl.concat([_NOTHING, *(_repeated(part, settled) for part in parts)]).sort(*_PLACE)


def contradictions(shards: Sequence[str], partitions: int = 1) -> pl.DataFrame:
    """Tasks that have the very prompt of another task and another canonical key: one of the two keys is wrong.

    Columns and memory as of `duplicates`, with `first_id`, the first task by (index, id) with that prompt, in place
    of `kept_id`: nothing is dropped for it, somebody has to look.
    """
    with tempfile.TemporaryDirectory(prefix="taskmill-dedup-") as scratch:
        parts = _partitioned((_prompt_keys(url) for url in shards), _PROMPT, partitions, Path(scratch))
        return pl.concat([_NOTHING, *map(_contradicting, parts)]).sort(*_PLACE).rename({"kept_id": "first_id"})


def without(table: pa.Table, rows: Sequence[int]) -> pa.Table:
    """A shard's table without these rows."""
    keep = np.ones(table.num_rows, dtype=bool)
    keep[np.asarray(rows, dtype=np.int64)] = False
    return table.filter(pa.array(keep))


def _repeated(part: pl.DataFrame, settled: int) -> pl.DataFrame:
    several = part.filter(pl.col("canonical").is_duplicated()).sort(pl.col("shard") >= settled, *_ORDER)
    several = several.with_columns(kept_id=pl.col("id").first().over("canonical"))
    return several.filter(~pl.col("canonical").is_first_distinct()).select(*_PLACE, "id", "kept_id")


def _contradicting(part: pl.DataFrame) -> pl.DataFrame:
    several = part.filter(pl.struct(_PROMPT).is_duplicated()).sort(_ORDER)
    first, first_id = (pl.col(name).first().over(_PROMPT) for name in ("canonical", "id"))
    several = several.with_columns(kept_id=first_id, agrees=pl.col("canonical") == first)
    return several.filter(~pl.col("agrees")).select(*_PLACE, "id", "kept_id")


def _canonical_keys(url: str) -> pl.DataFrame:
    return _frame(read_columns(url, Task, [*_RANK, "canonical"]))


def _prompt_keys(url: str) -> pl.DataFrame:
    # Two 64-bit hashes stand for the messages: that any two of a billion prompts meet by chance is one in 10^20.
    frame = _frame(read_columns(url, Task, [*_RANK, "canonical", "prompt"]))
    hashes = {name: pl.col("prompt").hash(seed) for seed, name in enumerate(_PROMPT)}
    return frame.with_columns(**hashes).drop("prompt")


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _partitioned(
    frames: Iterator[pl.DataFrame], key: Sequence[str], partitions: int, scratch: Path
) -> Iterator[pl.DataFrame]:
    """The rows of all frames with their place, in parts: rows with equal keys are in one part."""
    paths = [scratch / f"{part}.arrows" for part in range(partitions)]
    with ExitStack() as stack:
        sinks = [stack.enter_context(path.open("wb")) for path in paths]
        writers: list[pa.RecordBatchStreamWriter] = []
        for shard, frame in enumerate(frames):
            placed = frame.with_row_index("row").with_columns(pl.lit(shard, pl.UInt32).alias("shard"))
            part_of = placed.select(pl.struct(key).hash() % partitions).to_series()
            for part, sink in enumerate(sinks):
                rows = placed.filter(part_of == part).to_arrow(compat_level=pl.CompatLevel.oldest())
                if len(writers) <= part:
                    writers.append(stack.enter_context(pa.ipc.new_stream(sink, rows.schema)))
                writers[part].write_table(rows)
        if not writers:
            return
    for path in paths:
        with pa.memory_map(str(path)) as source:
            yield _frame(pa.ipc.open_stream(source).read_all())
        path.unlink()
