"""A run keeps apart from benchmarks: hits are written down, and taken out or left in, the same on any workers."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

import flows.hits
from flows.config import RunConfig
from flows.contamination import hits_stage, keep_apart
from flows.dedup import deduplicate, unique_tasks
from flows.generate import generate
from flows.workers.place import HERE
from generators.family import make_task
from generators.registry import family_named
from pipeline.config import ConfigError, checked
from pipeline.documents import DocumentError
from pipeline.store import Run, Stage, StoreError, load_run, open_run
from schemas import Hit, Removed, Task, statement_of
from tests.flows.faults.stages import without_prefect

KNIGHTS: dict[str, Any] = {"family": "logic.knights_knaves", "levels": [2], "count": 30}
STORIES: dict[str, Any] = {"family": "arithmetic.word_problems", "levels": [3], "count": 30}


@pytest.fixture(autouse=True)
def _no_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    without_prefect(monkeypatch.setattr)


@pytest.fixture(scope="module")
def benchmarks(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Tasks 3 to 5 of the first family as they are, and 7 to 9 of the second as somebody's questions."""
    folder = tmp_path_factory.mktemp("benchmarks")
    ours = [make_task(family_named(KNIGHTS["family"]), level=2, seed=0, index=index) for index in (3, 4, 5)]
    theirs = [make_task(family_named(STORIES["family"]), level=3, seed=0, index=index) for index in (7, 8, 9)]
    (folder / "ours.jsonl").write_bytes(b"".join(msgspec.json.encode(task) + b"\n" for task in ours))
    rows = [{"q": statement_of(task.prompt), "answer": f"So #### {task.answer}"} for task in theirs]
    (folder / "theirs.json").write_text(json.dumps(rows))
    return [
        {"name": "knights", "path": [str(folder / "ours.jsonl")]},
        {"name": "stories", "path": [str(folder / "theirs.json")], "columns": {"text": "q"}},
    ]


def made(folder: Path, benchmarks: list[dict[str, Any]], **changed: Any) -> tuple[Run, RunConfig, Stage[Task]]:
    config = checked(
        {
            "name": "run",
            "output": str(folder),
            "model": None,
            "tasks": {"shard_size": 20, "sources": [KNIGHTS, STORIES]},
            "contamination": {"benchmarks": benchmarks, **changed},
        },
        RunConfig,
    )
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    return run, config, generate(run, config)


def hits_of(run: Run) -> list[Hit]:
    found = load_run(run.url).sealed("hits", Hit)
    assert found is not None
    return list(found.records())


def digests(run: Run) -> dict[str, str]:
    found = [path for stage in ("hits", "unique", "removed") for path in Path(run.url, stage).rglob("[0-9]*.parquet")]
    return {str(path.relative_to(run.url)): sha256(path.read_bytes()).hexdigest() for path in found}


def test_tasks_of_benchmarks_are_found_and_removed_with_why(tmp_path: Path, benchmarks: list[dict[str, Any]]) -> None:
    run, config, tasks = made(tmp_path, benchmarks)
    unique = deduplicate(run, config, tasks)
    by_place = {(task.family, task.index): task for task in tasks.records()}
    wanted = {by_place["logic.knights_knaves", index].canonical for index in (3, 4, 5)}
    wanted |= {by_place["arithmetic.word_problems", index].canonical for index in (7, 8, 9)}
    assert wanted.isdisjoint(task.canonical for task in unique.records())
    removed = [row for row in load_run(run.url).sealed("removed", Removed).records() if row.method == "benchmark"]  # type: ignore[union-attr]
    assert {row.canonical for row in removed} == wanted
    found = {hit.id: hit for hit in hits_of(run)}
    assert {hit.method for hit in found.values()} == {"canonical", "exact"}
    for row in removed:
        hit = found[row.id]
        assert row.kept_id == f"{hit.benchmark}/{hit.item}"
        assert (row.score, row.reason) == (hit.score, f"{hit.method}: {hit.reason}")
        assert hit.benchmark == ("knights" if row.family == "logic.knights_knaves" else "stories")
        assert hit.excerpt


