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


@dataclass(frozen=True)
class Journal(Generic[RecordT]):
    """Numbered parts of one shard, each written whole; one worker a shard at a time."""

    url: str
    record: type[RecordT]

    def append(self, rows: Iterable[RecordT]) -> None:
        """The rows are on disk when this returns; a crash before leaves none of them."""
        data, count = shard_bytes(list(rows), self.record)
        if count:
            write_whole(f"{self.url}/{self._parts_written():05}.parquet", data)

    def records(self) -> list[RecordT]:
        """Every row appended so far, in order. A part that is damaged counts as never written: it will be made anew."""
        found: list[RecordT] = []
        for name in sizes(self.url):
            try:
                found += from_table(read_shard(f"{self.url}/{name}", self.record), self.record)
            except StoreError:
                continue
        return found

    def clear(self) -> None:
        remove(self.url)

    def _parts_written(self) -> int:
        return max((int(name.split(".")[0]) + 1 for name in sizes(self.url)), default=0)
