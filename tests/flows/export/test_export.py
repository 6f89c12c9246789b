"""`taskmill export` to everyone: traceable, without leaks, the same bytes, and clear where something is lacking."""

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from filters.curriculum import SPLITS
from flows.config import config_of
from flows.export.command import export_run
from flows.export.folder import ExportError, manifest_of
from flows.export.source import source_of
from flows.export.targets import TARGETS
from pipeline.config import ConfigError
from pipeline.store import Run, StoreError, open_run
from schemas import PreferencePair, StepLabels, Task, from_table
from tests.flows.export.conftest import CONFIG, a_run, config_in, sides

ROWS = {
    "trl": "prompts/*",
    "verl": "prompts/*",
    "verifiers": "*/*.parquet",
    "openrlhf": "prompts/*",
    "dataset": "data/*",
}


def exported(run: Run, folder: Path, to: str, **asked: list[str]) -> Path:
    export_run(run.url, to, str(folder / to), asked.get("split", []), asked.get("part", []))
    return folder / to


def rows_in(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return found
    return [json.loads(line) for line in path.read_text().splitlines()]


def split_in(file: Path) -> str:
    return file.stem.partition("-")[0]


def task_id(row: dict[str, Any]) -> str:
    return str(row.get("task_id") or row.get("id") or row["extra_info"]["task_id"])


@pytest.mark.parametrize("to", TARGETS)
def test_every_row_is_in_the_split_of_its_problem_and_shows_its_prompt_alone(
    full_run: Run, tasks: dict[str, Task], tmp_path: Path, to: str
) -> None:
    files = sorted(exported(full_run, tmp_path, to).glob(ROWS[to]))
    assert {split_in(file) for file in files} == set(SPLITS)
    split = sides(list(tasks.values()), config_of(full_run))
    seen = set()
    for file in files:
        for row in rows_in(file):
            task = tasks[task_id(row)]
            assert split[task.id] == split_in(file)
            assert row.get("prompt", row.get("input")) == [msgspec.structs.asdict(each) for each in task.prompt]
            seen.add(task.id)
    assert seen == set(tasks)


@pytest.mark.parametrize("to", TARGETS)
def test_the_same_run_gives_the_same_bytes_and_the_manifest_tells_them(full_run: Run, tmp_path: Path, to: str) -> None:
    once, again = exported(full_run, tmp_path / "a", to), exported(full_run, tmp_path / "b", to)
    manifest = manifest_of(once)
    assert (manifest.target, manifest.run, manifest.seed) == (to, "small.Run", 3)
    names = {file.relative_to(once).as_posix() for file in once.rglob("*") if file.is_file()}
    assert names == {each.name for each in manifest.files} | {"export.json"}
    for each in manifest.files:
        data = (once / each.name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (each.sha256, each.bytes)
        assert each.rows is None or each.rows == len(rows_in(once / each.name))
    assert all((once / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_pairs_and_steps_of_test_problems_are_test_data(full_run: Run, tasks: dict[str, Task], tmp_path: Path) -> None:
    out = exported(full_run, tmp_path, "trl")
    split = sides(list(tasks.values()), config_of(full_run))
    found: dict[str, set[str]] = defaultdict(set)
    for part in ("pairs", "steps"):
        for file in sorted((out / part).iterdir()):
            assert {split[row["task_id"]] for row in rows_in(file)} == {file.stem}
            found[part].add(file.stem)
    assert found == {"pairs": set(SPLITS), "steps": set(SPLITS)}


def test_a_pair_without_a_preference_teaches_none(full_run: Run, tmp_path: Path) -> None:
    run = a_run(config_in(tmp_path))
    stored = full_run.sealed("pairs", PreferencePair)
    assert stored is not None
    pairs = list(stored.records())
    kinds = ("tie", "neutral", "wrong", "near_miss")
    marked = [msgspec.structs.replace(pair, kind=kinds[place % 4]) for place, pair in enumerate(pairs)]
    stage = run.stage("pairs", PreferencePair, count=stored.count, key="k")
    for shard in range(stored.count):
        own = {pair.task_id for pair in stored_in(stored, shard)}
        stage.write(shard, [pair for pair in marked if pair.task_id in own])
    stage.seal()
    for to in ("trl", "openrlhf"):
        out = exported(run, tmp_path, to, part=["pairs"])
        kept = [row for file in (out / "pairs").iterdir() for row in rows_in(file)]
        assert {row["kind"] for row in kept} == {"wrong", "near_miss"}
        assert len(kept) == sum(pair.kind in ("wrong", "near_miss") for pair in marked)
        assert not (out / "prompts").exists()


def stored_in(stage: Any, shard: int) -> list[PreferencePair]:
    return from_table(stage.read(shard), PreferencePair)


def test_splits_and_parts_can_be_chosen(full_run: Run, tmp_path: Path) -> None:
    out = exported(full_run, tmp_path, "trl", split=["train", "test"], part=["prompts", "pairs"])
    names = {each.name for each in manifest_of(out).files if each.rows is not None}
    assert names == {f"{part}/{split}.parquet" for part in ("prompts", "pairs") for split in ("train", "test")}
    assert not (out / "steps").exists()
    held_out = exported(full_run, tmp_path / "held_out", "trl", split=["test"])
    assert list(out.glob("train_*.py"))
    assert not list(held_out.glob("train_*.py")), "there is nothing to train on"


def test_the_readme_says_how_it_was_made(full_run: Run, tmp_path: Path) -> None:
    for to in TARGETS:
        text = (exported(full_run, tmp_path, to) / "README.md").read_text()
        for said in ("small.Run", "seed 3", "smollm2-135m", "its weights", "arithmetic.chain", "can't judge"):
            assert said in text, (to, said)


def test_what_a_run_lacks_is_said_with_the_command_that_makes_it(tmp_path: Path) -> None:
    run = a_run(config_in(tmp_path))
    exported(run, tmp_path / "out", "trl")
    assert not (tmp_path / "out/trl/pairs").exists()
    with pytest.raises(StoreError, match=f"has no pairs yet: `taskmill pairs {run.url}`"):
        exported(run, tmp_path / "out", "trl", part=["pairs"])
    with pytest.raises(StoreError, match=f"has no steps yet: `taskmill steps {run.url}`"):
        exported(run, tmp_path / "out", "trl", part=["prompts", "steps"])
    with pytest.raises(StoreError, match="is not a run"):
        export_run(str(tmp_path / "nowhere"), "trl", str(tmp_path / "x"), [], [])
    assert not (tmp_path / "x").exists()


def test_a_run_without_a_model_has_nothing_to_train_on(tmp_path: Path) -> None:
    config = config_in(tmp_path, CONFIG.partition("curriculum:")[0] + "model: null\n")
    open_run(config.url, config=config.model_dump(mode="json"), seed=0)
    with pytest.raises(StoreError, match=r"no finished curriculum .its config says `model: null`"):
        export_run(config.url, "verl", str(tmp_path / "out"), [], [])


def test_pairs_of_tasks_that_are_no_more_are_refused(full_run: Run, tmp_path: Path) -> None:
    run = a_run(config_in(tmp_path, CONFIG.replace("seed: 3", "seed: 4")))
    pairs = full_run.sealed("pairs", PreferencePair)
    assert pairs is not None
    stale = run.stage("pairs", PreferencePair, count=1, key="old")
    stale.write(0, list(pairs.records()))
    stale.seal()
    with pytest.raises(StoreError, match="no longer has: `taskmill pairs"):
        exported(run, tmp_path / "out", "openrlhf")
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize(
    ("to", "split", "part", "said"),
    [
        ("tlr", [], [], "did you mean trl"),
        ("verl", ["trian"], [], "did you mean train"),
        ("verl", [], ["pairs"], "verl has no use for pairs; there is prompts"),
        ("trl", [], ["labels"], "prompts"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    full_run: Run, tmp_path: Path, to: str, split: list[str], part: list[str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        export_run(full_run.url, to, str(tmp_path / "out"), split, part)


def test_a_split_without_rows_has_no_file_and_no_rows_at_all_is_an_error(full_run: Run, tmp_path: Path) -> None:
    run = a_run(config_in(tmp_path, CONFIG.replace("held_out: {strings.word_sorting: []}", "order: shuffled")))
    assert not (exported(run, tmp_path, "verl") / "prompts/ood.parquet").exists()
    with pytest.raises(ExportError, match="no rows in ood"):
        exported(run, tmp_path / "none", "verl", split=["ood"])


def test_steps_are_read_as_they_are(full_run: Run, tmp_path: Path) -> None:
    source = source_of(full_run.url, SPLITS, ["steps"], asked=True)
    assert source.parts == ("steps",)
    stage = full_run.sealed("steps", StepLabels)
    assert stage is not None
    stored = {row.task_id: row for row in stage.records()}
    for file in (exported(full_run, tmp_path, "trl", part=["steps"]) / "steps").iterdir():
        for row in rows_in(file):
            assert tuple(row["completions"]) == stored[row["task_id"]].completions
            assert tuple(row["labels"]) == stored[row["task_id"]].labels
