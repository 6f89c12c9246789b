"""What comes of it: the rows that stay, as they were, and those that don't, with why."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from flows.distinct.layout import Layout
from flows.distinct.pieces import frame_of, read_piece, write_piece
from flows.distinct.reading import ROW
from flows.distinct.rows import aligned, common
from pipeline.store import ShardInfo, manifest
from pipeline.store.files import write_whole
from pipeline.store.shard import parquet_bytes

STAGES = ("distinct", "removed")


def write_removals(layout: Layout, removals: pl.DataFrame) -> None:
    """Parts the removals (place, kept, kept_id, method, score, reason) by shard, and names what stays as its file does,
    where it has no `kept_id` yet."""
    kept = removals["kept"].drop_nulls().unique().sort().to_numpy()
    ids = []
    for shard in np.unique(kept // layout.shard_size).tolist():
        rows = kept[kept // layout.shard_size == shard] % layout.shard_size
        ids += read_piece(layout.documents(shard), ["id"])["id"].take(pa.array(rows)).to_pylist()
    names = pl.DataFrame({"kept": pl.Series(kept, dtype=pl.Int64), "named": pl.Series(ids, dtype=pl.String)})
    named = removals.join(names, on="kept", how="left").with_columns(kept_id=pl.coalesce("kept_id", "named"))
    for shard in range(layout.shards):
        own = named.filter(pl.col("place") // layout.shard_size == shard).sort("place")
        own = own.with_columns(row=pl.col("place") % layout.shard_size)
        write_piece(layout.removals(shard), own.select("row", "kept_id", "method", "score", "reason").to_arrow())


def schema_of_rows(layout: Layout) -> pa.Schema:
    """The columns of all rows, with what their files say of them."""
    schemas = [read_piece(layout.documents(shard), [ROW]).schema for shard in range(layout.shards)]
    rows = common([pa.schema(list(schema.field(ROW).type)) for schema in schemas])
    return rows.with_metadata(schemas[0].metadata)


def write_outputs(layout: Layout, run: str, key: str, shard: int, schema: pa.Schema) -> None:
    """A shard of either stage; every row of the documents is in one of them, in order.

    Removed ones are in the column `row`, behind id, source, kept_id, method, score and reason.
    """
    documents = read_piece(layout.documents(shard), ["id", "source", ROW])
    removals = frame_of(read_piece(layout.removals(shard)))
    rows = removals["row"].to_numpy()
    stays = np.ones(documents.num_rows, dtype=bool)
    stays[rows] = False
    table = aligned(documents[ROW].combine_chunks(), schema)
    _write(f"{run}/distinct/{key}", shard, table.filter(pa.array(stays)))
    gone = documents.select(["id", "source"]).take(pa.array(rows))
    for name in ("kept_id", "method", "score", "reason"):
        gone = gone.append_column(name, removals[name].to_arrow())
    structs = pa.StructArray.from_arrays(
        [column.combine_chunks() for column in table.take(pa.array(rows)).columns], fields=list(schema)
    )
    _write(f"{run}/removed/{key}", shard, gone.append_column(ROW, structs))


def finished(run: str, key: str, shards: int) -> bool:
    """Whether all shards of both stages are there."""
    return all(len(_there(run, stage, key, shards)) == shards for stage in STAGES)


def seal(run: str, key: str, shards: int) -> None:
    """Makes them the stages' current ones."""
    for stage in STAGES:
        infos = tuple(_there(run, stage, key, shards))
        sealed = manifest.SealedStage(stage=stage, record="Row", schema_version=1, key=key, shards=infos)
        manifest.write_sealed(f"{run}/{stage}", sealed)


def count_of(run: str, key: str, stage: str) -> int:
    """The rows of a stage."""
    return sum(info.rows for info in manifest.entries(f"{run}/{stage}/{key}"))


def removed_rows(run: str, key: str, columns: Sequence[str]) -> Iterable[pa.Table]:
    """The removed rows, some columns of them, shard by shard."""
    return (
        read_piece(f"{run}/removed/{key}/{info.file}", columns) for info in manifest.entries(f"{run}/removed/{key}")
    )


def _there(run: str, stage: str, key: str, shards: int) -> list[ShardInfo]:
    return [info for info in manifest.entries(f"{run}/{stage}/{key}") if info.shard < shards]


def _write(folder: str, shard: int, table: pa.Table) -> None:
    data = parquet_bytes(table)
    name = f"{shard:05}.parquet"
    write_whole(f"{folder}/{name}", data)
    digest = hashlib.sha256(data).hexdigest()
    manifest.enter(folder, ShardInfo(shard=shard, file=name, rows=table.num_rows, bytes=len(data), sha256=digest))
