"""What documents are compared by, and which of them are exactly the same problem."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from dedup.agreement.answers import unnamed
from dedup.lexical import Sketches, sketches
from dedup.text import Reading, read_with_key
from flows.distinct.layout import Layout
from flows.distinct.pieces import frame_of, read_piece, there, write_piece
from flows.distinct.reading import documents_in
from schemas.document import Document

DECIDED = pl.Schema({"place": pl.Int64(), "kept": pl.Int64(), "method": pl.String(), "same": pl.Boolean()})
"""Documents with the key of one that stays; where not `same`, their answers differ, and structure has to decide."""

KEYS = ("canonical", "text")
"""The keys, in the order in which they decide."""

MOST_SAID = 64
"""Documents of one source and answer up to which they are compared whatever their numbers."""

_RANKED = ("place", "length", "verified", "known")
_ANSWERED = ("answer", "said", "letters")


def write_keys(layout: Layout, shard: int) -> None:
    """The keys and sketches of a shard's documents, once."""
    if there(layout.keys(shard)):
        return
    documents = documents_in(read_piece(layout.documents(shard)))
    texts = [document.text for document in documents]
    readings, keys = zip(*map(read_with_key, texts), strict=True) if texts else ((), ())
    told = sketches(texts)
    write_piece(
        layout.keys(shard),
        {
            "place": pa.array(shard * layout.shard_size + np.arange(len(documents)), pa.int64()),
            "length": pa.array([len(text) for text in texts], pa.int64()),
            "verified": pa.array([document.verified for document in documents], pa.float64()),
            "known": pa.array([bool(document.canonical) for document in documents]),
            "canonical": pa.array([document.canonical for document in documents]),
            "text": pa.array(keys, pa.string()),
            "group": pa.array(groups_of(readings), pa.uint64()),
            "answer": pa.array(map(_answer, documents, readings), pa.uint64()),
            "said": pa.array(map(_said, documents), pa.uint64()),
            "letters": pa.array([_hashed(_plain(text)) for text in texts], pa.uint64()),
            "look": pa.array(told.looks),
            "bag": pa.array(told.bags),
            "buckets": pa.FixedSizeListArray.from_arrays(pa.array(told.buckets.ravel()), told.buckets.shape[1]),
        },
    )


def decide_exact(layout: Layout, method: str, partition: int, partitions: int) -> None:
    """Who has the canonical key, or the key of the text, of whom that stays (schema DECIDED), once; of one partition
    of the keys. The text is asked of those whose canonical keys did not decide, so canonical comes first, all of it.

    Of two documents with different canonical keys both stay, whatever their texts. A document with one stays before
    those without, then the shortest text, the best verified, the oldest.
    """
    if there(layout.exact(method, partition)):
        return
    parts = [_of_partition(layout, method, shard, partition, partitions) for shard in range(layout.shards)]
    keys = pl.concat(parts)
    if method == "text":
        gone = pl.concat([frame_of(read_piece(layout.exact("canonical", each))) for each in range(partitions)])
        keys = keys.join(gone.select("place"), on="place", how="anti")
    order = keys.filter(pl.col("key").is_duplicated()).sort(
        "key", ~pl.col("known"), "length", -pl.col("verified"), "place"
    )
    told = (("place", "kept"), ("answer", "kept_answer"), ("said", "kept_said"), ("letters", "kept_letters"))
    first = [pl.col(name).first().over("key").alias(alias) for name, alias in told]
    others = order.with_columns(first).filter(pl.col("place") != pl.col("kept"))
    if method == "text":
        others = others.filter(~pl.col("known"))
    unknown = (pl.col("answer") == 0) | (pl.col("kept_answer") == 0)
    contradicted = (pl.col("letters") == pl.col("kept_letters")) & (pl.col("said") != pl.col("kept_said"))
    agree = unknown | ((pl.col("answer") == pl.col("kept_answer")) & ~contradicted)
    same = pl.lit(True) if method == "canonical" else agree
    decided = others.select("place", "kept", method=pl.lit(method), same=same).sort("place")
    write_piece(layout.exact(method, partition), decided.cast(DECIDED).to_arrow())


