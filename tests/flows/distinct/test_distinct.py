"""`taskmill distinct`: every row is kept as it was or removed with why, whoever does it, however often it is killed."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.distinct import flow
from flows.distinct.config import DistinctConfig
from flows.distinct.flow import SourcesError, distinct_flow, make_distinct
from flows.distinct.keys import DECIDED
from generators.stream import Segment, tasks_of
from pipeline.documents import DocumentError, documents_of
from pipeline.models import ModelError
from pipeline.store import StoreError, read_shards
from pipeline.store.files import sizes
from pipeline.store.shard import shard_bytes
from schemas import Task
from tests.flows.distinct.conftest import config_with, problem, write_lines

pytestmark = pytest.mark.usefixtures("shared_prefect")


def written(to: Path, stage: str) -> list[dict[str, Any]]:
    files = sorted((to / stage).glob("*/*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read(use_threads=False).to_pylist()]


def file_bytes(to: Path) -> dict[str, bytes]:
    files = [*(to / "distinct").rglob("*"), *(to / "removed").rglob("*")]
    return {str(file.relative_to(to)): file.read_bytes() for file in files if file.is_file()}


def whole(row: dict[str, Any]) -> dict[str, Any]:
    return {"note": None, **row}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> str:
    return write_lines(tmp_path_factory.mktemp("source") / "source.jsonl", rows)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, source: str, config: DistinctConfig) -> Path:
    to = tmp_path_factory.mktemp("made") / "to"
    distinct_flow([source], str(to), config)
    return to


def test_rows_stay_as_they_were_or_are_removed_with_what_stays_and_why(made: Path, rows: list[dict[str, Any]]) -> None:
    kept, removed = written(made, "distinct"), written(made, "removed")
    assert kept == [whole(row) for row in rows[:24]]
    assert [row["row"] for row in removed] == [whole(row) for row in rows[24:]]
    assert [row["id"] for row in removed] == [f"source:{number}" for number in range(25, 33)]
    assert [row["kept_id"] for row in removed] == [f"source:{number}" for number in [1, 2, 3, 4, 5, 6, 4, 5]]
    assert {row["method"] for row in removed} == {"text"}
    assert all(row["score"] == 1.0 and row["reason"] for row in removed)
    assert not (made / "work").exists()
    assert len(list(documents_of(str(made)))) == 24


def test_the_same_again_makes_nothing_anew_and_other_rows_do(
    tmp_path: Path, config: DistinctConfig, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, to = write_lines(tmp_path / "source.jsonl", rows[20:28]), tmp_path / "to"
    distinct_flow([own], str(to), config)
    before = file_bytes(to)
    with monkeypatch.context() as patch:
        patch.setattr(flow, "write_keys", None)
        distinct_flow([own], str(to), config)
    assert file_bytes(to) == before
    write_lines(tmp_path / "source.jsonl", rows[:5])
    distinct_flow([own], str(to), config)
    assert len(list(documents_of(str(to)))) == 5


STEPS = ["write_keys", "decide_exact", "write_vectors", "write_pairs", "write_agreed", "gone_of", "write_outputs"]


def test_a_killed_run_goes_on_where_it_was(
    made: Path, source: str, tmp_path: Path, config: DistinctConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, calls = tmp_path / "again", dict.fromkeys(STEPS, 0)
    works = {name: getattr(flow, name) for name in STEPS}

    def killed(name: str, *args: Any) -> Any:
        calls[name] += 1
        if calls[name] == (1 if name in ("write_pairs", "write_agreed", "gone_of") else 2):
            raise KeyboardInterrupt  # as it comes: what was under way is not finished
        return works[name](*args)

    def counted(name: str) -> Any:
        return lambda *args: killed(name, *args)

    for name in STEPS:
        monkeypatch.setattr(flow, name, counted(name))
    for _ in range(len(STEPS) + 1):
        try:
            distinct_flow([source], str(to), config)
        except BaseException:  # noqa: BLE001 - whatever Prefect makes of the interrupt
            continue
        break
    assert file_bytes(to) == file_bytes(made)
    assert min(calls.values()) > 1, calls


@pytest.mark.parametrize(
    "changed", [{"memory": 1_000_000, "workers": 3}, {"shard_size": 1000}, {"semantic": {"neighbours": 0}}]
)
def test_memory_workers_and_shards_change_no_row(
    made: Path, source: str, tmp_path: Path, encoder: str, changed: dict[str, Any]
) -> None:
    to = tmp_path / "other"
    distinct_flow([source], str(to), config_with(encoder, **changed))
    assert written(to, "distinct") == written(made, "distinct")
    assert written(to, "removed") == written(made, "removed")
    if "memory" in changed:
        assert file_bytes(to) == file_bytes(made)


def test_files_of_several_kinds_are_compared_with_each_other(tmp_path: Path, config: DistinctConfig) -> None:
    lines = write_lines(tmp_path / "a.jsonl", [problem(30), problem(31)])
    other = [{"prompt": [{"role": "user", "content": problem(31, ("Eve", "Dan"))["question"]}], "score": 0.5}]
    pq.write_table(pa.Table.from_pylist(other), tmp_path / "b.parquet")
    distinct_flow([lines, str(tmp_path / "b.parquet")], str(tmp_path / "to"), config)
    kept, removed = written(tmp_path / "to", "distinct"), written(tmp_path / "to", "removed")
    assert [row["question"] for row in kept] == [problem(30)["question"], problem(31)["question"]]
    assert [(row["id"], row["kept_id"], row["source"]) for row in removed] == [("b:1", "a:2", "b")]
    assert removed[0]["row"]["prompt"] == other[0]["prompt"]
    assert removed[0]["row"]["score"] == 0.5


def test_tasks_come_out_as_tasks(tmp_path: Path, config: DistinctConfig) -> None:
    tasks = list(tasks_of(Segment(family="arithmetic.chain", level=1, seed=0, start=0, stop=60)))
    (tmp_path / "tasks.parquet").write_bytes(shard_bytes(tasks, Task)[0])
    distinct_flow([str(tmp_path / "tasks.parquet")], str(tmp_path / "to"), config)
    kept = list(read_shards(str(tmp_path / "to" / "distinct"), Task))
    assert len(kept) == len({task.canonical for task in tasks}) < 60
    assert all(task in tasks for task in kept)
    wanted = pq.read_schema(tmp_path / "tasks.parquet")
    for file in (tmp_path / "to" / "distinct").glob("*/*.parquet"):
        assert pq.read_schema(file).equals(wanted, check_metadata=True)


def test_canonical_keys_decide_before_texts(tmp_path: Path, config: DistinctConfig) -> None:
    ours = {"family": "f", "prompt": problem(30)["question"]}
    rows = [
        {**ours, "canonical": "aa"},
        {**ours, "canonical": "aa", "prompt": "Quite another way to say it."},
        {**ours, "canonical": "bb"},
        {"prompt": problem(30)["question"]},
    ]
    distinct_flow([write_lines(tmp_path / "a.jsonl", rows)], str(tmp_path / "to"), config)
    removed = written(tmp_path / "to", "removed")
    assert [(row["id"], row["kept_id"], row["method"]) for row in removed] == [
        ("a:1", "a:2", "canonical"),  # the shorter one stays
        ("a:4", "a:3", "text"),  # one with a canonical key stays
    ]


def test_one_text_with_two_answers_is_two_problems(tmp_path: Path, config: DistinctConfig) -> None:
    rows = [{"prompt": "What does the picture show?", "answer": "a cat", "picture": 1}]
    rows += [{"prompt": "What does the picture show?", "answer": "a dog", "picture": 2}]
    rows += [{"prompt": "what does the picture  show?", "answer": "A  cat", "picture": 1}]
    distinct_flow([write_lines(tmp_path / "a.jsonl", rows)], str(tmp_path / "to"), config)
    assert [row["picture"] for row in written(tmp_path / "to", "distinct")] == [1, 2]


def test_an_answer_is_renamed_with_its_text(tmp_path: Path, config: DistinctConfig) -> None:
    text = "{0} has 30 apples. {0} gives 4 of them to {1}. Who has fewer apples now, {0} or {1}?"
    rows = [
        {"prompt": text.format("Ann", "Bob"), "answer": "Bob"},
        {"prompt": text.format("Dan", "Finn"), "answer": "Finn"},
        {"prompt": text.format("Ann", "Bob"), "answer": "Ann"},  # the same letters and another answer
        {"prompt": text.format("Hugo", "Greta"), "answer": "7"},
    ]
    distinct_flow([write_lines(tmp_path / "a.jsonl", rows)], str(tmp_path / "to"), config)
    assert [row["answer"] for row in written(tmp_path / "to", "distinct")] == ["Bob", "Ann", "7"]
    assert [row["method"] for row in written(tmp_path / "to", "removed")] == ["text"]


def test_what_can_not_be_done_is_told(tmp_path: Path, config: DistinctConfig) -> None:
    with pytest.raises(SourcesError, match="name at least one"):
        make_distinct(str(tmp_path), [], config)
    bad = write_lines(tmp_path / "bad.jsonl", [problem(30), {"nothing": 3}])
    with pytest.raises(DocumentError, match=r"bad.jsonl:2: no text"):
        distinct_flow([bad], str(tmp_path / "to"), config)
    with pytest.raises(StoreError, match=r"gone.jsonl is not there"):
        distinct_flow([str(tmp_path / "gone.jsonl")], str(tmp_path / "to"), config)
    with pytest.raises(ModelError, match="no model or folder"):
        distinct_flow([bad], str(tmp_path / "to"), config_with("nobody"))
    assert not sizes(str(tmp_path / "to" / "distinct"))


@pytest.mark.slow
def test_processes_write_the_same_bytes(made: Path, source: str, tmp_path: Path, encoder: str) -> None:
    to = tmp_path / "other"
    runner = {"kind": "processes"}
    distinct_flow([source], str(to), config_with(encoder, workers=2, runner=runner))
    assert file_bytes(to) == file_bytes(made)


def test_the_run_says_what_it_was_asked(made: Path) -> None:
    assert json.loads((made / "run.json").read_text())["config"]["distinct"]["shard_size"] == 7


def test_who_goes_for_one_that_goes_too_goes_for_what_stays() -> None:
    exact = pl.DataFrame([(5, 2, "text", True), (6, 1, "canonical", True)], schema=DECIDED, orient="row")
    near = pl.DataFrame({"place": [2], "kept": [0], "method": ["lexical"], "score": [0.9], "reason": ["why"]})
    told = flow._removed(exact, near)
    assert told.select("place", "kept", "method").rows() == [(2, 0, "lexical"), (5, 0, "text"), (6, 1, "canonical")]
