"""Tables that pass from one step to the next: Parquet files in the run's folder, each written whole."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.files import read_whole, size, write_whole


def there(url: str) -> bool:
    """Whether a piece is written."""
    return size(url) is not None


def write_piece(url: str, table: pa.Table | Mapping[str, Any]) -> None:
    """Writes a piece. Raises StoreError."""
    sink = pa.BufferOutputStream()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(dict(table)), sink, compression="lz4")
    write_whole(url, sink.getvalue().to_pybytes())


def read_piece(url: str, columns: Sequence[str] | None = None) -> pa.Table:
    """A piece, or some of its columns. Raises FileNotFoundError."""
    # Without threads: after a read with them a process may abort as it ends (apache/arrow#34314).
    file = pq.ParquetFile(pa.BufferReader(read_whole(url)))
    return file.read(columns=None if columns is None else list(columns), use_threads=False)


def frame_of(table: pa.Table) -> pl.DataFrame:
    """The same rows for polars."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame
