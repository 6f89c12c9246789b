"""An aimed run with the real model: killed in its second round and gone on, it comes out as one left in peace."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.store import load_run
from schemas import AimedCell, CurriculumRow, Difficulty, Rollout, Task

CONFIG = """
name: aimed
seed: 3
aim: {rounds: 3, explore: 0.2, candidates: 2}
tasks:
  shard_size: 4
  sources:
  - {family: arithmetic.chain, count: 3, levels: [1, 2]}
model: {name: smollm2-135m, threads: 1}
sampling: {temperature: 0.7, max_tokens: 4, prefill: "Answer:", stop: ["\\n"]}
difficulty: {cap: 4, prior: jeffreys}
curriculum: {keep: [too_hard, in_band, too_easy, undecided]}
"""

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_prefect")]


def started(folder: Path) -> "subprocess.Popen[str]":
    (folder / "aimed.yaml").write_text(CONFIG + f"output: {folder}\n")
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "run", str(folder / "aimed.yaml")],
        env={**os.environ, "PREFECT_HOME": str(folder / "prefect"), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The run that was killed once its second round's tasks were there, and the one that was not."""
    killed, whole = tmp_path_factory.mktemp("killed"), tmp_path_factory.mktemp("whole")
    first, other = started(killed), started(whole)
    deadline = time.monotonic() + 540
    while not list((killed / "aimed" / "unique").glob("*/_manifest/00002.json")) and first.poll() is None:
        assert time.monotonic() < deadline, "the second round was not reached in nine minutes"
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert not (killed / "aimed" / "report.html").exists()
    output, errors = other.communicate(timeout=600)
    assert other.returncode == 0, errors
    assert "yield by round" in output
    again = started(killed)
    _, errors = again.communicate(timeout=600)
    assert again.returncode == 0, errors
    assert "round 3 of 3" in errors
    return killed / "aimed", whole / "aimed"


def hashes(run: Path, stage: str) -> dict[str, str]:
    files = sorted((run / stage).rglob("*.parquet"))
    return {str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("stage", ["aim", "tasks", "unique", "removed", "chosen", "not_chosen", "difficulty"])
def test_plans_and_shards_are_those_of_a_run_left_in_peace(runs: tuple[Path, Path], stage: str) -> None:
    killed, whole = (hashes(run, stage) for run in runs)
    assert len(whole) >= 1
    assert killed == whole


def test_every_round_is_rolled_out_and_reaches_the_curriculum(runs: tuple[Path, Path]) -> None:
    run = load_run(str(runs[0]))
    plans, chosen = run.sealed("aim", AimedCell), run.sealed("chosen", Task)
    rollouts, graded = run.sealed("rollouts", Rollout), run.sealed("difficulty", Difficulty)
    assert plans is not None
    assert chosen is not None
    assert rollouts is not None
    assert graded is not None
    assert (plans.count, chosen.count) == (3, 8)
    assert {row.round for row in plans.records()} == {1, 2, 3}
    tasks = [task.id for task in chosen.records()]
    assert [each.task_id for each in graded.records()] == tasks
    samples = [(rollout.task_id, rollout.sample) for rollout in rollouts.records()]
    assert len(samples) == len(set(samples)) == sum(each.samples for each in graded.records())
    splits = [run.sealed(f"curriculum_{split}", CurriculumRow) for split in ("train", "validation", "test")]
    assert {row.id for stage in splits if stage is not None for row in stage.records()} == set(tasks)
    page = (runs[0] / "report.html").read_text()
    assert "Yield per round" in page
    assert "not chosen for rollouts" in page
