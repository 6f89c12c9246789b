"""An index says of every key what a dict would, whatever was added, merged or replaced before."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.index import Index, IndexFailure, bloom, open_index
from dedup.index.keys import as_column, keys_of, packed, part_of, unpacked
from pipeline.store.files import sizes
from schemas.document import Document

ENCODER = "an encoder@1"

# Few keys, of few first bytes and with zeros at both ends: equal ones, and such that differ in the last byte alone.
_PARTS = st.tuples(
    st.sampled_from(["00", "01", "80", "ff"]), st.sampled_from("0f"), st.sampled_from(["00", "01", "ff"])
)
KEYS = _PARTS.map(lambda parts: parts[0] + parts[1] * 28 + parts[2])
BATCHES = st.lists(st.lists(KEYS, max_size=14), min_size=1, max_size=4)


def hexed(*what: object) -> str:
    return hashlib.blake2b(repr(what).encode(), digest_size=16).hexdigest()


def add(index: Index, source: str, keys: Sequence[str], content: object = 0, **more: Any) -> str:
    """Adds keys in two pieces, with ids that say where they come from."""
    ids = [f"{source} {content} {number}" for number in range(len(keys))]
    whole, middle = (pa.array(keys, pa.string()), pa.array(ids, pa.string())), len(keys) // 2
    pieces = [[column[:middle] for column in whole], [column[middle:] for column in whole]]
    return index.add(hexed(source), f"run {source}", content, map(tuple, pieces), len(keys), **more)


def small(place: Path, name: str = "seen") -> Index:
    return Index(str(place / name), part_rows=4, group_rows=2)


Seen = list[tuple[int, str, str]]


def expected(asked: Sequence[str], batches: Sequence[str], held: Mapping[str, Mapping[str, str]]) -> Seen:
    first = [next((batch for batch in batches if key in held[batch]), None) for key in asked]
    return [(place, held[batch][asked[place]], batch) for place, batch in enumerate(first) if batch is not None]


def told(index: Index, asked: Sequence[str], batches: Sequence[str]) -> Seen:
    return list(index.seen(pa.array(asked, pa.string()), batches).iter_rows())


@settings(max_examples=40, deadline=None)
@given(BATCHES, st.lists(KEYS, max_size=20), st.integers(0, 4), st.randoms(use_true_random=False))
def test_what_is_seen_is_what_a_dict_says_before_and_after_merging(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], asked: list[str], merged_at: int, rng: Any
) -> None:
    index = small(tmp_path_factory.mktemp("index"))
    held: dict[str, dict[str, str]] = {}
    for number, keys in enumerate(batches):
        if number == merged_at:
            index.merge()
        name = add(index, f"{number}", keys)
        held[name] = {key: f"{number} 0 {keys.index(key)}" for key in keys}
    assert index.snapshot() == tuple(held)
    wanted = [name for name in held if rng.random() < 0.8]
    rng.shuffle(wanted)
    before = told(index, asked, wanted)
    assert before == expected(asked, wanted, held)
    index.merge()
    assert len(sizes(f"{index.url}/entries")) == 1
    assert told(index, asked, wanted) == before


def test_more_keys_than_a_part_holds_are_all_found_and_no_other(tmp_path: Path) -> None:
    keys = [hexed(number) for number in range(3000)]
    index = Index(str(tmp_path / "seen"), part_rows=300, group_rows=64)
    add(index, "a", keys[:2000])
    assert len(sizes(f"{index.url}/parts")) == 8
    found = index.seen(pa.array(keys), index.snapshot())
    assert found["place"].to_list() == list(range(2000))
    assert found["id"].to_list() == [f"a 0 {number}" for number in range(2000)]


def test_parts_are_by_the_first_bits() -> None:
    keys = keys_of(pa.array(["00" * 16, "3f" + "ff" * 15, "40" + "00" * 15, "ff" * 16]))
    assert part_of(keys, 4).tolist() == [0, 0, 1, 3]
    assert part_of(keys, 1).tolist() == [0, 0, 0, 0]
    assert part_of(keys, 1 << 16).tolist() == [0, 0x3FFF, 0x4000, 0xFFFF]


@pytest.mark.parametrize("text", ["", "0" * 31, "0" * 34, "g" * 32, "é" * 16])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(IndexFailure, match="is no key of an index: a key has 32 hex digits"):
        open_index(str(tmp_path / "seen")).seen(pa.array(["0" * 32, text]), ())


def test_filters_hold_their_keys_and_few_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    own, others = (np.frombuffer(rng.bytes(16 * 4000), dtype="S16") for _ in range(2))
    hashes = [xxhash.xxh64_intdigest(own.tobytes()[16 * row : 16 * row + 16]) for row in range(100)]
    assert bloom.xxhash64(own)[:100].tolist() == hashes
    path = tmp_path / "filtered.parquet"
    options = {"key": {"ndv": 4000, "fpp": 0.01}}
    pa.parquet.write_table(pa.table({"key": as_column(own)}), path, bloom_filter_options=options)
    column = pa.parquet.read_metadata(path).row_group(0).column(0)
    data = path.read_bytes()[column.bloom_filter_offset :][: column.bloom_filter_length]
    assert bloom.may_hold(data, own).all()
    assert bloom.may_hold(data, others).mean() < 0.02


def test_a_run_added_again_changes_nothing(tmp_path: Path) -> None:
    index = small(tmp_path)
    keys = [hexed(number) for number in range(20)]
    name = add(index, "a", keys)
    before = {path: path.read_bytes() for path in Path(index.url).rglob("*") if path.is_file()}
    assert add(index, "a", []) == name  # of the same content by its name: what is given is not even read
    assert {path: path.read_bytes() for path in Path(index.url).rglob("*") if path.is_file()} == before


def test_a_batch_that_was_replaced_answers_those_who_noted_it(tmp_path: Path) -> None:
    index = small(tmp_path)
    other, old = add(index, "b", [hexed("b")]), add(index, "a", [hexed(1), hexed(2)], content="old")
    noted = index.snapshot()
    new = add(index, "a", [hexed(2), hexed(3)], content="new")
    assert (noted, index.snapshot()) == ((other, old), (other, new))
    asked = [hexed(number) for number in (1, 2, 3)]
    for _ in range(2):
        assert told(index, asked, noted) == [(0, "a old 0", old), (1, "a old 1", old)]
        assert told(index, asked, index.snapshot()) == [(1, "a new 0", new), (2, "a new 1", new)]
        index.merge()
    assert add(index, "a", [], content="old") == old
    assert index.snapshot() == (other, old)
    assert index.snapshot(but=hexed("a")) == (other,)


def test_a_batch_that_nobody_has_is_said(tmp_path: Path) -> None:
    index = small(tmp_path)
    assert index.snapshot() == ()
    assert told(index, [hexed(1)], ()) == []
    with pytest.raises(IndexFailure, match=r"has no batch 00-11 any more: add the run .*taskmill index add.*--fresh"):
        told(index, [hexed(1)], ["00-11"])


def test_whoever_asks_meanwhile_gets_the_same_answer(tmp_path: Path) -> None:
    index = small(tmp_path)
    keys = [hexed(number) for number in range(40)]
    for number in range(3):
        add(index, f"{number}", keys[number * 10 : number * 10 + 10])
    noted, stop = index.snapshot(), threading.Event()

    def asked() -> list[Seen]:
        answers = [told(index, keys, noted)]
        while not stop.is_set():
            answers.append(told(index, keys, noted))
        return answers

    with ThreadPoolExecutor() as threads:
        asking = threads.submit(asked)
        for number in range(6):
            add(index, f"later {number}", [hexed("later", number)])
            index.merge()
        stop.set()
        answers = asking.result()
    assert len(answers[0]) == 30
    assert all(answer == answers[0] for answer in answers)


def unit(rows: int, seed: int) -> Any:
    drawn = np.random.default_rng(seed).normal(size=(rows, 8)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def documents(source: str, count: int) -> list[Document]:
    return [Document(id=f"{source}{row}", source=source, text=f"text {row}", verified=0.5) for row in range(count)]


def test_nearest_documents_are_those_of_all_comparisons(tmp_path: Path) -> None:
    index, vectors, asked = small(tmp_path), {"a": unit(70, 1), "b": unit(50, 2), "c": unit(9, 3)}, unit(25, 4)
    names = {
        source: add(index, source, [], encoder=ENCODER, documents=[(documents(source, len(own)), own)])
        for source, own in vectors.items()
    }
    add(index, "keys alone", [hexed(1)])
    for _ in range(2):
        found = index.near(asked, ENCODER, [names["c"], names["a"]], least=0.3, most=3)
        wanted = []
        for place, vector in enumerate(asked):
            scored = [(-own @ vector, source, row) for source in "ca" for row, own in enumerate(vectors[source])]
            best = [each for each in sorted(scored)[:3] if -each[0] >= 0.3]
            wanted += [(place, f"{source}{row}", names[source], -less) for less, source, row in best]
        ids = [document.id for document in found.documents]
        assert list(zip(found.place.tolist(), ids, found.batches, strict=True)) == [row[:3] for row in wanted]
        assert found.score == pytest.approx([row[3] for row in wanted], abs=2e-4)
        assert found.documents[0] == documents(found.documents[0].source, 70)[int(ids[0][1:])]
        index.merge()
    assert [batch.documents for batch in index.batches()] == [70, 50, 9, 0]


def test_vectors_of_another_encoder_are_refused(tmp_path: Path) -> None:
    index = small(tmp_path)
    name = add(index, "a", [hexed(1)], encoder=ENCODER, documents=[(documents("a", 3), unit(3, 1))])
    for attempt in (
        lambda: index.near(unit(1, 1), "another@2", [name], least=0.5, most=1),
        lambda: add(index, "b", [], encoder="another@2", documents=[(documents("b", 1), unit(1, 1))]),
    ):
        with pytest.raises(IndexFailure, match=r"has vectors of an encoder@1, and these are of another@2"):
            attempt()
    assert index.snapshot() == (name,)


def test_text_keys_of_another_version_are_refused_but_in_place_of_their_own(tmp_path: Path) -> None:
    index = small(tmp_path)
    add(index, "run", [hexed(0)])
    old = add(index, "a", [hexed(1)], texts="one")
    with pytest.raises(IndexFailure, match=r"has text keys of another version of taskmill \(run a\)"):
        index.refuse_others("", "two", but=hexed("b"))
    with pytest.raises(IndexFailure, match=r"has text keys of another version of taskmill \(run a\)"):
        add(index, "b", [hexed(1)], texts="two")
    assert old in index.snapshot()
    index.merge()
    new = add(index, "a", [hexed(2)], texts="two")
    index.refuse_others("", "two", but=hexed("a"))
    assert new != old
    assert set(index.snapshot()) == {add(index, "run", [hexed(0)]), new}


def test_an_index_in_a_bucket_is_one_on_disk(bucket: str) -> None:
    index = Index(f"{bucket}/seen", part_rows=4, group_rows=2)
    keys = [hexed(number) for number in range(12)]
    names = [add(index, source, own) for source, own in (("a", keys[:8]), ("b", keys[4:]))]
    found = index.seen(pa.array(keys), names)
    assert found["batch"].to_list() == [names[0]] * 8 + [names[1]] * 4
    index.merge()
    assert pl.DataFrame(found).equals(index.seen(pa.array(keys), names))
    assert open_index(index.url).snapshot() == tuple(names)


@given(
    st.lists(st.one_of(st.text(max_size=40), st.text("0123456789abcdefABCDEF", min_size=32, max_size=32)), max_size=5)
)
def test_ids_of_any_kind_come_back_as_they_were(ids: list[str]) -> None:
    for texts in (ids, [hexed(each) for each in ids]):
        column = pa.array(texts, pa.string())
        assert unpacked(packed(column)).to_pylist() == texts
    assert not ids or packed(pa.array([hexed(each) for each in ids])).type == pa.binary(16)
