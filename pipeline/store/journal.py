"""The journal of a shard in work: expensive rows are on disk batch by batch before the shard is whole.

The name of a part ends with the beginning of its SHA-256, so that a part with other bytes is known for damaged.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from pipeline.store.failures import DamageError
from pipeline.store.files import read_whole, remove, sizes, write_whole
from pipeline.store.shard import shard_bytes, table_of
from schemas import from_table

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

JOURNALS = "_journal"
_PART = ".parquet"
_DIGITS = 12


@dataclass(frozen=True)
class Journal(Generic[RecordT]):
    """Numbered parts of one shard, each written whole.

    Whoever may write beside others, such as a worker that is taken for dead and lives, has a name as `writer`, which no
    other has: then no part is ever written over. What two of them made twice is there twice.
    """

    url: str
    record: type[RecordT]
    writer: str = ""

    def append(self, rows: Iterable[RecordT]) -> None:
        """The rows are on disk when this returns; a crash before leaves none of them."""
        data, count = shard_bytes(list(rows), self.record)
        if count:
            named = f"-{self.writer}" if self.writer else ""
            write_whole(f"{self.url}/{self._parts_written():05}{named}-{_short_hash(data)}{_PART}", data)

    def records(self) -> list[RecordT]:
        """Every row appended so far, in order. A part that is damaged counts as never written: it will be made anew."""
        found: list[RecordT] = []
        for name in self._parts():
            try:
                found += self._rows(name)
            except DamageError:
                continue
        return found

    def damaged(self) -> list[str]:
        """The names of the parts that can't be read, or are not as they were written."""
        found: list[str] = []
        for name in self._parts():
            try:
                self._rows(name)
            except DamageError:
                found.append(name)
        return found

    def clear(self) -> None:
        remove(self.url)

    def _rows(self, name: str) -> list[RecordT]:
        url = f"{self.url}/{name}"
        data = read_whole(url)
        if name.removesuffix(_PART).rpartition("-")[2] != _short_hash(data):
            raise DamageError(f"{url} is damaged: its name ends with the hash of other bytes")
        return from_table(table_of(data, self.record, url), self.record)

    def _parts_written(self) -> int:
        return max((int(name.removesuffix(_PART).partition("-")[0]) + 1 for name in self._parts()), default=0)

    def _parts(self) -> list[str]:
        return [name for name in sizes(self.url) if name.endswith(_PART)]


def _short_hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
