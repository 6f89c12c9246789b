"""A loop of two rounds with a real model: killed in its second round and gone on, it comes out as one left in peace."""

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import ValidationError

from flows.cli import app, exit_code
from flows.loop.config import RoundsConfig
from flows.loop.lineage import Lineage, LineageError, lineage_of, read_lineage, verified
from flows.loop.plan import read_plan
from flows.loop.told import told_of
from flows.serve.served import Asked, served
from generators.arithmetic.reversed_addition import FAMILY
from generators.family import make_task
from pipeline.models.errors import ModelError
from pipeline.store import Run, load_run
from schemas import CurriculumRow, Removed, Rollout, Task
from tests.test_docs_commands import commands
from trainer import tiny

CONFIG = Path(__file__).parents[2] / "configs" / "rounds.yaml"
SMALL = [
    "seed=5",
    "rounds=2",
    "held_out={count: 6, samples: 4}",
    "explore={tasks: 4, temperatures: [0.7, 1.0], samples: [4]}",
    "tasks.shard_size=12",
    "tasks.sources.0.count=14",
    "tasks.sources.0.levels=[1, 2]",
    "model.name=model",
    "sampling.max_tokens=4",
    "difficulty.cap=8",
    "curriculum.keep=[too_hard, in_band, too_easy, undecided]",
    "train.steps=2",
    "train.prompts_per_step=8",
    "train.lr=1.0e-3",
    "train.verifiers=0",
]
"""The recipe that ships, on a model and tasks that take a moment."""

LOOP = Path("outputs") / "rounds"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has begun to learn one-digit sums."""
    folder = tmp_path_factory.mktemp("begun")
    tasks = [make_task(FAMILY, level=1, seed=9, index=index, style="bare") for index in range(60)]
    signs = tiny.tokenizer()
    learner = tiny.model(0, len(signs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny, "MOST_STEPS", 14)
        patch.setattr(tiny, "HABIT_STEPS", 0)
        tiny.warm_start(learner, signs, tasks, 0)
    learner.save_pretrained(folder / "model")
    signs.save_pretrained(folder / "model")
    return folder


def gone_round(folder: Path, *more: str) -> None:
    """The loop in that folder, in this process, as `taskmill serve` runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        found = served(Asked(CONFIG, [*SMALL, *more], "rounds"))
        found.flow(**found.parameters)


