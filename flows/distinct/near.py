"""Which documents are compared with which, and what structure says of each pair."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from dedup.agreement import Usage
from dedup.calibration import calibrations
from dedup.candidates import Pairs, merged, pairs_of
from dedup.cells import CELLS, cell_count, cell_pairs
from dedup.lexical import BANDS, band_pairs
from dedup.near import AGREED, PAIRS, agreeing, removed_of
from dedup.semantic import EXACT, near_pairs
from flows.distinct.config import DistinctConfig
from flows.distinct.keys import by_shard, read_active, read_sketches
from flows.distinct.layout import Layout
from flows.distinct.pieces import frame_of, read_piece, there, write_piece
from flows.distinct.reading import documents_in
from flows.distinct.vectors import read_cells, read_vectors
from schemas import Document

_BYTES_COMPARED = 6_000  # of a document whose pairs are sought: vectors in several copies, sketches, pairs
_BYTES_DECIDED = 25_000  # of a pair of documents whose structure is compared
_PAIRS_AT_ONCE = 20_000
_PAIRS_TAUGHT = 50_000


class Unit(NamedTuple):
    """A piece of the search for pairs. `kind` is

    - "groups": all documents of the groups `low` to `high`,
    - "words": of the group `group` alone, by words, the pairs whose first is one of its documents `low` to `high` - 1,
    - "cells": of the group `group` alone, by sense, those found from its cells `low` to `high` - 1.
    """

    kind: str
    group: int
    low: int
    high: int

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.group:016x}-{self.low:x}-{self.high:x}"


def units_of(active: pl.DataFrame, config: DistinctConfig) -> list[Unit]:
    """The search in units that each keep to `config.memory`; a group is cut only where it alone is too large."""
    most = max(1, min(EXACT, config.memory // _BYTES_COMPARED))
    units: list[Unit] = []
    low, high, filled = 0, -1, 0
    for group, count in active.group_by("group").len().sort("group").iter_rows():
        if filled and filled + count > most:
            units.append(Unit("groups", 0, low, high))
            filled = 0
        if count > most:
            units += _of_large(group, count, most, config)
        else:
            low, high, filled = (low if filled else group), group, filled + count
    return [*units, Unit("groups", 0, low, high)] if filled else units


def large_groups(units: Sequence[Unit]) -> list[int]:
    """The groups that are parted into cells."""
    return sorted({unit.group for unit in units if unit.kind == "cells"})


def write_pairs(layout: Layout, unit: Unit, config: DistinctConfig) -> None:
    """The candidates of a unit (schema PAIRS), once; two documents with canonical keys are none."""
    if there(layout.pairs(unit.name)):
        return
    active = read_active(layout)
    if unit.kind == "groups":
        active = active.filter((pl.col("group") >= unit.low) & (pl.col("group") <= unit.high))
    else:
        active = active.filter(pl.col("group") == unit.group)
    places, groups = active["place"].to_numpy(), active["group"].to_numpy()
    known = active["known"].to_numpy()
    by_method = {"lexical": _NONE, "semantic": _NONE}
    if unit.kind != "cells" and config.lexical.window:
        by_method["lexical"] = _by_words(layout, unit, places, groups, config.lexical.window)
    if unit.kind == "groups" and config.semantic.neighbours:
        vectors = read_vectors(layout, places)
        by_method["semantic"] = near_pairs(vectors, config.semantic.cosine, config.semantic.neighbours, groups)
    if unit.kind == "cells":
        by_method["semantic"] = _in_cells(layout, unit, places, config)
    frames = []
    for method, pairs in by_method.items():
        asked = ~(known[pairs.one] & known[pairs.other])
        told = {"a": places[pairs.one[asked]], "b": places[pairs.other[asked]], "score": pairs.score[asked]}
        frames.append(pl.DataFrame(told).select("a", "b", method=pl.lit(method), score="score").cast(PAIRS))
    found = pl.concat(frames).sort("a", "b", "method").unique(["a", "b"], keep="first", maintain_order=True)
    write_piece(layout.pairs(unit.name), found.to_arrow())


def chunks_of(layout: Layout, unit: Unit, config: DistinctConfig) -> int:
    """In how many parts the pairs of a unit are decided."""
    count = int(read_piece(layout.pairs(unit.name), ["a"]).num_rows)
    return -(-count // _at_once(config))


def learnt(layout: Layout, units: Sequence[Unit], asked: pl.DataFrame) -> dict[str, Usage]:
    """What each source's own texts teach of it, from an even sample of all candidates."""
    pairs = pl.concat([asked, *(frame_of(read_piece(layout.pairs(unit.name))) for unit in units)])
    sample = pairs.gather_every(max(1, -(-pairs.height // _PAIRS_TAUGHT)))
    return calibrations(_documents(layout, sample), sample)


def write_agreed(layout: Layout, unit: Unit, chunk: int, config: DistinctConfig, told: Mapping[str, Usage]) -> None:
    """Which pairs of a part of a unit are the same problem (schema AGREED), once."""
    url = layout.agreed(f"{unit.name}-{chunk:05}")
    if not there(url):
        size = _at_once(config)
        pairs = frame_of(read_piece(layout.pairs(unit.name))).slice(chunk * size, size)
        write_piece(url, agreed_of(layout, pairs, told).to_arrow())


def read_agreed(layout: Layout, unit: Unit, chunk: int) -> pl.DataFrame:
    """What `write_agreed` wrote (schema AGREED)."""
    return frame_of(read_piece(layout.agreed(f"{unit.name}-{chunk:05}"))).cast(AGREED)


def agreed_of(layout: Layout, pairs: pl.DataFrame, told: Mapping[str, Usage]) -> pl.DataFrame:
    """Which of these pairs are the same problem (schema AGREED)."""
    return agreeing(_documents(layout, pairs), pairs, told)


def gone_of(layout: Layout, agreed: pl.DataFrame, told: Mapping[str, Usage]) -> pl.DataFrame:
    """(place, kept, method, score, reason) of the documents that go, given all pairs that agree."""
    agreed = agreed.cast(AGREED).unique(["a", "b"], keep="first", maintain_order=True)
    removed = removed_of(_documents(layout, agreed), agreed, told)
    return pl.DataFrame(
        [(each.place, int(each.kept_id), each.method, each.score, each.reason) for each in removed],
        schema={"place": pl.Int64, "kept": pl.Int64, "method": pl.String, "score": pl.Float64, "reason": pl.String},
        orient="row",
    )


_NONE = pairs_of([], [], [])


def _of_large(group: int, count: int, most: int, config: DistinctConfig) -> list[Unit]:
    cells, units = cell_count(count), []
    if config.lexical.window:
        units += [Unit("words", group, low, min(low + most, count)) for low in range(0, count, most)]
    if config.semantic.neighbours:
        step = max(1, cells * most // (CELLS * count))
        units += [Unit("cells", group, low, min(low + step, cells)) for low in range(0, cells, step)]
    return units


def _by_words(layout: Layout, unit: Unit, places: NDArray[np.int64], groups: NDArray[np.uint64], window: int) -> Pairs:
    told = read_sketches(layout, places)
    parts = []
    for band in range(BANDS + 1):
        pairs = band_pairs(band, told, groups, window)
        if unit.kind == "words":
            own = (pairs.one >= unit.low) & (pairs.one < unit.high)
            pairs = Pairs(pairs.one[own], pairs.other[own], pairs.score[own])
        parts.append(pairs)
    return merged(parts)


def _in_cells(layout: Layout, unit: Unit, places: NDArray[np.int64], config: DistinctConfig) -> Pairs:
    cells = read_cells(layout, unit.group, places)
    standing = np.flatnonzero(((cells >= unit.low) & (cells < unit.high)).any(axis=1))
    if not len(standing):
        return _NONE
    own, vectors = cells[standing], read_vectors(layout, places[standing])
    semantic = config.semantic
    found = merged(
        [cell_pairs(cell, own, vectors, semantic.cosine, semantic.neighbours) for cell in range(unit.low, unit.high)]
    )
    return Pairs(standing[found.one], standing[found.other], found.score)


def _documents(layout: Layout, pairs: pl.DataFrame) -> dict[int, Document]:
    """The documents of pairs by place, which is their id here: what files call them may be there twice."""
    places = np.unique(np.concatenate([pairs["a"].to_numpy(), pairs["b"].to_numpy()]))
    found: dict[int, Document] = {}
    for shard, rows in by_shard(layout, places):
        table = read_piece(layout.documents(shard), _COLUMNS).take(rows)
        for row, document in zip(rows.tolist(), documents_in(table), strict=True):
            place = shard * layout.shard_size + row
            found[place] = msgspec.structs.replace(document, id=str(place))
    return found


_COLUMNS = ("id", "source", "text", "answer", "canonical", "verified")


def _at_once(config: DistinctConfig) -> int:
    return max(1, min(_PAIRS_AT_ONCE, config.memory // _BYTES_DECIDED))
