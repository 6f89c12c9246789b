"""The same problem twice, decided exactly by `canonical`.

Of the tasks that share a canonical key, the one with the lowest (index, id) is kept: a stream made longer later never
changes what was kept of it. Copies of one task (equal index and id) are told apart by level and seed, then by place.
So which tasks stay depends on the tasks alone: not on how they were cut into shards, nor in what order the shards are
given. Only tasks that are settled, because work was put into them, stay before all others.

The first of the firsts of several groups is the first of all: `partitions` decides by this what memory can't hold.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import polars as pl

from dedup.removal import Removal
from pipeline.store import read_columns
from schemas import Task

BYTES_A_KEY = 600
"""Memory that reading and comparing the keys of a task takes at most: benchmarks/dedup_exact.py has measured 420 where
15 % are repeated, and what is noted of a repeated task takes more."""

_PLACE = {"shard": pl.UInt32(), "row": pl.UInt32()}
_RANK = {"index": pl.Int64(), "id": pl.String(), "level": pl.Int32(), "seed": pl.Int64()}
_PROMPT = ["prompt_1", "prompt_2"]

TASKS = pl.Schema({**_PLACE, **_RANK, "canonical": pl.String()})
PROMPTS = pl.Schema({**_PLACE, **dict.fromkeys(_PROMPT, pl.UInt64()), "canonical": pl.UInt64()})
REPEATED = pl.Schema(
    {**_PLACE, "canonical": pl.String(), "kept_id": pl.String(), "kept_shard": pl.UInt32(), "seen_in": pl.String()}
)
"""Tasks to be removed, and the task that stays for them: in a shard, or `seen_in` a former run."""


class Known(Protocol):
    """Says which problems were there before. Picklable; `key` is a JSON value of what is known."""

    @property
    def key(self) -> object: ...

    def __call__(self, canonical: pl.Series) -> pl.DataFrame:
        """The `place` of those keys that are known, with the `id` of the task and where it was `seen_in`."""


class Keys(NamedTuple):
    """What is compared of some shards, a row a task: `tasks` (TASKS), and `prompts` (PROMPTS) as hashes."""

    tasks: pl.DataFrame
    prompts: pl.DataFrame


class Firsts(NamedTuple):
    """The first task of each problem (TASKS), and the others with the one that stays for them (REPEATED)."""

    kept: pl.DataFrame
    repeated: pl.DataFrame


class Contradicted(NamedTuple):
    """How many `tasks` contradict earlier ones, and the first of them with its `earlier` one, as (shard, row)."""

    tasks: int
    task: tuple[int, int]
    earlier: tuple[int, int]


def duplicates(shards: Sequence[str], settled: int = 0) -> pl.DataFrame:
    """The tasks to drop and which task each repeats (REPEATED), by place; all keys are in memory.

    `shards` are Parquet files of tasks, at any URL; the tasks of the first `settled` ones stay before all others.
    """
    return repeated(read_keys(dict(enumerate(shards))).tasks, settled).sort(*_PLACE)


def read_keys(shards: Mapping[int, str]) -> Keys:
    """The keys of shards, by number. Raises StoreError, SchemaError."""
    read = [_keys_of(number, url) for number, url in shards.items()]
    return Keys(
        pl.concat([TASKS.to_frame(), *(each.tasks for each in read)]),
        pl.concat([PROMPTS.to_frame(), *(each.prompts for each in read)]),
    )


def first_of_each(tasks: pl.DataFrame, settled: int = 0) -> Firsts:
    """One task of each problem; the tasks of shards before `settled` stay before all others."""
    shared = tasks["canonical"].is_duplicated()
    firsts = _of_shared(tasks.filter(shared), settled)
    return Firsts(pl.concat([tasks.filter(~shared), firsts.kept]), firsts.repeated)


def repeated(tasks: pl.DataFrame, settled: int = 0, known: Known | None = None) -> pl.DataFrame:
    """The tasks that are to be removed (REPEATED): all but the first of each problem, and all of known ones."""
    if known is None:
        return _of_shared(tasks.filter(tasks["canonical"].is_duplicated()), settled).repeated
    kept, others = first_of_each(tasks, settled)
    found = known(kept["canonical"])
    seen = kept[found["place"]].with_columns(kept_id=found["id"], kept_shard=pl.lit(None), seen_in=found["seen_in"])
    return settled_by(others, seen.select(REPEATED.names()).cast(REPEATED))


def settled_by(others: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """Both, as the task that was to stay for the `others` may be `removed` itself: what stays for it does for them."""
    instead = removed.select("canonical", *(pl.col(name).alias(f"{name} instead") for name in _STAYS))
    joined = others.join(instead, on="canonical", how="left", maintain_order="left")
    gone = pl.col("kept_id instead").is_not_null()
    mended = [pl.when(gone).then(f"{name} instead").otherwise(name).alias(name) for name in _STAYS]
    return pl.concat([joined.with_columns(mended).select(REPEATED.names()), removed])


def removals(found: pl.DataFrame, apart: int) -> dict[int, list[Removal]]:
    """Of REPEATED tasks, the removals of each shard by row; the first `apart` shards are files of other tasks."""
    return {
        shard: [
            Removal(row, kept_id, "canonical" if seen_in is None else "index", 1.0, _reason(kept_shard, seen_in, apart))
            for row, kept_id, kept_shard, seen_in in rows.sort("row").select("row", *_STAYS).iter_rows()
        ]
        for (shard,), rows in found.partition_by("shard", as_dict=True).items()
    }


def one_of_each_prompt(prompts: pl.DataFrame) -> pl.DataFrame:
    """The first by place of those that agree in prompt and canonical key."""
    return prompts.unique([*_PROMPT, "canonical"], keep="first", maintain_order=True)


def contradicted(prompts: pl.DataFrame) -> Contradicted | None:
    """Tasks with the very prompt of an earlier task and another canonical key, one a key: one of the keys is wrong.

    Nothing is dropped for it: somebody has to look.
    """
    different = one_of_each_prompt(prompts)
    several = different.filter(pl.struct(_PROMPT).is_duplicated()).sort(*_PLACE)
    earlier = {f"earlier_{name}": pl.col(name).first().over(_PROMPT) for name in _PLACE}
    told = several.with_columns(**earlier).filter(~pl.struct(_PROMPT).is_first_distinct())
    if told.is_empty():
        return None
    first = told.row(0, named=True)
    task, before = ((first[f"{which}shard"], first[f"{which}row"]) for which in ("", "earlier_"))
    return Contradicted(told.height, task, before)


def _of_shared(tasks: pl.DataFrame, settled: int) -> Firsts:
    """The same of tasks that all share their problem with another."""
    several = tasks.sort(pl.col("shard") >= settled, *_RANK, *_PLACE)
    first = several["canonical"].is_first_distinct()
    kept = several.filter(first)
    kept_for = kept.select("canonical", kept_id="id", kept_shard="shard", seen_in=pl.lit(None, pl.String))
    others = several.filter(~first).join(kept_for, on="canonical", maintain_order="left")
    return Firsts(kept, others.select(REPEATED.names()))


_STAYS = ("kept_id", "kept_shard", "seen_in")


def _reason(kept_shard: int | None, seen_in: str | None, apart: int) -> str:
    if seen_in is not None:
        return f"its canonical key was seen in {seen_in}"
    if kept_shard is not None and kept_shard < apart:
        return "its canonical key is that of a task of tasks.apart_from"
    return "its canonical key is that of a task that comes before it"


def _keys_of(shard: int, url: str) -> Keys:
    frame = pl.from_arrow(read_columns(url, Task, [*_RANK, "canonical", "prompt"]))
    assert isinstance(frame, pl.DataFrame)
    placed = frame.with_row_index("row").with_columns(shard=pl.lit(shard, pl.UInt32))
    # Two 64-bit hashes stand for the messages: that any two of a billion prompts meet by chance is one in 10^20.
    hashes = {name: pl.col("prompt").hash(seed) for seed, name in enumerate(_PROMPT)}
    prompts = placed.select(*_PLACE, canonical=pl.col("canonical").hash(), **hashes)
    return Keys(placed.select(TASKS.names()), prompts.select(PROMPTS.names()))