def test_flagged_tasks_stay(tmp_path: Path, benchmarks: list[dict[str, Any]]) -> None:
    run, config, tasks = made(tmp_path, benchmarks, on_hit="flag")
    unique = deduplicate(run, config, tasks)
    kept = {task.id for task in unique.records()}
    assert len(kept.intersection(hit.id for hit in hits_of(run))) >= 5
    removed = load_run(run.url).sealed("removed", Removed)
    assert removed is not None
    assert {row.method for row in removed.records()} <= {"canonical"}


def test_other_wordings_of_a_hit_go_too(tmp_path: Path, benchmarks: list[dict[str, Any]]) -> None:
    """The hit was found by its text, and the task that stays for its problem is told in another style."""
    run, config, tasks = made(tmp_path, benchmarks)
    rows = {info.shard: tasks.read(info.shard) for info in tasks.shards()}
    screen = keep_apart(config, tasks, hits_stage(run, config, tasks), range(tasks.count), HERE)
    assert screen is not None
    assert len(screen.same) == 3
    shard, table = next(
        (shard, table) for shard, table in rows.items() if table["family"][-1].as_py() == "arithmetic.word_problems"
    )
    renamed = table.set_column(table.column_names.index("id"), "id", [["other"] * table.num_rows])
    told = {each.row: each.reason for each in screen(shard, renamed)}
    keys = table["canonical"].to_pylist()
    assert list(told) == [row for row, key in enumerate(keys) if key in screen.same] != []
    for row, reason in told.items():
        assert reason.startswith(f"the same problem as task {screen.same[keys[row]].id}, which is: exact")


def test_what_is_there_is_not_done_again_and_bytes_do_not_depend_on_how(
    tmp_path: Path, benchmarks: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, config, tasks = made(tmp_path / "one", benchmarks)
    deduplicate(run, config, tasks)
    other, config_other, tasks_other = made(tmp_path / "two", benchmarks)
    found = hits_stage(other, config_other, tasks_other)
    keep_apart(config_other, tasks_other, found, range(1), HERE)  # stopped after the first shard
    assert [info.shard for info in hits_stage(other, config_other, tasks_other).shards()] == [0]
    deduplicate(other, config_other, tasks_other)
    assert digests(run) == digests(other)

    def never(*args: Any) -> None:
        raise AssertionError("compared again")

    monkeypatch.setattr(flows.hits, "hits", never)
    deduplicate(run, config, tasks)


def test_a_benchmark_with_other_items_makes_another_stage(tmp_path: Path, benchmarks: list[dict[str, Any]]) -> None:
    lines = Path(benchmarks[0]["path"][0]).read_bytes().splitlines(keepends=True)
    mine = tmp_path / "mine.jsonl"
    mine.write_bytes(lines[0])
    run, config, tasks = made(tmp_path, [{"name": "mine", "path": [str(mine)]}])
    before, unique = hits_stage(run, config, tasks).key, unique_tasks(run, config).key
    mine.write_bytes(lines[1])
    assert hits_stage(run, config, tasks).key != before
    assert unique_tasks(run, config).key != unique


def test_without_benchmarks_there_is_no_such_stage(tmp_path: Path) -> None:
    run, config, tasks = made(tmp_path, [])
    deduplicate(run, config, tasks)
    assert not Path(run.url, "hits").exists()


def test_what_is_wrong_with_a_benchmark_is_said(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"question": "Why?"}\n{"answer": "5"}\n')
    (tmp_path / "none.jsonl").write_text("\n")
    told: list[tuple[str, type[Exception], str]] = [
        ("bad.jsonl", DocumentError, r"bad\.jsonl:2: no text"),
        ("none.jsonl", StoreError, "bench has no items"),
        ("away.jsonl", StoreError, "away.jsonl is not there"),
    ]
    for file, kind, words in told:
        run, config, tasks = made(
            tmp_path / file.partition(".")[0], [{"name": "bench", "path": [str(tmp_path / file)]}]
        )
        with pytest.raises(kind, match=words):
            deduplicate(run, config, tasks)
    with pytest.raises(ConfigError, match="2 are called 'a'"):
        made(tmp_path / "twice", [{"name": "a", "path": ["x"]}, {"name": "a", "path": ["y"]}])
