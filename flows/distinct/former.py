"""Former files and runs, by the index that a config names: documents that it has are removed, and those that stay are
put into it, with their keys and vectors.

Equal keys decide. Of documents without a canonical key the nearest ones of the index are looked at too, and structure
decides, as it does within the files.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from dedup.index import FormerRuns, Index, noted, open_index
from dedup.near import PAIRS, agreeing
from dedup.semantic import Vectors
from dedup.text import key_version
from flows.distinct.config import DistinctConfig, SemanticConfig
from flows.distinct.keys import KEYS
from flows.distinct.layout import Layout
from flows.distinct.pieces import frame_of, read_piece, there, write_piece
from flows.distinct.reading import documents_in
from flows.distinct.vectors import embedded, encoder_name
from schemas import Document, jsontext

FOUND = pl.Schema({"place": pl.Int64(), "kept_id": pl.String(), "score": pl.Float64(), "reason": pl.String()})
"""Documents that the index has: the id of the one there, how alike they are, and why in words."""

ADDED = ("canonical", "said", "anyhow")
"""The keys by which a document is in the index."""


def former_documents(run: str, files: str, config: DistinctConfig) -> FormerRuns | None:
    """What the index had when it was first asked for these files, whose digest is given; None without an index.
    Raises IndexFailure, where what it has can't be compared with what is read now."""
    if not config.index:
        return None
    index, source = open_index(config.index), source_of(run, files)
    index.refuse_others(encoder_name(config.semantic) if config.semantic.neighbours else "", key_version(), source)
    return noted(index, f"{run}/seen/{files[:16]}.json", source)


def source_of(run: str, files: str) -> str:
    """The same for the same files, however they are read and compared."""
    return jsontext.digest("distinct", run, files)


def write_former(layout: Layout, shard: int, gone: Sequence[int], former: FormerRuns, config: DistinctConfig) -> None:
    """Which documents of a shard the index has (schema FOUND), once; but for those `gone`, by their rows."""
    if there(layout.former(shard)):
        return
    rows = np.delete(np.arange(read_piece(layout.keys(shard), ["place"]).num_rows), list(gone))
    keys = _keys_of(layout, shard, rows)
    ways = (("canonical", "canonical"), ("said", "text"), ("unsure", "text"))
    found = pl.concat([_equal(keys, name, method, former) for name, method in ways])
    equal = found.unique("place", keep="first", maintain_order=True)
    asked = keys.filter(~pl.col("known") & ~pl.col("place").is_in(equal["place"].implode()))
    near = FOUND.to_frame()
    if config.semantic.neighbours and former.batches and asked.height:
        near = _near(layout, shard, asked["place"].to_numpy(), former, config.semantic)
    write_piece(layout.former(shard), pl.concat([equal, near]).sort("place").to_arrow())


def with_former(layout: Layout, removals: pl.DataFrame) -> pl.DataFrame:
    """The removals (place, kept, method, score, reason) and those that `write_former` found, with `kept_id`, which is
    null where what stays is one of the documents."""
    found = pl.concat([frame_of(read_piece(layout.former(shard))) for shard in range(layout.shards)]).cast(FOUND)
    theirs = found.select(
        "place", kept=pl.lit(None, pl.Int64), method=pl.lit("index"), score="score", reason="reason", kept_id="kept_id"
    )
    own = removals.join(found.select(kept="place", kept_id="kept_id"), on="kept", how="left")
    return pl.concat([own.select(theirs.columns), theirs]).sort("place")


def put_into_index(
    index: Index, layout: Layout, run: str, files: str, key: str, count: int, sense: SemanticConfig
) -> None:
    """Adds the documents that stay, `count` of them, to the index."""
    shards = range(layout.shards)
    index.add(
        source_of(run, files),
        f"files in {run}",
        key,
        (each for shard in shards for each in _keys_to_add(layout, shard)),
        len(ADDED) * count,
        (each for shard in shards for each in _to_add(layout, shard, sense)) if sense.neighbours else (),
        encoder_name(sense) if sense.neighbours else "",
        key_version(),
    )


