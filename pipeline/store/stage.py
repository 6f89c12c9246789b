"""A stage of a run: numbered Parquet shards under one key, each made once and whole."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar
from uuid import uuid4

import msgspec
import pyarrow as pa

from pipeline.store import damage, files, manifest
from pipeline.store.failures import StoreError
from pipeline.store.journal import JOURNALS, Journal
from pipeline.store.manifest import SealedStage, ShardInfo
from pipeline.store.shard import footer_of, read_row_groups, read_shard, readable_rows, shard_bytes
from schemas import from_table
from schemas.arrow import version_of

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

FOOTERS = "_footers"


class Prepared(NamedTuple):
    """A shard that is written aside: what the manifest will say of it, where its bytes are, and how they end, where
    they were paid for. Picklable."""

    info: ShardInfo
    url: str
    footer: bytes


@dataclass(frozen=True)
class Stage(Generic[RecordT]):
    """Shards 0 to count - 1 of one record type. Picklable: send it to any process or host and write from there.

    The folder is `<run>/<name>/<key>/`: `00000.parquet`, …, `_manifest/00000.json`, …, and `_journal/` while a shard
    is in work. Other keys' folders beside it are results of other configs or code versions and are never touched.
    One worker writes a shard at a time; several may prepare it. `_damaged/` keeps what was found damaged; of rows that
    were `paid` for, those that can still be read go back into the shard's journal, and `_footers/` keeps what is needed
    to read a shard that lost its end.
    """

    run_url: str
    name: str
    key: str
    record: type[RecordT]
    count: int
    paid: bool = False

    @property
    def url(self) -> str:
        return f"{self.run_url}/{self.name}/{self.key}"

    def has(self, shard: int) -> bool:
        """Whether the shard is in the manifest and its file has the size that stands there."""
        return manifest.entry(self.url, self._checked(shard)) is not None

    def missing(self) -> list[int]:
        """The shards still to be written."""
        there = {info.shard for info in self.shards()}
        return [shard for shard in range(self.count) if shard not in there]

    def outdated(self, inputs: Mapping[int, Sequence[str]]) -> list[int]:
        """Those of the shards given that are still to be written, or were made from other inputs than those given."""
        there = {info.shard: info.inputs for info in self.shards()}
        return [shard for shard, wanted in inputs.items() if there.get(shard) != tuple(wanted)]

    def write(self, shard: int, rows: Iterable[RecordT] | pa.Table, inputs: Sequence[str] = ()) -> ShardInfo:
        """Writes a shard whole, enters it in the manifest, and drops its journal.

        `rows` are records, or a table with at least the record's columns (extra ones are kept after them). `inputs`
        name what it was made from, e.g. `ShardInfo.sha256` of the shards read. A crash at any instant leaves the
        shard whole or not in the manifest.
        """
        data, info = self._made(shard, rows, inputs)
        files.write_whole(f"{self.url}/{info.file}", data)
        self._enter(info, self._footer(data))
        return info

    def prepare(self, shard: int, rows: Iterable[RecordT] | pa.Table, inputs: Sequence[str] = ()) -> Prepared:
        """Writes a shard's bytes aside, beside its journal, for `commit`; they are not the shard yet.

        So any number may be at work on one shard, even one that is taken for dead: whoever holds the run makes one of
        their results the shard, and the bytes of another never come under its entry.
        """
        data, info = self._made(shard, rows, inputs)
        prepared = Prepared(info, f"{self.journal(shard).url}/{uuid4().hex}.prepared", self._footer(data))
        files.write_whole(prepared.url, data)
        return prepared

    def commit(self, prepared: Prepared) -> ShardInfo:
        """Makes a prepared shard the stage's, as `write` does; called by the one process that holds the run."""
        files.move(prepared.url, f"{self.url}/{prepared.info.file}")
        self._enter(prepared.info, prepared.footer)
        return prepared.info

    def journal(self, shard: int, writer: str = "") -> Journal[RecordT]:
        """Where the rows of a shard in work are kept until it is written; `writer` names who may not be alone there."""
        return Journal(f"{self.url}/{JOURNALS}/{self._checked(shard):05}", self.record, writer)

    def shards(self) -> list[ShardInfo]:
        """The shards that are there, in order."""
        return [info for info in manifest.entries(self.url) if info.shard < self.count]

    def info(self, shard: int) -> ShardInfo:
        """What the manifest says of one shard. Raises StoreError where it is missing."""
        found = manifest.entry(self.url, self._checked(shard))
        if found is None:
            raise StoreError(f"{self.path(shard)}: this shard is not there; start the run again, which makes it")
        return found

    def so_far(self, shard: int) -> list[RecordT]:
        """The records of a shard that is there, and of one in work those in its journal."""
        return from_table(self.read(shard), self.record) if self.has(shard) else self.journal(shard).records()

    def path(self, shard: int) -> str:
        """The URL of a shard's Parquet file."""
        return f"{self.url}/{self._checked(shard):05}.parquet"

    def read(self, shard: int) -> pa.Table:
        """One shard as a table. Raises StoreError where it is missing or damaged, SchemaError for a newer version."""
        return read_shard(self.path(shard), self.record)

    def tables(self) -> Iterator[pa.Table]:
        """The shards that are there as tables, in order."""
        return (self.read(info.shard) for info in self.shards())

    def records(self) -> Iterator[RecordT]:
        """The records of the shards that are there, in order, one row group in memory at a time."""
        for info in self.shards():
            for table in read_row_groups(self.path(info.shard), self.record):
                yield from from_table(table, self.record)

    def seal(self) -> list[ShardInfo]:
        """Writes `<run>/<name>/manifest.json`, which makes this key the stage's current one. Called by one process.

        Raises StoreError while shards are missing.
        """
        if missing := self.missing():
            raise StoreError(
                f"stage {self.name} lacks {len(missing)} of {self.count} shards, the first is {missing[0]}"
            )
        shards = self.shards()
        sealed = SealedStage(
            stage=self.name,
            record=self.record.__name__,
            schema_version=version_of(self.record),
            key=self.key,
            shards=tuple(shards),
        )
        manifest.write_sealed(f"{self.run_url}/{self.name}", sealed)
        return shards

    def verify(self) -> list[str]:
        """The files whose bytes are not those of the manifest."""
        return damage.changed({self.path(info.shard): info.sha256 for info in self.shards()})

    def mend(self) -> None:
        """Sets aside shards, entries and parts of journals that have not the bytes they were written with.

        Then they are missing, and are made anew as shards that never were. Reads every shard once.
        """
        entries = manifest.read_entries(self.url)
        for name, info in entries.items():
            if info is None:
                damage.set_aside(self.url, name)
        sizes = files.sizes(self.url)
        entered = {info.file: info for info in entries.values() if info is not None and info.shard < self.count}
        whole = {f"{self.url}/{name}": info for name, info in entered.items() if sizes.get(name) == info.bytes}
        for url in damage.changed({url: info.sha256 for url, info in whole.items()}):
            del whole[url]
        there = {info.shard for info in whole.values()}
        shards = {f"{shard:05}.parquet": shard for shard in set(range(self.count)).difference(there)}
        for name in shards.keys() & sizes.keys():
            if self.paid:
                self._salvage(shards[name])
            if name in entered:
                damage.set_aside(self.url, name)
        for journal in files.subfolders(f"{self.url}/{JOURNALS}"):
            for part in self.journal(int(journal)).damaged() if int(journal) < self.count else ():
                damage.set_aside(self.url, f"{JOURNALS}/{journal}/{part}")

    def _salvage(self, shard: int) -> None:
        """Puts into the journal what can be read of a damaged shard and is not there; a crash before leaves nothing."""
        journal = self.journal(shard)
        known = set(map(msgspec.msgpack.encode, journal.records()))
        footer = f"{shard:05}"
        kept = files.read_each(f"{self.url}/{FOOTERS}", [footer])[footer] or b""
        rows = readable_rows(self.path(shard), self.record, kept)
        journal.append(row for row in rows if msgspec.msgpack.encode(row) not in known)

    def ignored(self) -> list[str]:
        """The shards of other keys: results of another config or code version, kept and not used."""
        folder = f"{self.run_url}/{self.name}"
        others = [key for key in files.subfolders(folder) if key != self.key]
        return [f"{folder}/{key}/{info.file}" for key in others for info in manifest.entries(f"{folder}/{key}")]

    def clean(self) -> None:
        """Removes what dead work left: temporary files, and journals of shards that are written."""
        own = (self.url, *(f"{self.url}/{folder}" for folder in (manifest.ENTRIES, FOOTERS)))
        for folder in (f"{self.run_url}/{self.name}", *own):
            files.sweep(folder)
        written = {f"{info.shard:05}" for info in self.shards()}
        for name in files.subfolders(f"{self.url}/{JOURNALS}"):
            files.sweep(f"{self.url}/{JOURNALS}/{name}")
            if name in written:
                files.remove(f"{self.url}/{JOURNALS}/{name}")

    def _made(self, shard: int, rows: Iterable[RecordT] | pa.Table, inputs: Sequence[str]) -> tuple[bytes, ShardInfo]:
        data, count = shard_bytes(rows, self.record)
        info = ShardInfo(
            shard=self._checked(shard),
            file=f"{shard:05}.parquet",
            rows=count,
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            inputs=tuple(inputs),
        )
        return data, info

    def _footer(self, data: bytes) -> bytes:
        return footer_of(data) if self.paid else b""

    def _enter(self, info: ShardInfo, footer: bytes) -> None:
        if footer:
            files.write_whole(f"{self.url}/{FOOTERS}/{info.shard:05}", footer)
        manifest.enter(self.url, info)
        self.journal(info.shard).clear()

    def _checked(self, shard: int) -> int:
        if not 0 <= shard < self.count:
            raise StoreError(f"stage {self.name} has shards 0 to {self.count - 1}, not {shard}")
        return shard
