"""The search for candidates in units: none is left out and none found elsewhere, however little memory there is."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.near import PAIRS
from flows.distinct.config import DistinctConfig
from flows.distinct.keys import decide_exact, decided_exactly, read_active, write_active, write_keys
from flows.distinct.layout import Layout
from flows.distinct.near import large_groups, units_of, write_pairs
from flows.distinct.pieces import frame_of, read_piece
from flows.distinct.reading import read_documents
from flows.distinct.vectors import read_vectors, write_cells, write_vectors
from flows.encoder import opened_encoder
from pipeline.documents import Columns
from tests.flows.distinct.conftest import config_with, write_lines

WORDS = ["red", "green", "blue", "gold", "pink", "grey"]


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Layout:
    """90 texts up to their vectors; those of two groups, without numbers and with 3, are compared."""
    folder = tmp_path_factory.mktemp("near")
    texts = [
        f"The {WORDS[k % 6]} box holds {['no', '3', str(k + 10)][k % 3]} balls of the {WORDS[k // 6 % 6]} kind. "
        f"Is the {WORDS[k // 9 % 6]} one full?"
        for k in range(90)
    ]
    source = write_lines(folder / "source.jsonl", [{"prompt": text} for text in texts])
    made = Layout(str(folder / "work"), str(folder / "vectors"), 0, 20)
    count = read_documents(made, [source], Columns(), lambda done, note: None)
    made = made._replace(shards=-(-count // 20))
    for shard in range(made.shards):
        write_keys(made, shard)
    for method in ("canonical", "text"):
        decide_exact(made, method, 0, 1)
    assert 20 < write_active(made, decided_exactly(made, 1)) <= 60
    for shard in range(made.shards):
        write_vectors(made, shard, config_with(encoder).semantic)
    return made


def candidates(layout: Layout, config: DistinctConfig, folder: Path) -> pl.DataFrame:
    """All that the units find, written in a folder of its own; each pair once."""
    (folder / "work").mkdir(parents=True)
    for name in ("documents", "keys", "active.parquet"):
        (folder / "work" / name).symlink_to(Path(layout.folder, name))
    here = layout._replace(folder=str(folder / "work"))
    units = units_of(read_active(here), config)
    for group in large_groups(units):
        write_cells(here, group, config.seed)
    for unit in units:
        write_pairs(here, unit, config)
    found = pl.concat([frame_of(read_piece(here.pairs(unit.name))) for unit in units])
    assert dict(found.schema) == dict(PAIRS)
    return found.select("a", "b").unique().sort("a", "b")


def test_little_memory_finds_the_same_pairs(
    layout: Layout, encoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    semantic = {"encoder": encoder, "device": "cpu", "cosine": -1, "neighbours": 100}
    config = config_with(encoder, semantic=semantic, lexical={"window": 100}, memory=1_000_000)
    whole = candidates(layout, config, tmp_path / "whole")
    group = read_active(layout).select("place", "group")
    pairs = group.join(group, on="group").filter(pl.col("place") < pl.col("place_right"))
    assert whole.rows() == sorted(pairs.select("place", "place_right").rows())
    monkeypatch.setattr("flows.distinct.near._BYTES_COMPARED", 50_000)  # 20 documents at once: each group is large
    assert large_groups(units_of(read_active(layout), config))
    assert candidates(layout, config, tmp_path / "parts").equals(whole)


def test_texts_of_one_rare_answer_are_compared_whatever_their_numbers(tmp_path: Path) -> None:
    rows = [{"prompt": f"Add {number} and {number}.", "answer": f"twice {number // 3}"} for number in range(9)]
    made = Layout(str(tmp_path / "work"), str(tmp_path / "vectors"), 1, 20)
    read_documents(made, [write_lines(tmp_path / "a.jsonl", rows)], Columns(), lambda done, note: None)
    write_keys(made, 0)
    for method in ("canonical", "text"):
        decide_exact(made, method, 0, 1)
    write_active(made, decided_exactly(made, 1))
    groups = read_active(made).group_by("group").agg("place").get_column("place").to_list()
    assert sorted(map(sorted, groups)) == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 12), max_size=60), st.integers(1, 20))
def test_units_hold_every_group_once_and_no_more_than_memory(groups: list[int], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.distinct.near._BYTES_COMPARED", 1_000_000 // most)
        units = units_of(pl.DataFrame({"group": pl.Series(groups, dtype=pl.UInt64)}), DistinctConfig(memory=1_000_000))
    counts = {group: groups.count(group) for group in groups}
    limit = 1_000_000 // (1_000_000 // most)
    for group, count in counts.items():
        holding = [unit for unit in units if unit.kind == "groups" and unit.low <= group <= unit.high]
        words = [(unit.low, unit.high) for unit in units if unit.kind == "words" and unit.group == group]
        assert len(holding) == (count <= limit)
        assert [place for low, high in words for place in range(low, high)] == (
            list(range(count)) if count > limit else []
        )
    for unit in units:
        if unit.kind == "groups":
            held = sum(count for group, count in counts.items() if unit.low <= group <= unit.high and count <= limit)
            assert 0 < held <= limit
    assert len({unit.name for unit in units}) == len(units)


def test_vectors_are_read_by_place_and_of_length_one(layout: Layout, encoder: str) -> None:
    places = read_active(layout)["place"].to_numpy()
    some = places[::3]
    told = read_vectors(layout, some)
    texts = pl.concat([frame_of(read_piece(layout.documents(shard), ["text"])) for shard in range(layout.shards)])
    wanted = opened_encoder(encoder, "cpu").vectors(texts["text"].gather(some).to_list())
    assert told == pytest.approx(wanted, abs=2e-3)
    assert np.linalg.norm(told, axis=1) == pytest.approx(np.ones(len(some)), abs=1e-5)
