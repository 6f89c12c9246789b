"""Parts: Parquet files that are written whole, named by their hash, and read in places, each checked as it is read."""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dedup.index.bloom import may_hold
from dedup.index.entries import Part
from dedup.index.keys import Keys
from pipeline.store.failures import DamageError
from pipeline.store.files import at, sha256, size, write_whole


def write_part(url: str, table: pa.Table, rows_of_a_group: int, filtered: str = "") -> Part:
    """Writes a table as a part of the index at `url`; `filtered` is a column that gets Bloom filters.

    Keys and vectors are as good as random and are not compressed.
    """
    dense = [name for name in table.column_names if _is_dense(table.schema.field(name).type)]
    options: dict[str, Any] = {
        "compression": {name: "none" if name in dense else "zstd" for name in table.column_names},
        "use_dictionary": ["batch"],
        "write_page_checksum": True,
        "bloom_filter_options": {filtered: {"ndv": rows_of_a_group, "fpp": 0.01}} if filtered else None,
    }
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, **options) as writer:
        writer.write_table(table.combine_chunks(), row_group_size=rows_of_a_group)
    data = sink.getvalue()
    view = memoryview(data)
    end = int.from_bytes(view[-8:-4], "little") + 8
    spans = _filter_spans(pq.read_metadata(pa.BufferReader(data))) if filtered else []
    part = Part(
        sha256=hashlib.sha256(view).hexdigest(),
        rows=table.num_rows,
        bytes=len(view),
        footer=(end, zlib.crc32(view[-end:])),
        filters=tuple(zlib.crc32(view[start:stop]) for start, stop in spans),
    )
    if size(f"{url}/{part.path}") != part.bytes or sha256(f"{url}/{part.path}") != part.sha256:
        write_whole(f"{url}/{part.path}", bytes(view))
    return part


class OpenPart:
    """A part that is being read; close it by `opened`."""

    def __init__(self, url: str, part: Part, file: Any) -> None:
        self.url = f"{url}/{part.path}"
        self._part, self._bytes = part, file
        length, check = part.footer
        footer = self._range(part.bytes - length, part.bytes, check)
        self.metadata = pq.read_metadata(pa.BufferReader(footer))
        self._file = pq.ParquetFile(file, metadata=self.metadata, page_checksum_verification=True)

    def groups(self) -> range:
        return range(self.metadata.num_row_groups)

    def span(self, group: int) -> tuple[bytes, bytes]:
        """The lowest and the highest of the first column in a row group."""
        statistics = self.metadata.row_group(group).column(0).statistics
        return statistics.min, statistics.max

    def may_hold(self, group: int, keys: Keys) -> Any:
        """Whether each key may be in the row group's first column; False is certain."""
        start, stop = _filter_spans(self.metadata)[group]
        return may_hold(self._range(start, stop, self._part.filters[group]), keys)

    def read(self, group: int, columns: Sequence[str]) -> pa.Table:
        return self._file.read_row_group(group, columns=list(columns), use_threads=False)

    def _range(self, start: int, stop: int, check: int) -> bytes:
        self._bytes.seek(start)
        data: bytes = self._bytes.read(stop - start)
        if zlib.crc32(data) != check:
            raise DamageError(f"{self.url} is damaged (a checksum is of other bytes)")
        return data


@contextmanager
def opened(url: str, part: Part) -> Iterator[OpenPart]:
    """Raises DamageError, where the part is gone too."""
    place = f"{url}/{part.path}"
    with at(place) as (fs, path):
        try:
            with fs.open(path, "rb", cache_type="none") as file:  # whoever reads knows which bytes
                yield OpenPart(url, part, file)
        except FileNotFoundError:
            raise DamageError(f"{place} is gone") from None
        except (pa.ArrowException, OSError) as problem:
            raise DamageError(f"{place} is damaged ({problem})") from problem


def _filter_spans(metadata: pq.FileMetaData) -> list[tuple[int, int]]:
    columns = [metadata.row_group(group).column(0) for group in range(metadata.num_row_groups)]
    return [(each.bloom_filter_offset, each.bloom_filter_offset + each.bloom_filter_length) for each in columns]


def _is_dense(kind: pa.DataType) -> bool:
    return bool(pa.types.is_fixed_size_binary(kind) or pa.types.is_fixed_size_list(kind))
