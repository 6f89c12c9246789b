"""One shard: records or a table to Parquet bytes, the same for the same rows, and back; reading shards by path."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.failures import DamageError, StoreError
from pipeline.store.files import absolute, at, read_whole, sizes, subfolders
from pipeline.store.manifest import SEALED, read_sealed
from schemas import SchemaError, from_table, to_table, upgraded

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

# A fixed number, so that equal rows are equal bytes however the table came about: a row group of tasks is 1 to 2 MB,
# one of rollouts of 500 tokens about 8 MB, and a streaming reader holds one at a time.
_ROWS_PER_GROUP = 1_000


def read_shards(sources: str | Sequence[str], record: type[RecordT]) -> Iterator[RecordT]:
    """The records of Parquet files, in order, one row group in memory at a time.

    A source is a file, a glob, a folder of Parquet files, or a stage's folder (its sealed shards). Raises StoreError
    where there is nothing or a file is damaged, SchemaError (with the file's name) where a version does not fit.
    """
    for url in shard_urls(sources):
        for table in read_row_groups(url, record):
            yield from from_table(table, record)


def shard_urls(sources: str | Sequence[str]) -> list[str]:
    """The Parquet files that the sources name, in the order given; what a glob or folder holds is sorted by name."""
    given = [sources] if isinstance(sources, str) else sources
    return [url for source in given for url in _files_of(source)]


def read_row_groups(url: str, record: type[RecordT]) -> Iterator[pa.Table]:
    """The row groups of one shard, at today's schema version, extra columns kept. Raises StoreError, SchemaError."""
    yield from _read_from(_fetched(url), record, url)


def read_shard(url: str, record: type[RecordT]) -> pa.Table:
    """All rows of one shard as a table. Raises StoreError, SchemaError."""
    return pa.concat_tables(read_row_groups(url, record))


def table_of(data: bytes, record: type[RecordT], url: str) -> pa.Table:
    """All rows of a shard whose bytes were read from `url`. Raises DamageError, SchemaError."""
    return pa.concat_tables(_read_from(data, record, url))


def footer_of(data: bytes) -> bytes:
    """The end of a shard, which says where its row groups are: a cut shard with it behind it can be read again."""
    return data[-8 - int.from_bytes(data[-8:-4], "little") :]


def readable_rows(url: str, record: type[RecordT], footer: bytes = b"") -> list[RecordT]:
    """The rows of a damaged shard whose row groups can be read, with their checksums right, in order.

    `footer` is the one the shard was written with, where it was kept.
    """
    data = _fetched(url)
    return (_readable(data + footer, record, url) if footer else []) or _readable(data, record, url)


def _readable(data: bytes, record: type[RecordT], url: str) -> list[RecordT]:
    try:
        file = _opened(data)
    except (pa.ArrowException, OSError):
        return []
    rows: list[RecordT] = []
    for group in range(file.num_row_groups):
        try:
            rows += from_table(_aligned(file.read_row_group(group, use_threads=False), record, url), record)
        except (pa.ArrowException, OSError, SchemaError):
            continue
    return rows


def read_columns(url: str, record: type[RecordT], columns: Sequence[str]) -> pa.Table:
    """Some of the record's columns of one shard; only they are decoded. Raises StoreError, SchemaError."""
    data = _fetched(url)
    with _told_of_damage(url):
        file = _opened(data)
        aligned = _aligned(file.schema_arrow.empty_table(), record, url)
        if aligned.schema.metadata == file.schema_arrow.metadata:
            return file.read(columns=list(columns), use_threads=False).select(columns)
    return read_shard(url, record).select(columns)  # of an older version, or a record that extends this one


def shard_bytes(rows: Iterable[RecordT] | pa.Table, record: type[RecordT]) -> tuple[bytes, int]:
    """Parquet bytes and the number of rows. A table may have columns beyond the record's; they are kept, after it."""
    table = _aligned(rows, record, "this table") if isinstance(rows, pa.Table) else to_table(rows, record)
    return parquet_bytes(table), table.num_rows


def parquet_bytes(table: pa.Table) -> bytes:
    """Parquet bytes of a table of any columns, the same for the same rows."""
    sink = pa.BufferOutputStream()
    settings = {"compression_level": 3, "write_page_index": True, "write_page_checksum": True}
    with pq.ParquetWriter(sink, table.schema, compression="zstd", **settings) as writer:
        if table.num_rows:  # a row group without rows is more than `datasets` can read
            writer.write_table(table.combine_chunks(), row_group_size=_ROWS_PER_GROUP)  # chunk borders show in pages
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _fetched(url: str) -> bytes:
    try:
        return read_whole(url)
    except FileNotFoundError as error:
        raise StoreError(f"{url} is not there: run again, and only this shard is made anew") from error


@contextmanager
def _told_of_damage(url: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise DamageError(
            f"{url} is damaged ({error}): start the run that made it again, which keeps it aside and makes it anew"
        ) from error


def _read_from(data: bytes, record: type[RecordT], url: str) -> Iterator[pa.Table]:
    with _told_of_damage(url):
        yield from (_aligned(table, record, url) for table in _row_groups(_opened(data)))


def _opened(data: bytes) -> pq.ParquetFile:
    return pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)


def _row_groups(file: pq.ParquetFile) -> Iterator[pa.Table]:
    # Without threads: after a read with them a process may abort as it ends (apache/arrow#34314), a quarter of the
    # times where polars is loaded too. Shards are read side by side by workers anyway.
    if file.num_row_groups == 0:  # a shard without rows still has a schema to check
        yield file.read(use_threads=False)
    for group in range(file.num_row_groups):
        yield file.read_row_group(group, use_threads=False)


def _aligned(table: pa.Table, record: type[RecordT], where: str) -> pa.Table:
    try:
        lifted = upgraded(table, record)
    except (ValueError, pa.ArrowException) as error:  # a version, a column, a type or an empty cell that does not fit
        raise SchemaError(f"{where}: {error}") from error
    for name in table.column_names:
        if name not in lifted.column_names:
            lifted = lifted.append_column(table.schema.field(name), table[name])
    return lifted


def _files_of(source: str) -> list[str]:
    if any(mark in source for mark in "*?["):
        with at(source) as (fs, pattern):
            found = [absolute(str(fs.unstrip_protocol(path))) for path in sorted(fs.glob(pattern))]
        if not found:
            raise StoreError(f"nothing matches {source}")
        return [url for match in found for url in _files_of(match)]
    url = absolute(source)
    if url.endswith(".parquet"):
        return [url]
    files = sizes(url)
    if SEALED in files:
        sealed = read_sealed(url)
        return [f"{url}/{sealed.key}/{info.file}" for info in sealed.shards]
    if found := [f"{url}/{name}" for name in files if name.endswith(".parquet")]:
        return found
    if "run.json" in files:
        stages = [name for name in subfolders(url) if SEALED in sizes(f"{url}/{name}")]
        raise StoreError(f"{source} is a run: name one of its stages ({', '.join(stages) or 'none is finished yet'})")
    raise StoreError(f"{source} has no Parquet files")