def decided_exactly(layout: Layout, partitions: int) -> pl.DataFrame:
    """All that `decide_exact` wrote down (schema DECIDED)."""
    urls = [layout.exact(method, partition) for method in KEYS for partition in range(partitions)]
    return pl.concat([frame_of(read_piece(url)) for url in urls]).sort("place")


def write_active(layout: Layout, decided: pl.DataFrame) -> int:
    """Writes down which documents are compared with others: those that stay, once with their numbers' group and once
    with their answer's, where a second one of it stays and one of the two has no canonical key. Returns how many rows.

    An answer that more than MOST_SAID of a source have says nothing of two of them.
    """
    columns = ["place", "group", "said", "known", "length"]
    keys = pl.concat([frame_of(read_piece(layout.keys(shard), columns)) for shard in range(layout.shards)])
    keys = keys.join(decided.filter("same").select("place"), on="place", how="anti")
    said = keys.filter((pl.col("said") != 0) & (pl.len().over("said") <= MOST_SAID)).with_columns(group="said")
    both = pl.concat([keys, said]).select("place", "group", "known", "length")
    asked = (pl.len().over("group") > 1) & (~pl.col("known")).any().over("group")
    active = both.filter(asked).sort("place", "group")
    write_piece(layout.active, active.to_arrow())
    return active.height


def read_active(layout: Layout) -> pl.DataFrame:
    """(place, group, known, length) of the documents that are compared, by place; of two groups those of both."""
    return frame_of(read_piece(layout.active))


def read_sketches(layout: Layout, places: NDArray[np.int64]) -> Sketches:
    """The sketches of the documents at these places, which rise."""
    parts = []
    for shard, rows in by_shard(layout, places):
        table = read_piece(layout.keys(shard), ["look", "bag", "buckets"]).take(pa.array(rows))
        buckets = table["buckets"].combine_chunks()
        flat = buckets.flatten().to_numpy().reshape(len(rows), -1)
        parts.append(Sketches(flat, table["look"].to_numpy(), table["bag"].to_numpy()))
    return Sketches(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def by_shard(layout: Layout, places: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int64]]]:
    """The shards of rising places, each with the rows in it."""
    shards = places // layout.shard_size
    borders = np.flatnonzero(np.diff(shards)) + 1
    parts = np.split(places, borders) if len(places) else []
    return [(int(part[0]) // layout.shard_size, part % layout.shard_size) for part in parts]


def _of_partition(layout: Layout, method: str, shard: int, partition: int, partitions: int) -> pl.DataFrame:
    keys = frame_of(read_piece(layout.keys(shard), [*_RANKED, "answer", "said", "letters", method])).rename(
        {method: "key"}
    )
    keys = keys.filter(pl.col("key") != "")
    part = pl.Series([int(blake2b(key.encode(), digest_size=4).hexdigest(), 16) % partitions for key in keys["key"]])
    return keys.filter(part == partition) if partitions > 1 else keys


def groups_of(readings: Sequence[Reading]) -> list[int]:
    """One number for the numbers that a text has, which near duplicates must have too."""
    said = ([number for clause in reading.clauses for number in clause.numbers] for reading in readings)
    return [_hashed(" ".join(sorted(numbers))) for numbers in said]


def _answer(document: Document, reading: Reading) -> int:
    """One number for what an answer says but for names: texts with one key have it in common. 0 for no answer."""
    if not document.answer.strip():
        return 0
    names = {entity.name for entity in reading.entities}
    return _hashed(unnamed(document.answer, names) or document.answer)


def _said(document: Document) -> int:
    """One number for a source's answer, to the letter but for capitals and white space; 0 for none."""
    answer = _plain(document.answer)
    return _hashed(f"{document.source}\n{answer}") if answer else 0


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _hashed(text: str) -> int:
    """0 for no text."""
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "little") if text else 0
