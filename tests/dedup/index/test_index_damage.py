"""Whatever byte of an index is damaged, nobody is told anything wrong: what to do is said, and it helps."""

import json
import random
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from dedup.index import Index, IndexFailure, open_index
from pipeline.store import StoreError
from schemas.failure import Failure
from tests.dedup.index.test_index import ENCODER, add, documents, hexed, told, unit

KEYS = [hexed(number) for number in range(64)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("whole") / "seen"
    index = Index(str(place), part_rows=32, group_rows=16)
    add(index, "a", KEYS, encoder=ENCODER, documents=[(documents("a", 5), unit(5, 1))])
    return place


def copied(whole: Path, tmp_path: Path) -> Index:
    shutil.copytree(whole, tmp_path / "seen")
    return Index(str(tmp_path / "seen"), part_rows=32, group_rows=16)


def everything(index: Index) -> object:
    batches = index.snapshot()
    near = index.near(unit(2, 9), ENCODER, batches, least=-1.0, most=5)
    seen = told(index, [*KEYS, *(hexed("other", number) for number in range(64))], batches)
    return seen, near.place.tolist(), near.score.tolist(), near.documents, near.batches


def answered(index: Index) -> object:
    """What the index says, or what is said of its damage."""
    try:
        return everything(index)
    except Failure as failure:
        return str(failure)


def test_a_flipped_bit_anywhere_is_found_or_does_no_harm(whole: Path, tmp_path: Path) -> None:
    index = copied(whole, tmp_path)
    right = everything(index)
    rng = random.Random(5)
    found = 0
    for path in sorted(path for path in Path(index.url).rglob("*") if path.is_file()):
        data = path.read_bytes()
        for _ in range(25):
            place, bit = rng.randrange(len(data)), rng.randrange(8)
            path.write_bytes(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :])
            answer = answered(index)
            found += isinstance(answer, str)
            assert answer == right or index.url in str(answer), f"{path}, bit {bit} of byte {place}"
        path.write_bytes(data)
    assert found > 50


@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_what_is_said_to_do_mends_a_batch(whole: Path, tmp_path: Path, harm: str) -> None:
    index = copied(whole, tmp_path)
    right = everything(index)
    part = max((tmp_path / "seen" / "parts").iterdir())
    if harm == "cut":
        part.write_bytes(part.read_bytes()[:-9])
    else:
        part.unlink()
    told = rf"{part} is (damaged .*|gone): delete .*/entries/.*json, then `taskmill index add` .*: run a"
    with pytest.raises(StoreError, match=told):
        everything(index)
    next((tmp_path / "seen" / "entries").iterdir()).unlink()
    add(index, "a", KEYS, encoder=ENCODER, documents=[(documents("a", 5), unit(5, 1))])
    assert everything(index) == right


def test_a_run_that_is_added_again_mends_its_own_batch_and_no_merged_one(whole: Path, tmp_path: Path) -> None:
    index = copied(whole, tmp_path)
    for part in (tmp_path / "seen" / "parts").iterdir():
        part.unlink()
    name = add(index, "a", KEYS, encoder=ENCODER, documents=[(documents("a", 5), unit(5, 1))])
    assert len(told(index, KEYS, [name])) == 64
    add(index, "b", [hexed("b")])
    index.merge()
    next((tmp_path / "seen" / "parts").iterdir()).unlink()
    with pytest.raises(StoreError, match=r"delete .*/entries/.*json, then `taskmill index add` .*: run a, run b"):
        add(index, "a", KEYS, encoder=ENCODER)


def test_a_newer_index_and_other_folders_are_refused(whole: Path, tmp_path: Path) -> None:
    index = copied(whole, tmp_path)
    head = Path(index.url, "index.json")
    head.write_text(json.dumps({"taskmill_index": 2}))
    with pytest.raises(IndexFailure, match=r"made by a newer taskmill \(index format 2\): update taskmill"):
        open_index(index.url)
    head.write_text("{")
    with pytest.raises(IndexFailure, match=r"index.json is not an index's, or damaged .*: delete this one file"):
        open_index(index.url)
    head.unlink()
    add(index, "b", [hexed("b")])
    assert [batch.title for batch in index.batches()] == ["run a", "run b"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").touch()
    with pytest.raises(IndexFailure, match=r"is not an index and not empty \(it has thesis.txt\)"):
        add(Index(str(tmp_path / "other")), "a", KEYS)
    with pytest.raises(IndexFailure, match=r"is not an index and not empty \(it has thesis.txt\)"):
        open_index(str(tmp_path / "other"))  # before a run has done its work
    with pytest.raises(IndexFailure, match=r"thesis.txt is a file, and an index is a folder"):
        open_index(str(tmp_path / "other" / "thesis.txt"))
    with pytest.raises(IndexFailure, match=r"is no key"):
        open_index(str(tmp_path / "none")).seen(pa.array(["x"]), ())
