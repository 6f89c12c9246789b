"""Tasks of a run in two halves: the same bytes in however many parts keys are compared, on whichever workers."""

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pytest

from dedup.removal import Removal
from flows.compared import Compared, compared_of, keys_at_once
from flows.config import RunConfig
from flows.contradiction import ContradictionError
from flows.dedup import deduplicate, deduplicate_shards, unique_stages
from flows.generate import generate
from flows.workers.place import Here, Place
from flows.workers.processes import Processes
from pipeline.config import ConfigError, checked
from pipeline.store import Run, Stage, load_run, open_run
from schemas import Removed, Task
from tests.flows.faults.stages import without_prefect

SUMS: dict[str, Any] = {"family": "arithmetic.chain", "count": 60, "params": {"terms": 2, "digits": 1}}
WORDS: dict[str, Any] = {"family": "strings.word_sorting", "count": 8, "levels": [1, 2]}


@pytest.fixture(autouse=True)
def _no_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    without_prefect(monkeypatch.setattr)


def made(folder: Path, name: str, **changed: Any) -> tuple[Run, RunConfig, Stage[Task]]:
    """A run with its tasks, of which many are the same problem."""
    given = {"name": name, "output": str(folder), "model": None, "tasks": {"shard_size": 7, "sources": [SUMS, WORDS]}}
    config = checked(given | changed, RunConfig)
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    return run, config, generate(run, config)


