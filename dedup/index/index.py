"""An index: a folder, at any fsspec URL, of what was seen in all runs so far.

index = open_index("outputs/seen")
batches = index.snapshot()                  # what is there now; a run that keeps it asks the same again
index.seen(keys, batches)                   # which of the keys are there, and in which batch first
index.add(source, title, made_of, keys, n)  # the run's own keys, once they are final

Readers take no lock, and see whole batches or none; who adds or merges has the folder for itself, and others wait.
Nothing is removed that a run may have noted: what is merged or replaced is still found under its name.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa

from dedup.index import hashes
from dedup.index.entries import Batch, Entry, begun, current, is_whole, mending, read_entries, write_entry
from dedup.index.failures import IndexFailure
from dedup.index.keys import Keys, as_column, keys_of
from dedup.index.merging import made_ready, merged
from dedup.index.vectors import Neighbour, Neighbours, nearest, nearest_of, with_vectors, write_documents
from dedup.semantic import Vectors
from pipeline.lock import BusyError, only_one
from pipeline.store.failures import DamageError
from pipeline.store.files import absolute
from schemas import jsontext
from schemas.document import Document

ResultT = TypeVar("ResultT")

_SEEN = {"place": pl.Int64(), "id": pl.String(), "batch": pl.String()}
_WAIT_SECONDS = 0.2
_FOUND = {"row": pl.Int64(), "id": pl.String(), "rank": pl.Int64()}


def open_index(url: str) -> "Index":
    """The index of a folder; one that is not there is empty, and made by the first addition.

    Raises IndexFailure for a folder of other things, an index of a newer taskmill, or one whose head is damaged.
    """
    index = Index(absolute(url))
    begun(index.url)
    return index


class Size(NamedTuple):
    """The files of an index and their bytes, and the encoder of its vectors, "" where it has none."""

    parts: int
    bytes: int
    encoder: str


@dataclass(frozen=True)
class Index:
    """An index by its place. Picklable. `part_rows` and `group_rows` bound what is in memory at once: a part where it
    is added to, a row group where it is read."""

    url: str
    part_rows: int = 1 << 19
    group_rows: int = 1 << 14

    def batches(self) -> list[Batch]:
        """What was added and not replaced since, the oldest first. Raises IndexFailure, StoreError."""
        return current(read_entries(self.url))

    def snapshot(self, but: str = "") -> tuple[str, ...]:
        """The names of these batches, without that of the source `but`."""
        return tuple(batch.name for batch in self.batches() if batch.source != but)

    def size(self) -> Size:
        """How large it is."""
        entries = read_entries(self.url)
        parts = [part for entry in entries for part in entry.parts]
        encoder = next((entry.encoder for entry in entries if entry.encoder), "")
        return Size(len(parts), sum(part.bytes for part in parts), encoder)

    def titles(self) -> dict[str, str]:
        """The title of every batch by name, those that were replaced among them."""
        return {batch.name: batch.title for entry in read_entries(self.url) for batch in entry.batches}

    def refuse_others(self, encoder: str, texts: str, but: str) -> None:
        """Raises IndexFailure where vectors are of another encoder than this, or text keys of another version than
        `texts`; what comes from the source `but` may be. "" stands for none, which goes with any."""
        _refuse_others(self.url, read_entries(self.url), encoder, texts, but)

    def seen(self, keys: pa.Array | pa.ChunkedArray, batches: Sequence[str]) -> pl.DataFrame:
        """Which of the keys, texts of 32 hex digits, are in one of these batches.

        Columns: `place` among the keys, in order, each that was seen once; the `id` and the `batch` that had the key
        first, by the order of `batches`. Raises IndexFailure for other texts and for batches that are not there.
        """
        wanted = keys_of(keys)
        order = np.argsort(wanted, kind="stable")
        ranks = {name: rank for rank, name in enumerate(batches)}
        frames = self._asked(batches, lambda entry: _found(self.url, entry, wanted[order], ranks))
        found = pl.concat([pl.DataFrame(schema=_FOUND), *frames])
        first = found.sort("row", "rank").unique("row", keep="first", maintain_order=True)
        columns = {
            "place": order[first["row"].to_numpy()],
            "id": first["id"],
            "batch": [batches[rank] for rank in first["rank"]],
        }
        return pl.DataFrame(columns, schema=_SEEN).sort("place")

    def near(self, asked: Vectors, encoder: str, batches: Sequence[str], least: float, most: int) -> Neighbours:
        """Of each vector asked the `most` nearest documents of these batches, whose cosine is `least` or more.

        `asked` (N, D) are of length 1 and made by `encoder`, its name and revision. In memory are the vectors asked,
        one row group, and what was found. Raises IndexFailure where the index has vectors of another encoder.
        """
        ranks = {name: rank for rank, name in enumerate(batches)}

        def found(entry: Entry) -> list[Neighbour]:
            _refuse_other_encoder(self.url, entry, encoder)
            return nearest(self.url, entry, ranks, asked, least, most)

        return nearest_of(self._asked(batches, found), most)

    def add(
        self,
        source: str,
        title: str,
        made_of: object,
        keys: Iterable[tuple[pa.Array | pa.ChunkedArray, pa.Array | pa.ChunkedArray]],
        rows: int,
        documents: Iterable[tuple[Sequence[Document], Vectors]] = (),
        encoder: str = "",
        texts: str = "",
    ) -> str:
        """Adds a batch, whole or not at all, and gives its name; what is there already is not read again.

        `source`, 32 hex digits, is the same for what replaces an earlier batch, `title` is for people, and `made_of`
        is any JSON value that tells one content from another. `keys` are texts of 32 hex digits with the ids of their
        tasks, a piece at a time, `rows` of them in all; of equal ones the first stays. `documents` come with their
        vectors, (N, D) of length 1, of the `encoder`, its name and revision; `texts` is the version of the text keys.
        Raises IndexFailure, StoreError.
        """
        with _alone(self.url):
            entries = made_ready(self.url)
            name = f"{source}-{jsontext.digest(made_of, encoder, texts)}"
            number = 1 + max((batch.number for entry in entries for batch in entry.batches), default=0)
            there = next((entry for entry in entries if name in entry.names), None)
            if there is not None and _can_be_read(self.url, there):
                if name not in {batch.name for batch in current(entries)}:
                    write_entry(self.url, _renumbered(there, name, number))
                return name
            _refuse_others(self.url, entries, encoder, texts, source)
            own = (hashes.keyed(as_column(keys_of(texts)), ids) for texts, ids in keys)
            parts = hashes.write_keys(self.url, own, rows, self.part_rows, self.group_rows)
            held = write_documents(self.url, (with_vectors(each, vectors) for each, vectors in documents))
            batch = Batch(
                source=source,
                content=name.partition("-")[2],
                title=title,
                number=number,
                keys=sum(part.rows for part in parts),
                documents=sum(part.rows for part in held),
                texts=texts,
            )
            write_entry(self.url, Entry(batches=(batch,), keys=parts, documents=held, encoder=encoder))
            return name

    def merge(self) -> None:
        """Puts all batches into one entry, so that fewer files are looked into; every answer stays as it is."""
        with _alone(self.url):
            entries = made_ready(self.url)
            if len(entries) > 1:
                write_entry(self.url, merged(self.url, entries, self.part_rows, self.group_rows))
                made_ready(self.url)

    def _asked(self, batches: Sequence[str], ask: Callable[[Entry], ResultT]) -> list[ResultT]:
        """What each entry with one of the batches says; asked again where one was merged since it was read."""
        entries = self._entries(batches)
        while True:
            try:
                return [_answer(self.url, entry, ask) for entry in entries]
            except DamageError:
                before, entries = entries, self._entries(batches)
                if entries == before:
                    raise

    def _entries(self, batches: Sequence[str]) -> list[Entry]:
        wanted = set(batches)
        entries = [entry for entry in read_entries(self.url) if wanted.intersection(entry.names)]
        if missing := wanted.difference(name for entry in entries for name in entry.names):
            raise IndexFailure(
                f"{self.url} has no batch {min(missing)} any more: add the run that it came from with `taskmill index "
                "add`, or begin this run anew with --fresh"
            )
        return entries


def _answer(url: str, entry: Entry, ask: Callable[[Entry], ResultT]) -> ResultT:
    with mending(url, entry):
        return ask(entry)


def _found(url: str, entry: Entry, wanted: Keys, ranks: Mapping[str, int]) -> pl.DataFrame:
    """The rows of `wanted`, sorted keys, that an entry's batches with a rank have."""
    found = list(hashes.find(url, entry, wanted))
    if not found:
        return pl.DataFrame(schema=_FOUND)
    rows, table = np.concatenate([each[0] for each in found]), pa.concat_tables(each[1] for each in found)
    rank = np.array([ranks.get(name, -1) for name in entry.names])[table["batch"].to_numpy()]
    return pl.DataFrame({"row": rows, "id": table["id"], "rank": rank}, schema=_FOUND).filter(pl.col("rank") >= 0)


