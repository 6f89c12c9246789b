"""Rows come out of every kind of file that a source may be, each with its place; what is no row is told, never lost."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from generators.family import make_task
from generators.registry import family_named
from pipeline.documents import BadRow, Columns, DocumentError, documents_of, rows_of
from pipeline.documents import rows as rows_module
from pipeline.store import StoreError, open_run
from schemas import Task

ROWS: list[dict[str, Any]] = [{"question": f"What is {n} + 1?", "answer": str(n + 1)} for n in range(5)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


def as_json_lines(folder: Path) -> str:
    (folder / "data.jsonl").write_text(LINES)
    return str(folder / "data.jsonl")


def as_compressed_lines(folder: Path) -> str:
    with gzip.open(folder / "data.jsonl.gz", "wt") as file:
        file.write(LINES)
    return str(folder)


def as_list(folder: Path) -> str:
    (folder / "data.json").write_text(json.dumps(ROWS, indent=1))
    return str(folder / "data.json")


def as_parquet(folder: Path) -> str:
    (folder / "train").mkdir()
    for number, rows in enumerate([ROWS[:2], ROWS[2:]]):
        pq.write_table(pa.Table.from_pylist(rows), folder / "train" / f"{number:05}.parquet", row_group_size=1)
    return str(folder)


def as_glob(folder: Path) -> str:
    return as_parquet(folder) + "/*/*.parquet"


def as_url(folder: Path) -> str:
    return "file://" + as_json_lines(folder)


def as_dataset(folder: Path) -> str:
    datasets.Dataset.from_list(ROWS).save_to_disk(folder / "saved", num_shards=2)
    return str(folder / "saved")


def as_splits(folder: Path) -> str:
    rows = datasets.Dataset.from_list(ROWS)
    datasets.DatasetDict({"train": rows.select(range(3)), "test": rows.select([3, 4])}).save_to_disk(folder / "saved")
    return str(folder / "saved")


@pytest.mark.parametrize(
    "saved",
    [as_json_lines, as_compressed_lines, as_list, as_parquet, as_glob, as_url, as_dataset, as_splits],
    ids=lambda saved: saved.__name__,
)
def test_every_row_of_every_kind_of_file_is_read_in_order(saved: Callable[[Path], str], tmp_path: Path) -> None:
    assert [row.values for row in rows_of(saved(tmp_path))] == ROWS


def test_a_run_is_its_latest_tasks(tmp_path: Path) -> None:
    made = [make_task(family_named("grids.sudoku"), level=1, seed=1, index=index) for index in range(3)]
    run = open_run(str(tmp_path / "run"), config={}, seed=0)
    with pytest.raises(StoreError, match="without tasks"):
        list(rows_of(run.url))
    for stage, tasks in (("tasks", made), ("unique", made[:2])):
        written = run.stage(stage, Task, count=1, key={})
        written.write(0, tasks)
        written.seal()
    assert [each.id for each in documents_of(run.url)] == [each.id for each in made[:2]]
    assert [each.id for each in documents_of(f"{run.url}/tasks")] == [each.id for each in made]


def test_a_row_that_is_none_is_told_with_its_place_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b'{"question": "Why?"}\n\n{"question": \n[1]\n\xff\n{"answer": "4"}\n{"question": "Who?"}')
    told: list[BadRow] = []
    assert [each.text for each in documents_of(str(path), bad=told.append)] == ["Why?", "Who?"]
    assert [each.number for each in told] == [3, 4, 5, 6]
    assert {each.file for each in told} == {str(path)}
    assert "columns answer" in told[-1].problem


def test_by_default_a_row_that_is_none_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('[{"question": "Why?"}, 7]')
    with pytest.raises(DocumentError, match=r"bad\.json:2: not a JSON object"):
        list(documents_of(str(tmp_path)))


def test_a_line_without_end_is_no_memory_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "LONGEST_LINE", 100)
    (tmp_path / "long.jsonl").write_text('{"text": "' + "a" * 1000 + '"}\n{"text": "short"}\n')
    told: list[BadRow] = []
    assert [each.text for each in documents_of(str(tmp_path), bad=told.append)] == ["short"]
    assert [(each.number, "longer" in each.problem) for each in told] == [(1, True)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.parquet", b"PAR1 and no more", "can't be read"),
        ("cut.jsonl.gz", gzip.compress(LINES.encode(), mtime=0)[:40], "can't be read|cut"),
        ("notes.txt", b"nothing", "has no JSON lines"),
    ],
)
def test_a_file_that_can_not_be_read_is_named(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StoreError, match=said) as problem:
        list(rows_of(str(tmp_path / name)))
    assert name in str(problem.value)


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    for source in (tmp_path / "none.jsonl", tmp_path / "none", tmp_path / "*.jsonl"):
        with pytest.raises(StoreError, match=r"none|\*"):
            list(documents_of(str(source), Columns()))


def test_what_describes_data_beside_it_is_no_data(tmp_path: Path) -> None:
    as_json_lines(tmp_path)
    (tmp_path / "about.json").write_text(json.dumps({"rows": 5, "made": {"by": "us"}}, indent=2))
    (tmp_path / "more.json").write_text(json.dumps(ROWS[0]) + "\n" + json.dumps(ROWS[1]) + "\n")
    assert [row.values for row in rows_of(str(tmp_path))] == [*ROWS, *ROWS[:2]]
    told: list[BadRow] = []
    assert list(rows_of(str(tmp_path / "about.json"), told.append)) == []
    assert [(each.number, "over several lines" in each.problem) for each in told] == [(1, True)]


def test_columns_of_a_bad_row_are_told_in_few_harmless_letters(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(json.dumps({f"a\x1b[2J{n}" + "x" * 100_000: 1 for n in range(50)}))
    told: list[BadRow] = []
    assert list(documents_of(str(tmp_path), bad=told.append)) == []
    assert len(told[0].problem) < 1000
    assert "\x1b" not in told[0].problem
