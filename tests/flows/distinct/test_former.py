"""Files after files with one index: what an earlier one had is removed, by key or by sense, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from dedup.index import IndexFailure, open_index
from flows.distinct import flow, former
from flows.distinct.config import DistinctConfig
from flows.distinct.flow import distinct_flow
from tests.flows.distinct.conftest import config_with, problem, write_lines
from tests.flows.distinct.test_distinct import file_bytes, written

pytestmark = pytest.mark.usefixtures("shared_prefect")


@pytest.fixture
def indexed(tmp_path: Path, encoder: str) -> DistinctConfig:
    return config_with(encoder, index=str(tmp_path / "seen"))


def made(tmp_path: Path, name: str, rows: list[dict[str, Any]], config: DistinctConfig) -> Path:
    distinct_flow([write_lines(tmp_path / f"{name}.jsonl", rows)], str(tmp_path / name), config)
    return tmp_path / name


def told(to: Path) -> list[tuple[str, str, str]]:
    return [(row["id"], row["kept_id"], row["method"]) for row in written(to, "removed")]


def reworded(number: int) -> dict[str, Any]:
    """`problem` in another order of words, and so with another key."""
    row, given = problem(number), number % 7 + 2
    return {**row, "question": row["question"].replace(f"{given} of them to Bob", f"Bob {given} of them")}


def test_a_second_file_keeps_what_the_first_had_not(tmp_path: Path, indexed: DistinctConfig) -> None:
    first = made(tmp_path, "first", [problem(number) for number in range(20, 30)], indexed)
    assert told(first) == []
    rows = [problem(20), problem(21, ("Greta", "Finn")), problem(40), problem(22), problem(22, ("Eve", "Hugo"))]
    second = made(tmp_path, "second", rows, indexed)
    assert [row["question"] for row in written(second, "distinct")] == [problem(40)["question"]]
    assert told(second) == [
        ("second:1", "first:1", "index"),
        ("second:2", "first:2", "index"),
        ("second:4", "first:3", "index"),
        ("second:5", "first:3", "text"),  # as second:4, which the index has
    ]
    assert written(second, "removed")[0]["reason"] == f"the text keys are equal; seen in files in {first}"
    assert [(batch.keys, batch.documents) for batch in open_index(indexed.index).batches()] == [(20, 10), (2, 1)]


def test_what_is_near_to_a_former_one_is_decided_by_structure(tmp_path: Path, encoder: str) -> None:
    for way, neighbours in (("sense", 4), ("keys", 0)):
        semantic = {"encoder": encoder, "device": "cpu", "cosine": 0.5, "neighbours": neighbours}
        config = config_with(encoder, index=str(tmp_path / f"seen by {way}"), semantic=semantic)
        made(tmp_path, f"first by {way}", [problem(number) for number in range(20, 24)], config)
        second = made(tmp_path, f"second by {way}", [reworded(20), reworded(50)], config)
        assert [row["question"] for row in written(second, "distinct")][-1] == reworded(50)["question"]
        assert len(told(second)) == (way == "sense")
    [row] = written(tmp_path / "second by sense", "removed")
    assert (row["id"], row["kept_id"], row["method"]) == ("second by sense:1", "first by sense:1", "index")
    assert row["reason"].endswith(f"seen in files in {tmp_path}/first by sense")


def test_one_text_with_another_answer_is_another_problem(tmp_path: Path, indexed: DistinctConfig) -> None:
    asked = {"prompt": "What does the picture show?"}
    made(tmp_path, "first", [{**asked, "answer": "a cat"}], indexed)
    assert told(made(tmp_path, "second", [{**asked, "answer": "a dog"}], indexed)) == []
    assert told(made(tmp_path, "third", [{**asked, "answer": "A  dog"}], indexed)) == [("third:1", "second:1", "index")]
    assert told(made(tmp_path, "fourth", [asked], indexed)) == [("fourth:1", "first:1", "index")]


def test_the_same_files_again_are_the_same_whatever_came_later(
    tmp_path: Path, indexed: DistinctConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [problem(number) for number in range(20, 26)]
    first = made(tmp_path, "first", rows, indexed)
    before = file_bytes(first)
    made(tmp_path, "second", [problem(number) for number in range(24, 30)], indexed)
    with monkeypatch.context() as patch:
        patch.setattr(flow, "write_keys", None)  # nothing is made anew
        made(tmp_path, "first", rows, indexed)
    assert file_bytes(first) == before
    assert [batch.keys for batch in open_index(indexed.index).batches()] == [12, 8]


def test_the_same_files_cut_otherwise_are_not_seen_in_themselves(tmp_path: Path, encoder: str) -> None:
    rows = [problem(number) for number in range(20, 26)]
    for size in (7, 3):
        config = config_with(encoder, index=str(tmp_path / "seen"), shard_size=size)
        assert told(made(tmp_path, "first", rows, config)) == []
    assert [batch.keys for batch in open_index(config.index).batches()] == [12]


def test_text_keys_of_another_version_end_the_run_before_it_reads(
    tmp_path: Path, indexed: DistinctConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, "first", [problem(20)], indexed)
    monkeypatch.setattr(former, "key_version", lambda: "of another reading")
    monkeypatch.setattr(flow, "read_documents", None)
    with pytest.raises(IndexFailure, match=r"text keys of another version of taskmill \(files in .*first\)"):
        made(tmp_path, "second", [problem(20)], indexed)


def test_a_run_that_is_killed_before_it_adds_adds_later(
    tmp_path: Path, indexed: DistinctConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(flow, "put_into_index", _killed)
        with pytest.raises(KeyboardInterrupt):
            made(tmp_path, "first", [problem(20)], indexed)
    assert open_index(indexed.index).batches() == []
    first = made(tmp_path, "first", [problem(20)], indexed)
    assert told(first) == []
    assert [batch.documents for batch in open_index(indexed.index).batches()] == [1]


def _killed(*args: Any) -> None:
    raise KeyboardInterrupt
