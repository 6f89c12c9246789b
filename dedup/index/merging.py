"""Upkeep, by the one who holds the index: what a killed process left is removed, and many entries become one."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from dedup.index.cut import sorted_by_key
from dedup.index.entries import ENTRIES, PARTS, Entry, all_entries, begin, mending, read_entries
from dedup.index.hashes import SCHEMA, rows_with_prefix, write_sorted
from dedup.index.keys import parts_for
from dedup.index.vectors import all_documents, write_documents
from pipeline.store.files import remove, sizes, sweep


def made_ready(url: str) -> list[Entry]:
    """The entries of an index, which is made where there is none; what no entry needs any more is removed."""
    begin(url)
    entries = read_entries(url)
    kept = {entry.path for entry in entries}
    for entry in all_entries(url):
        if entry.path not in kept:
            remove(f"{url}/{entry.path}")
    used = {part.path for entry in entries for part in entry.parts}
    for name in sizes(f"{url}/{PARTS}"):
        if f"{PARTS}/{name}" not in used:
            remove(f"{url}/{PARTS}/{name}")
    for folder in (url, f"{url}/{ENTRIES}", f"{url}/{PARTS}"):
        sweep(folder)
    return entries


def merged(url: str, entries: Sequence[Entry], part_rows: int, group_rows: int) -> Entry:
    """One entry that says what these say, its parts written. In memory is one part at a time."""
    rows = sum(part.rows for entry in entries for part in entry.keys)
    count = max(parts_for(rows, part_rows), *(len(entry.keys) for entry in entries))
    keys = (
        sorted_by_key(pa.concat_tables([SCHEMA.empty_table(), *_rows_of(url, entries, number, count)]))
        for number in range(count)
    )
    return Entry(
        batches=tuple(batch for entry in entries for batch in entry.batches),
        keys=tuple(write_sorted(url, table, group_rows) for table in keys),
        documents=write_documents(url, _documents_of(url, entries)),
        encoder=next((entry.encoder for entry in entries if entry.encoder), ""),
    )


def _rows_of(url: str, entries: Sequence[Entry], number: int, count: int) -> Iterator[pa.Table]:
    for entry, before in zip(entries, _batches_before(entries), strict=True):
        with mending(url, entry):
            for table in rows_with_prefix(url, entry, number, count):
                yield _moved(table, before)


def _documents_of(url: str, entries: Sequence[Entry]) -> Iterator[pa.Table]:
    for entry, before in zip(entries, _batches_before(entries), strict=True):
        with mending(url, entry):
            for table in all_documents(url, entry):
                yield _moved(table, before)


def _batches_before(entries: Sequence[Entry]) -> list[int]:
    return [0, *np.cumsum([len(entry.batches) for entry in entries])[:-1].tolist()]


def _moved(table: pa.Table, before: int) -> pa.Table:
    """The rows with the places of their batches in the merged entry."""
    place = table.schema.get_field_index("batch")
    batches = pa.array(table["batch"].to_numpy() + np.uint32(before), pa.uint32())
    return table.set_column(place, table.schema.field(place), batches)
