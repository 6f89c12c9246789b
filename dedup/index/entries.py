"""What an index has: one small file an entry, written when all of its parts are there: a reader sees whole ones.

    INDEX/index.json            the version of the format
    INDEX/entries/<name>.json   an entry: its batches and its parts
    INDEX/parts/<name>.parquet  a part, named by its hash

An entry is a batch that a run added, or several that were merged. A batch is known by its source, which is the same
for whatever replaces it, and by what it was made of. What was replaced stays: a run that has seen it may go on.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import msgspec
from msgspec import Meta

from dedup.index.failures import IndexFailure
from pipeline.store.checked import checked, with_check
from pipeline.store.failures import DamageError
from pipeline.store.files import LOCK, read_each, read_whole, sizes, subfolders, write_whole
from schemas import jsontext

FORMAT = 1
FILE, ENTRIES, PARTS = "index.json", "entries", "parts"

_Name = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]  # a name, never a way out of the folder


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one run added. `number` counts the additions to the index, so of two batches the older has the lower;
    `texts` is the version of the text keys among its keys, "" where all are canonical."""

    source: _Name
    content: _Name
    title: str
    number: int
    keys: int
    documents: int = 0
    texts: str = ""

    @property
    def name(self) -> str:
        return f"{self.source}-{self.content}"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One Parquet file: how it is read in places, and what is read of it checked.

    `footer` is the length of its end, which says where the rest is, and that one's CRC-32; `filters` are the CRC-32s
    of the Bloom filters, one a row group: Parquet has checksums for its pages alone.
    """

    sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    rows: int
    bytes: int
    footer: tuple[int, int]
    filters: tuple[int, ...] = ()

    @property
    def path(self) -> str:
        return f"{PARTS}/{self.sha256}.parquet"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Batches whose rows stand together: `keys` are parts by prefix, of 2^k in all; `documents` have vectors of the
    `encoder`, its name and revision."""

    batches: tuple[Batch, ...]
    keys: tuple[Part, ...]
    documents: tuple[Part, ...] = ()
    encoder: str = ""

    @property
    def path(self) -> str:
        return f"{ENTRIES}/{jsontext.digest(self.names)}.json"

    @property
    def names(self) -> list[str]:
        """Of its batches, in their order."""
        return [batch.name for batch in self.batches]

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.keys, *self.documents)


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    taskmill_index: int


def begin(url: str) -> None:
    """Makes an empty index where there is none. Raises as `begun` does."""
    if not begun(url):
        write_whole(f"{url}/{FILE}", jsontext.encoded(with_check(_Head(taskmill_index=FORMAT))) + b"\n")


def begun(url: str) -> bool:
    """Whether an index is there, and not nothing. Raises IndexFailure for anything else."""
    if is_index(url):
        return True
    if others := {*sizes(url), *subfolders(url)} - {LOCK, FILE, ENTRIES, PARTS}:
        raise IndexFailure(f"{url} is not an index and not empty (it has {min(others)}): choose another folder")
    return False


def is_index(url: str) -> bool:
    """Whether an index is there. Raises IndexFailure for a newer or damaged one, and for a file."""
    try:
        head = checked(read_whole(f"{url}/{FILE}"), _Head)
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise IndexFailure(f"{url} is a file, and an index is a folder: choose another one") from None
    except msgspec.DecodeError as problem:
        raise IndexFailure(
            f"{url}/{FILE} is not an index's, or damaged ({problem}): delete this one file, and the next run that adds "
            "to the index writes it anew; or choose another folder"
        ) from None
    if head.taskmill_index > FORMAT:
        raise IndexFailure(f"{url} was made by a newer taskmill (index format {head.taskmill_index}): update taskmill")
    return True


def read_entries(url: str) -> list[Entry]:
    """The entries, the oldest first, without those that were merged into others. Raises IndexFailure, StoreError."""
    whole: list[Entry] = []
    held: set[str] = set()
    for entry in sorted(all_entries(url), key=lambda each: -len(each.batches)):
        if not held.issuperset(entry.names):
            whole.append(entry)
            held.update(entry.names)
    return sorted(whole, key=lambda each: min(batch.number for batch in each.batches))


def all_entries(url: str) -> list[Entry]:
    """What `read_entries` says, with the remains of a merge that was cut short. Raises as that one does."""
    if not is_index(url):
        return []
    while True:
        names = [name for name in sizes(f"{url}/{ENTRIES}") if name.endswith(".json")]
        found = read_each(f"{url}/{ENTRIES}", names)
        if None not in found.values():  # else one was merged between the list and the reading, into one not in the list
            return [_decoded(f"{url}/{ENTRIES}/{name}", data) for name, data in found.items() if data is not None]


def is_whole(url: str, entry: Entry) -> bool:
    """Whether all its parts are there, by their sizes."""
    there = sizes(f"{url}/{PARTS}")
    return all(there.get(part.path.removeprefix(f"{PARTS}/")) == part.bytes for part in entry.parts)


@contextmanager
def mending(url: str, entry: Entry) -> Iterator[None]:
    """What is damaged or gone is DamageError, which says how it is mended."""
    try:
        yield
    except DamageError as problem:
        runs = ", ".join(sorted({batch.title for batch in entry.batches}))
        raise DamageError(
            f"{problem}: delete {url}/{entry.path}, then `taskmill index add` what it was made of again: {runs}"
        ) from problem


def write_entry(url: str, entry: Entry) -> None:
    write_whole(f"{url}/{entry.path}", jsontext.encoded(with_check(entry)) + b"\n")


def current(entries: Sequence[Entry]) -> list[Batch]:
    """The batches that none of the same source has replaced, the oldest first."""
    latest: dict[str, Batch] = {}
    for batch in sorted((batch for entry in entries for batch in entry.batches), key=lambda batch: batch.number):
        latest[batch.source] = batch
    return sorted(latest.values(), key=lambda batch: batch.number)


def _decoded(url: str, data: bytes) -> Entry:
    try:
        return checked(data, Entry)
    except msgspec.DecodeError as problem:
        raise DamageError(
            f"{url} is damaged ({problem}): delete it, then `taskmill index add` the runs that `taskmill index` no "
            "longer shows"
        ) from None