def halves(run: Run) -> dict[str, str]:
    """The hashes of the shards of both stages."""
    found = [path for stage in ("unique", "removed") for path in Path(run.url, stage).rglob("[0-9]*.parquet")]
    return {str(path.relative_to(run.url)): sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of the run compared at once, by one process."""
    with pytest.MonkeyPatch.context() as patch:
        without_prefect(patch.setattr)
        run, config, tasks = made(tmp_path_factory.mktemp("whole"), "run")
        deduplicate(run, config, tasks)
    return halves(run)


def test_every_task_is_in_one_half_whole_and_says_why(tmp_path: Path) -> None:
    run, config, tasks = made(tmp_path, "run")
    unique = deduplicate(run, config, tasks)
    removed = load_run(run.url).sealed("removed", Removed)
    assert removed is not None
    stays = {task.canonical: task.id for task in unique.records()}
    assert len(stays) == sum(info.rows for info in unique.shards()) < 76
    for shard in range(tasks.count):
        rows = tasks.read(shard).to_pylist()
        kept, gone = unique.read(shard).to_pylist(), removed.read(shard).to_pylist()
        whys = [{name: row.pop(name) for name in ("kept_id", "method", "score", "reason")} for row in gone]
        assert sorted(rows, key=str) == sorted(kept + gone, key=str)
        for row, why in zip(gone, whys, strict=True):
            because = "its canonical key is that of a task that comes before it"
            assert why == {"kept_id": stays[row["canonical"]], "method": "canonical", "score": 1.0, "reason": because}


@pytest.mark.parametrize(("keys", "workers"), [(75, 1), (9, 3)])
def test_parts_come_to_the_bytes_of_the_whole(keys: int, workers: int, tmp_path: Path, whole: dict[str, str]) -> None:
    run, config, tasks = made(tmp_path, "run")
    deduplicate_shards(
        tasks, *unique_stages(run, config, tasks), range(tasks.count), Compared(keys=keys), Here(workers)
    )
    assert halves(run) == whole
    assert not list(Path(run.url).rglob("_keys"))


@pytest.mark.slow
def test_parts_in_other_processes_come_to_the_bytes_of_the_whole(tmp_path: Path, whole: dict[str, str]) -> None:
    run, config, tasks = made(tmp_path, "run")
    place: Place = Processes(2)
    deduplicate_shards(tasks, *unique_stages(run, config, tasks), range(tasks.count), Compared(keys=20), place)
    place.rest()
    assert halves(run) == whole


def test_rounds_keep_what_is_settled_in_parts_too(tmp_path: Path) -> None:
    found = []
    for name, keys in (("whole", 1000), ("parts", 25)):
        run, config, tasks = made(tmp_path / name, "run")
        unique, removed = unique_stages(run, config, tasks)
        for shards in (range(3), range(3, 6), range(6, tasks.count)):
            deduplicate_shards(tasks, unique, removed, shards, Compared(keys=keys))
        found.append(halves(run))
    assert found[0] == found[1]
    assert len(found[0]) == 2 * tasks.count


def test_memory_is_shared_by_those_who_compare_in_one_process() -> None:
    given = {"name": "run", "tasks": {"sources": [SUMS]}, "dedup": {"memory": "1MB"}, "workers": 4}
    assert keys_at_once(checked(given, RunConfig)) == 416
    assert keys_at_once(checked({**given, "runner": {"kind": "dask"}}, RunConfig)) == 1666


@pytest.mark.parametrize("keys", [1000, 25])
def test_one_prompt_with_two_keys_is_refused_before_a_shard_is_written(keys: int, tmp_path: Path) -> None:
    run, config, tasks = made(tmp_path, "run")
    rows = list(tasks.records())
    odd = msgspec.structs.replace(rows[0], canonical="f" * 32, id="odd")
    tasks.write(tasks.count - 1, [rows[-1], odd])
    told = rf"1 tasks have the prompt of another task .* is task odd, with the prompt of {rows[0].id}: mend"
    with pytest.raises(ContradictionError, match=told):
        deduplicate_shards(tasks, *unique_stages(run, config, tasks), range(tasks.count), Compared(keys=keys))
    assert halves(run) == {}


class Small(NamedTuple):
    """A screen for tasks with a level."""

    key: object = "small"

    def __call__(self, shard: int, tasks: pa.Table) -> Sequence[Removal]:
        levels = tasks["level"].to_pylist()
        return [
            Removal(row, f"item of {shard}", "benchmark", 0.9, "it") for row, each in enumerate(levels) if each == 2
        ]


@pytest.mark.parametrize("keys", [1000, 25])
def test_what_is_screened_is_removed_for_that(keys: int, tmp_path: Path) -> None:
    run, config, tasks = made(tmp_path, "run")
    unique, removed = unique_stages(run, config, tasks)
    deduplicate_shards(tasks, unique, removed, range(tasks.count), Compared(keys=keys, screen=Small()))
    told = [(row.level, row.method, row.kept_id.partition(" of ")[0]) for row in removed.records() if row.level]
    assert told.count((2, "benchmark", "item")) == 8
    assert all(row.level != 2 for row in unique.records())
    assert sum(info.rows for stage in (unique, removed) for info in stage.shards()) == 76


def test_what_former_runs_had_is_removed_in_parts_too(tmp_path: Path) -> None:
    index = {"index": str(tmp_path / "index")}
    first, config, tasks = made(tmp_path, "first", dedup=index)
    old = {task.canonical: task.id for task in deduplicate(first, config, tasks).records()}

    found = []
    for name, memory in (("whole", "2GB"), ("parts", "12kB")):
        second, config, tasks = made(tmp_path / name, "second", seed=1, dedup={**index, "memory": memory})
        parts = compared_of(second, config, tasks)
        unique, removed = unique_stages(second, config, tasks)
        deduplicate_shards(tasks, unique, removed, range(tasks.count), parts)
        assert not old.keys() & {task.canonical for task in unique.records()}
        told = {(row.canonical, row.kept_id) for row in removed.records() if row.method == "index"}
        assert told == {(row.canonical, old[row.canonical]) for row in tasks.records() if row.canonical in old}
        assert len(told) > 5
        found.append(halves(second))
    assert found[0] == found[1]


@pytest.mark.parametrize("memory", ["lots", "599", -5])
def test_memory_that_is_none_is_told(memory: object) -> None:
    given = {"name": "run", "tasks": {"sources": [SUMS]}, "dedup": {"memory": memory}}
    told = rf"dedup\.memory: bytes with a unit, such as 2GB or 500MiB, 600 at least, not {re.escape(repr(memory))}$"
    with pytest.raises(ConfigError, match=told):
        checked(given, RunConfig)