def _can_be_read(url: str, entry: Entry) -> bool:
    """False for a batch that has to be written anew. Raises DamageError where others are lost with it."""
    if is_whole(url, entry):
        return True
    if len(entry.batches) > 1:
        with mending(url, entry):
            raise DamageError(f"{url}: a part of {entry.path} is cut short or gone")
    return False


def _renumbered(entry: Entry, name: str, number: int) -> Entry:
    """The entry with one batch as if it were added last: what replaced it is replaced by it."""
    batches = [
        msgspec.structs.replace(batch, number=number) if batch.name == name else batch for batch in entry.batches
    ]
    return msgspec.structs.replace(entry, batches=tuple(batches))


def _refuse_others(url: str, entries: Sequence[Entry], encoder: str, texts: str, but: str) -> None:
    batches = [batch for entry in entries for batch in entry.batches if batch.source != but]
    for entry in entries:
        _refuse_other_encoder(url, entry, encoder)
    for batch in batches:
        if texts and batch.texts and batch.texts != texts:
            raise IndexFailure(
                f"{url} has text keys of another version of taskmill ({batch.title}), which match none of this one's: "
                "choose another folder for the index, and put the former files into it by `taskmill distinct`"
            )


def _refuse_other_encoder(url: str, entry: Entry, encoder: str) -> None:
    if encoder and entry.encoder and entry.encoder != encoder:
        raise IndexFailure(
            f"{url} has vectors of {entry.encoder}, and these are of {encoder}, which says nothing about them: use the "
            "same encoder, or an index of its own"
        )


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Holds the index against all who write; waits for whoever has it."""
    with ExitStack() as stack:
        told = False
        while True:
            try:
                stack.enter_context(only_one(url))
                break
            except BusyError as busy:
                if not told:
                    sys.stderr.write(f"{busy}; this process waits\n")
                    told = True
                time.sleep(_WAIT_SECONDS)
        yield
