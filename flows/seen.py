"""The problems of former runs, from the index that a config names (`dedup.index`), and this run's own put into it.

A run asks the index as it was when it first asked, whatever has been added since: which tasks stay does not depend on
when a run was stopped and gone on with.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import polars as pl
import pyarrow as pa

from dedup.index import Index, open_index
from flows.config import RunConfig
from pipeline.store import Run, Stage, StoreError, read_columns
from pipeline.store.checked import checked, with_check
from pipeline.store.files import absolute, read_whole, write_whole
from schemas import Task, jsontext

FILE = "seen.json"


@dataclass(frozen=True)
class FormerRuns:
    """Batches of an index; one of `dedup.exact.Known`."""

    index: Index
    batches: tuple[str, ...]

    @property
    def key(self) -> object:
        return self.batches

    def __call__(self, canonical: pl.Series) -> pl.DataFrame:
        found = self.index.seen(canonical.to_arrow(compat_level=pl.CompatLevel.oldest()), self.batches)
        titles = self.index.titles() if found.height else {}
        return found.select("place", "id", seen_in=pl.col("batch").replace_strict(titles, return_dtype=pl.String))


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a run that says which batches of which index it asks."""

    index: str
    batches: tuple[str, ...]


def former_runs(run: Run, config: RunConfig) -> FormerRuns | None:
    """What the index had when the run first asked, without what this run itself put there; None without an index.

    Raises IndexFailure, StoreError.
    """
    if not config.dedup.index:
        return None
    index, place = open_index(config.dedup.index), f"{run.url}/{FILE}"
    try:
        asked = checked(read_whole(place), _Asked)
    except FileNotFoundError:
        asked = None
    except msgspec.DecodeError as problem:
        raise StoreError(
            f"{place} is damaged ({problem}): delete it, and the run asks the index as it is now; what was compared "
            "with it before is then made anew"
        ) from None
    if asked is None or asked.index != index.url:
        asked = _Asked(index=index.url, batches=index.snapshot(but=_source(run)))
        write_whole(place, jsontext.encoded(with_check(asked)) + b"\n")
    return FormerRuns(index, asked.batches)


def put_into_index(run: Run, config: RunConfig, unique: Stage[Task]) -> None:
    """Adds the run's unique tasks to the index that its config names, in place of those that it had there before."""
    if config.dedup.index:
        shards = unique.shards()
        made_of = [info.sha256 for info in shards]
        rows = sum(info.rows for info in shards)
        open_index(config.dedup.index).add(_source(run), f"run {config.name}", made_of, _keys(unique), rows)


def _keys(unique: Stage[Task]) -> Iterator[tuple[pa.ChunkedArray, pa.ChunkedArray]]:
    for info in unique.shards():
        table = read_columns(unique.path(info.shard), Task, ["canonical", "id"])
        yield table["canonical"], table["id"]


def _source(run: Run) -> str:
    return jsontext.digest("run", absolute(run.url))
