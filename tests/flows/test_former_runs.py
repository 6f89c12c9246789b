"""Runs with one index: none has a problem that another had before, and `taskmill index` says what is there."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dedup.index import open_index
from filters.weakness import first_allotment
from flows.aim import cells_of
from flows.cli import app, exit_code
from flows.config import RunConfig
from flows.dedup import deduplicate
from flows.generate import generate
from flows.loop.config import RoundsConfig
from flows.loop.plan import run_of
from pipeline.config import checked
from pipeline.store import StoreError, clear_run, load_run, open_run
from schemas import Removed
from tests.flows.faults.stages import without_prefect

# Of 55 problems that there are: two runs can't but meet.
SUMS = {"family": "arithmetic.reversed_addition", "count": 30, "levels": [1], "styles": ["bare"]}


@pytest.fixture(autouse=True)
def _no_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    without_prefect(monkeypatch.setattr)


def config(folder: Path, name: str, **changed: Any) -> RunConfig:
    given = {"name": name, "output": str(folder), "tasks": {"shard_size": 10, "sources": [SUMS]}, "model": None}
    return checked(given | {"dedup": {"index": str(folder / "seen")}} | changed, RunConfig)


def made(own: RunConfig) -> list[str]:
    """The canonical keys of a run's unique tasks, which are made."""
    run = open_run(own.url, config=own.model_dump(mode="json"), seed=own.seed)
    return [task.canonical for task in deduplicate(run, own, generate(run, own)).records()]


def removed(own: RunConfig, method: str) -> list[Removed]:
    stage = load_run(own.url).sealed("removed", Removed)
    assert stage is not None
    return [task for task in stage.records() if task.method == method]


def hashes(own: RunConfig) -> dict[str, str]:
    """Of the shards by stage and number, whatever they were made from."""
    parts = sorted(Path(own.url).glob("*/*/*.parquet"))
    return {f"{part.parts[-3]} {part.name}": sha256(part.read_bytes()).hexdigest() for part in parts}


@pytest.fixture
def two(tmp_path: Path) -> tuple[RunConfig, RunConfig]:
    """Runs of two seeds with one index."""
    runs = config(tmp_path, "first", seed=0), config(tmp_path, "second", seed=1)
    problems = [problem for own in runs for problem in made(own)]
    assert len(set(problems)) == len(problems)
    return runs


def test_a_run_begun_anew_comes_out_the_same(two: tuple[RunConfig, RunConfig]) -> None:
    for own in reversed(two):
        before = hashes(own)
        clear_run(own.url)
        made(own)
        assert hashes(own) == before
    assert removed(two[0], "index") == []
    assert removed(two[1], "index") != []
    assert len(open_index(two[0].dedup.index).batches()) == 2


def test_a_longer_run_keeps_what_it_had_and_repeats_none_of_the_others(two: tuple[RunConfig, RunConfig]) -> None:
    first, second = map(made, two)
    longer = made(config(Path(two[0].output), "first", seed=0, tasks={"sources": [SUMS | {"count": 50}]}))
    assert set(first) < set(longer)
    assert not set(second) & set(longer)
    assert [batch.keys for batch in open_index(two[0].dedup.index).batches()] == [len(second), len(longer)]


def test_another_seed_in_the_same_folder_is_another_run(tmp_path: Path) -> None:
    problems = [made(config(tmp_path, "again", seed=seed)) for seed in range(3)]
    every = [problem for own in problems for problem in own]
    assert len(set(every)) == len(every)
    assert len(every) > len(problems[0])
    assert len(open_index(str(tmp_path / "seen")).batches()) == 3


def test_rounds_of_a_loop_and_of_the_next_are_all_in_one_index(tmp_path: Path) -> None:
    problems: list[str] = []
    for seed in range(2):
        given = config(tmp_path, f"loop-{seed}", seed=seed).model_dump(mode="json", exclude_unset=True)
        loop = checked(given | {"model": {}, "train": {}}, RoundsConfig)
        plan = first_allotment(cells_of(loop))
        for number in (1, 2):
            own = run_of(loop, number, plan, "none", {"model": None, "train": None, "tasks": {"apart_from": []}})
            problems += made(own.model_copy(update={"seed": 2 * seed + number}))
    assert len(set(problems)) == len(problems)
    assert [batch.title.rpartition("/")[2] for batch in open_index(str(tmp_path / "seen")).batches()] == [
        "round-01",
        "round-02",
        "round-01",
        "round-02",
    ]


def test_a_damaged_note_of_what_was_asked_is_said(two: tuple[RunConfig, RunConfig]) -> None:
    [note] = Path(two[1].url, "seen").iterdir()
    note.write_text("{")
    with pytest.raises(StoreError, match=rf"{note} is damaged .*: delete it"):
        made(two[1])


def test_the_command_adds_shows_and_merges(
    two: tuple[RunConfig, RunConfig], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")

    def asked(*args: str) -> tuple[int, str]:
        capsys.readouterr()
        code = exit_code(lambda: app(["index", *args], standalone_mode=False))
        said = capsys.readouterr()
        return code, said.out + said.err

    index, runs = f"{two[0].output}/own", [own.url for own in two]
    code, said = asked(index)
    assert (code, "has no index yet" in said) == (1, True)
    code, said = asked("add", index, *runs)
    assert code == 0, said
    count = sum(len(made(own)) for own in two)
    assert all(text in said for text in (*runs, f"{count} problems", "in 2 files"))
    code, said = asked("merge", index)
    assert (code, f"{count} problems" in said, "in 1 file" in said) == (0, True, True)
    assert asked(index) == asked("show", index) == (0, said)
    code, said = asked("add", index, two[0].output)
    assert (code, "is not a run" in said) == (1, True)
    run = open_run(f"{two[0].output}/begun", config={}, seed=0)
    code, said = asked("add", index, run.url)
    assert (code, f"`taskmill dedup {run.url}`, then add it again" in said) == (1, True)