@pytest.fixture(scope="module")
def loops(model: Path, prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The folder of a loop that was killed in its second round, and of one that was not; they share the first."""
    killed, whole = (tmp_path_factory.mktemp(name) / "here" for name in ("killed", "whole"))
    shutil.copytree(model, whole)
    with temporary_settings({PREFECT_API_URL: prefect_server}):
        gone_round(whole, "rounds=1")
        shutil.copytree(whole, killed)
        kill_in_second_round(killed, prefect_server)
        assert len(lineage(killed).rounds) == 1
        for folder in (killed, whole):
            gone_round(folder)
        yield killed, whole


def kill_in_second_round(folder: Path, prefect_server: str) -> None:
    """The page's first command, on the small loop, in a process that is killed once that round's run is open."""
    command, _ = commands("docs/rounds.md")
    words = shlex.split(command.replace("configs/rounds.yaml", shlex.quote(str(CONFIG))))
    assert words.pop(0) == "taskmill"
    with subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *words, *(word for each in SMALL for word in ("--set", each))],
        cwd=folder,
        env={**os.environ, "PREFECT_API_URL": prefect_server, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as first:
        deadline = time.monotonic() + 540
        while not (folder / LOOP / "round-02" / "run.json").exists():
            assert first.poll() is None, first.communicate()[1]
            assert time.monotonic() < deadline, "the second round was not reached in nine minutes"
            time.sleep(0.02)
        os.killpg(first.pid, signal.SIGKILL)


def lineage(folder: Path) -> Lineage:
    found = read_lineage(str(folder / LOOP))
    assert found is not None
    return found


def run_in(folder: Path, name: str) -> Run:
    return load_run(str(folder / LOOP / name))


def records(folder: Path, name: str, stage: str, record: type[Any]) -> list[Any]:
    found = run_in(folder, name).sealed(stage, record)
    assert found is not None
    return list(found.records())


def hashes(folder: Path) -> dict[str, str]:
    found = sorted([*folder.rglob("*.parquet"), *folder.rglob("*.safetensors")])
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.mark.slow
def test_a_killed_loop_comes_out_as_one_left_in_peace(loops: tuple[Path, Path]) -> None:
    killed, whole = loops
    assert lineage(killed) == lineage(whole)
    assert hashes(killed / LOOP) == hashes(whole / LOOP)


@pytest.mark.slow
def test_each_round_is_sampled_by_the_model_that_the_one_before_trained(loops: tuple[Path, Path]) -> None:
    folder = loops[1]
    first, second = lineage(folder).rounds
    base = lineage(folder).base
    assert base is not None
    assert first.sampled_by == base
    assert second.sampled_by == second.began_from == first.checkpoint
    revisions = {base.revision, first.checkpoint.revision, second.checkpoint.revision}
    assert len(revisions) == 3, "training has changed the weights"
    for each in (first, second):
        rollouts = records(folder, f"round-0{each.number}", "rollouts", Rollout)
        assert {one.revision for one in rollouts} == {each.sampled_by.revision}
        assert len({(one.task_id, one.sample) for one in rollouts}) == len(rollouts)


@pytest.mark.slow
def test_no_problem_is_there_twice_nor_held_out(loops: tuple[Path, Path]) -> None:
    folder = loops[1]
    held_out = {task.canonical for task in records(folder, "held-out", "held_out", Task)}
    rounds = [records(folder, name, "unique", Task) for name in ("round-01", "round-02")]
    problems = [task.canonical for own in rounds for task in own]
    assert held_out
    assert len(problems) == len(set(problems))
    assert not held_out & set(problems)
    assert records(folder, "round-02", "removed", Removed), "of the 55 one-digit sums some came again"
    made = [
        (task.level, task.index) for name in ("round-01", "round-02") for task in records(folder, name, "tasks", Task)
    ]
    assert len(made) == len(set(made))


@pytest.mark.slow
def test_what_the_pilot_sampled_is_not_sampled_again(loops: tuple[Path, Path]) -> None:
    folder = loops[0]
    for each in lineage(folder).rounds:
        assert each.chosen is not None
        assert each.chosen in each.grid
        own = run_in(folder, f"round-0{each.number}").config
        assert own["sampling"]["temperature"] == each.chosen.temperature
        assert own["train"]["group_size"] == each.chosen.samples
        pilot = records(folder, f"pilot-0{each.number}", "pilot", Rollout)
        assert len(pilot) == 2 * 4 * len(records(folder, f"pilot-0{each.number}", "unique", Task))
        taken = {
            (one.task_id, one.sample): one
            for one in pilot
            if one.sampling["temperature"] == each.chosen.temperature and one.sample < 4
        }
        rollouts = {
            (one.task_id, one.sample): one for one in records(folder, f"round-0{each.number}", "rollouts", Rollout)
        }
        assert taken.keys() <= rollouts.keys()
        assert all(rollouts[key] == one for key, one in taken.items())


@pytest.mark.slow
def test_the_second_plan_tells_why_and_is_followed(loops: tuple[Path, Path]) -> None:
    folder = loops[0]
    plan = read_plan(str(folder / LOOP), 2)
    assert all(cell.course is not None and cell.course.problems for cell in plan)
    assert sum(cell.count for cell in plan) == 28
    made = records(folder, "round-02", "tasks", Task)
    assert [(cell.level, cell.count) for cell in plan] == [
        (level, sum(task.level == level for task in made)) for level in (1, 2)
    ]
    assert {task.index for task in made if task.level == 1} == set(range(14, 14 + plan[0].count))


@pytest.mark.slow
def test_a_checkpoint_is_walked_back_to_its_tasks_and_seeds(loops: tuple[Path, Path]) -> None:
    folder = loops[0]
    last = folder / LOOP / lineage(folder).rounds[-1].checkpoint.name
    second, first = lineage_of(str(last))
    assert (second.round.number, first.round.number) == (2, 1)
    rows = records(folder, "round-01", "curriculum_train", CurriculumRow)
    assert [(task.id, task.seed, task.index) for task in first.tasks] == [(row.id, 5, row.index) for row in rows]
    assert lineage_of(str(folder / LOOP / "round-01"))[0] == first
    with pytest.raises(LineageError, match="no loop has made it"):
        lineage_of(str(folder / "model"))


@pytest.mark.slow
def test_the_report_tells_the_loop_round_by_round(
    loops: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(loops[0])
    _, command = commands("docs/rounds.md")
    assert exit_code(lambda: app([*shlex.split(command)[1:], "--md"], standalone_mode=False)) == 0
    assert "round by round" in capsys.readouterr().out
    told = told_of(str(LOOP), lineage(loops[0]))
    assert [each.number for each in told.rounds] == [0, 1, 2]
    assert all(each.pass_at_1 is not None and each.low is not None for each in told.rounds)
    assert [each.piloted > 0 for each in told.rounds] == [False, True, True]
    for name in ("report.html", "report.md"):
        text = (LOOP / name).read_text()
        assert "Round by round" in text
        assert "exploitation" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("round-01/train/*/checkpoints/*/model/model.safetensors", "the checkpoint of round 1"),
        ("round-02/curriculum_train/*/00000.parquet", "what round 2 was trained on"),
        ("held-out/held_out/*/00000.parquet", "a held-out shard"),
    ],
)
def test_a_parent_that_has_changed_is_refused_by_name(loops: tuple[Path, Path], path: str, told: str) -> None:
    folder = loops[1] / LOOP
    (changed,) = folder.glob(path)
    bytes_before = changed.read_bytes()
    changed.write_bytes(bytes_before[:-1] + bytes([bytes_before[-1] ^ 1]))
    try:
        with pytest.raises(LineageError, match=told):
            gone_round(loops[1])
    finally:
        changed.write_bytes(bytes_before)


@pytest.mark.slow
def test_another_config_is_refused_and_more_rounds_are_not(
    loops: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(loops[0])
    found, folder = lineage(loops[0]), str(LOOP)
    with pytest.raises(LineageError, match="seed: it was 5"):
        verified(folder, found, found.config | {"seed": 6})
    verified(folder, found, found.config | {"rounds": 9, "patience": 2, "workers": 4})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"train": None}, "give model and train"),
        ({"model": {"name": "m", "engine": "server", "url": "http://127.0.0.1:1/v1"}}, "a server has its own weights"),
        ({"aim": {"rounds": 2}}, "take weakness for aim"),
        ({"train": {"output": "elsewhere"}}, "train.output"),
        ({"output": "s3://bucket/runs"}, "name a folder"),
    ],
)
def test_what_can_not_go_round_is_refused(changed: dict[str, Any], told: str) -> None:
    given = {
        "name": "loop",
        "tasks": {"sources": [{"family": "arithmetic.reversed_addition", "count": 2, "levels": [1]}]},
        "train": {"steps": 1},
    }
    with pytest.raises(ValidationError, match=told):
        RoundsConfig.model_validate(given | changed)


def test_without_its_first_model_a_loop_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = served(Asked(CONFIG, SMALL, "rounds"))
    with pytest.raises(ModelError, match="no model or folder"):
        found.flow.fn(RoundsConfig.model_validate(found.parameters["config"]))
    assert not list(tmp_path.rglob("*.parquet"))
    assert read_lineage(str(LOOP)) is None


def test_a_lineage_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "lineage.json").write_bytes(msgspec.json.encode({"taskmill_rounds": 2, "config": {}}))
    with pytest.raises(LineageError, match="newer taskmill"):
        read_lineage(str(tmp_path))
    (tmp_path / "lineage.json").write_text("{")
    with pytest.raises(LineageError, match="begin the loop anew"):
        read_lineage(str(tmp_path))
    assert read_lineage(str(tmp_path / "nowhere")) is None
