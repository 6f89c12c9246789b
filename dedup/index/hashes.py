"""Keys in an entry: sorted parts by prefix, and which of many wanted keys are there."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.index.cut import parts_by_prefix
from dedup.index.entries import Entry, Part
from dedup.index.keys import KEY, Keys, of_column, packed, part_of, parts_for, unpacked
from dedup.index.parts import OpenPart, opened, write_part

SCHEMA = pa.schema(
    [
        pa.field("key", KEY, nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("batch", pa.uint32(), nullable=False),
    ]
)
"""A key, the id of the first task that had it in its batch, and the batch's place in the entry."""

Found = tuple[npt.NDArray[np.int64], pa.Table]
"""Places among the wanted keys, and the rows of `id` and `batch` that have them, one for one."""


def write_keys(url: str, tables: Iterable[pa.Table], rows: int, part_rows: int, group_rows: int) -> tuple[Part, ...]:
    """The parts of tables of SCHEMA, with `rows` of them in all, about `part_rows` in each; of equal keys of one batch
    the first stays."""
    sorted_ones = parts_by_prefix(tables, parts_for(rows, part_rows))
    return tuple(write_sorted(url, _each_once(table), group_rows) for table in sorted_ones)


def write_sorted(url: str, table: pa.Table, group_rows: int) -> Part:
    """A part of a sorted table of SCHEMA."""
    ids = packed(table["id"].combine_chunks())
    return write_part(url, table.set_column(1, "id", ids), group_rows, filtered="key")


def find(url: str, entry: Entry, wanted: Keys) -> Iterator[Found]:
    """The rows that have one of the wanted keys, which are sorted; one row group in memory at a time."""
    edges = np.searchsorted(part_of(wanted, len(entry.keys)), np.arange(len(entry.keys) + 1))
    for part, start, stop in zip(entry.keys, edges[:-1], edges[1:], strict=True):
        if part.rows and start < stop:
            with opened(url, part) as file:
                for group in file.groups():
                    for places, rows in _find_in(file, group, wanted[start:stop]):
                        yield places + start, rows


def rows_with_prefix(url: str, entry: Entry, number: int, parts: int) -> Iterator[pa.Table]:
    """The rows of an entry that are in one of so many parts; `parts` is no less than the entry has itself."""
    own = entry.keys[number * len(entry.keys) // parts]
    if not own.rows:
        return
    with opened(url, own) as file:
        for group in file.groups():
            first, last = part_of(np.array(file.span(group), dtype="S16"), parts)
            if first <= number <= last:
                table = file.read(group, SCHEMA.names)
                own = table.filter(pa.array(part_of(of_column(table["key"]), parts) == number))
                yield own.set_column(1, SCHEMA.field("id"), _texts(own["id"]))


def _find_in(file: OpenPart, group: int, wanted: Keys) -> Iterator[Found]:
    first, last = np.array(file.span(group), dtype="S16")
    start, stop = np.searchsorted(wanted, first, "left"), np.searchsorted(wanted, last, "right")
    if start == stop:
        return
    places = start + np.flatnonzero(file.may_hold(group, wanted[start:stop]))
    if not len(places):
        return
    there = of_column(file.read(group, ["key"])["key"])
    left, right = (np.searchsorted(there, wanted[places], side) for side in ("left", "right"))
    counts = right - left
    if not counts.any():
        return
    rows = np.repeat(left - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    found = file.read(group, ["id", "batch"]).take(rows)
    yield np.repeat(places, counts), found.set_column(0, SCHEMA.field("id"), _texts(found["id"]))


def _texts(ids: pa.ChunkedArray) -> pa.Array:
    return unpacked(ids.combine_chunks())


def _each_once(table: pa.Table) -> pa.Table:
    """A sorted table without the rows that repeat the key and batch of the one before."""
    if table.num_rows < 2:
        return table
    keys, batches = of_column(table["key"]), table["batch"].to_numpy()
    again = (keys[1:] == keys[:-1]) & (batches[1:] == batches[:-1])
    return table.filter(pa.array(np.append(True, ~again))) if again.any() else table


def keyed(keys: pa.Array, ids: pa.Array | pa.ChunkedArray) -> pa.Table:
    """A table of SCHEMA, of the only batch of its entry."""
    return pa.table([keys, ids, pa.repeat(pa.scalar(0, pa.uint32()), len(keys))], schema=SCHEMA)
