"""Tables of any size cut into parts of a bounded one: keys by prefix and sorted, documents as they come."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa

from dedup.index.keys import Keys, of_column, part_of

_SPILLED_ROWS = 1 << 18  # gathered before they are written to the parts' files: few writes, each of many rows


def parts_by_prefix(tables: Iterable[pa.Table], parts: int) -> Iterator[pa.Table]:
    """The rows of the tables, whose first column are keys, in so many parts, each sorted by key; equal keys stay in
    the order they came. In memory are one part and a few tables: the rows pass through a scratch folder."""
    if parts == 1:
        yield sorted_by_key(pa.concat_tables(tables))
        return
    with tempfile.TemporaryDirectory(prefix="taskmill-index-") as scratch:
        paths = [Path(scratch, f"{part}.arrows") for part in range(parts)]
        with ExitStack() as stack:
            writers: list[pa.RecordBatchStreamWriter] = []
            for table in regrouped(tables, _SPILLED_ROWS):
                if not writers:
                    writers += [stack.enter_context(pa.ipc.new_stream(str(path), table.schema)) for path in paths]
                places = part_of(of_column(table.column(0)), parts)
                for part, writer in enumerate(writers):
                    writer.write_table(table.take(np.flatnonzero(places == part)))
        for path in paths:
            with pa.memory_map(str(path)) as source:
                yield sorted_by_key(pa.ipc.open_stream(source).read_all())
            path.unlink()


def regrouped(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The rows of the tables in order, so many at a time, the last ones fewer."""
    waiting: list[pa.Table] = []
    held = 0
    for table in tables:
        while held + table.num_rows >= rows:
            room = rows - held
            yield pa.concat_tables([*waiting, table.slice(0, room)])
            waiting, held, table = [], 0, table.slice(room)
        if table.num_rows:
            waiting.append(table)
            held += table.num_rows
    if held:
        yield pa.concat_tables(waiting)


def sorted_by_key(table: pa.Table) -> pa.Table:
    return table.take(order_of(of_column(table.column(0))))


def order_of(keys: Keys) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.argsort(keys, kind="stable")