def _near(
    layout: Layout,
    shard: int,
    places: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    former: FormerRuns,
    sense: SemanticConfig,
) -> pl.DataFrame:
    documents = _documents(layout, shard, places - shard * layout.shard_size)
    vectors = embedded([document.text for document in documents], sense)
    near = former.index.near(vectors, encoder_name(sense), former.batches, sense.cosine, sense.neighbours)
    both = [*documents, *near.documents]
    others = len(documents) + np.arange(len(near.documents))
    told = {"a": near.place, "b": others, "score": near.score}
    pairs = pl.DataFrame(told).select("a", "b", method=pl.lit("semantic"), score="score").cast(PAIRS)
    titles = former.index.titles()
    rows = [
        (int(places[a]), both[b].id, alike, f"{reason}; seen in {titles[near.batches[b - len(documents)]]}")
        for a, b, alike, reason in agreeing(both, pairs, {}).select("a", "b", "alike", "reason").iter_rows()
    ]
    found = pl.DataFrame(rows, schema=FOUND, orient="row").sort("place", -pl.col("score"), maintain_order=True)
    return found.unique("place", keep="first", maintain_order=True)


def _equal(keys: pl.DataFrame, name: str, method: str, former: FormerRuns) -> pl.DataFrame:
    asked = keys.filter(pl.col(name) != "")
    if method == "text":
        asked = asked.filter(~pl.col("known"))
    seen = former(asked[name])
    reason = pl.format(f"the {method} keys are equal; seen in {{}}", "seen_in")
    told = seen.select(place=asked["place"].gather(seen["place"]), kept_id="id", score=pl.lit(1.0), reason=reason)
    return told.cast(FOUND)


def _keys_of(layout: Layout, shard: int, rows: Iterable[int]) -> pl.DataFrame:
    """The keys of some of a shard's documents, as they are in the index.

    Two texts with one key and two answers are two problems. So a text is there with its answer, `said`, and `anyhow`;
    it is asked for with its answer, and as one `unsure`: with none where it has one, and anyhow where it has none.
    """
    table = read_piece(layout.keys(shard), ["place", "known", "answer", *KEYS]).take(pa.array(rows, pa.int64()))
    texts, answers = table["text"].to_pylist(), table["answer"].to_pylist()
    pairs = list(zip(texts, answers, strict=True))
    keys = {
        "canonical": [_hashed(key) for key in table["canonical"].to_pylist()],
        "said": [text and jsontext.digest(text, answer) for text, answer in pairs],
        "anyhow": [text and jsontext.digest(text) for text in texts],
        "unsure": [text and (jsontext.digest(text, 0) if answer else jsontext.digest(text)) for text, answer in pairs],
    }
    told = frame_of(table.select(["place", "known"]))
    return told.with_columns(pl.Series(name, values, pl.String) for name, values in keys.items())


def _hashed(key: str) -> str:
    return key if not key or re.fullmatch(r"[0-9a-f]{32}", key) else jsontext.digest(key)


def _staying(layout: Layout, shard: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    gone = read_piece(layout.removals(shard), ["row"])["row"].to_numpy()
    return np.delete(np.arange(read_piece(layout.keys(shard), ["place"]).num_rows), gone)


def _keys_to_add(layout: Layout, shard: int) -> Iterator[tuple[pa.ChunkedArray, pa.ChunkedArray]]:
    rows = _staying(layout, shard)
    ids = read_piece(layout.documents(shard), ["id"])["id"].take(pa.array(rows))
    keys = _keys_of(layout, shard, rows)
    for name in ADDED:
        there = pa.array((keys[name] != "").to_numpy())
        yield (
            keys[name].to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string()).filter(there),
            ids.filter(there),
        )


def _to_add(layout: Layout, shard: int, sense: SemanticConfig) -> Iterator[tuple[list[Document], Vectors]]:
    if documents := _documents(layout, shard, _staying(layout, shard)):
        yield documents, embedded([document.text for document in documents], sense)


def _documents(layout: Layout, shard: int, rows: Iterable[int]) -> list[Document]:
    return documents_in(read_piece(layout.documents(shard)).take(pa.array(rows, pa.int64())))
