"""The journal of a shard in work: expensive rows are on disk batch by batch before the shard is whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from pipeline.store.files import StoreError, remove, sizes, write_whole
from pipeline.store.shard import read_shard, shard_bytes
from schemas import from_table

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

JOURNALS = "_journal"
_PART = ".parquet"


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
            write_whole(f"{self.url}/{self._parts_written():05}{named}{_PART}", data)

    def records(self) -> list[RecordT]:
        """Every row appended so far, in order. A part that is damaged counts as never written: it will be made anew."""
        found: list[RecordT] = []
        for name in self._parts():
            try:
                found += from_table(read_shard(f"{self.url}/{name}", self.record), self.record)
            except StoreError:
                continue
        return found

    def clear(self) -> None:
        remove(self.url)

    def _parts_written(self) -> int:
        return max((int(name.removesuffix(_PART).partition("-")[0]) + 1 for name in self._parts()), default=0)

    def _parts(self) -> list[str]:
        return [name for name in sizes(self.url) if name.endswith(_PART)]
