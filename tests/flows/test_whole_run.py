"""The whole way of the data with the real model, small: once through, again without new work, and reported."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generators.verify import verify
from pipeline.store import load_run
from schemas import CurriculumRow, Difficulty, PreferencePair, Rollout, Task
from tests.browser import PHONE, chromium, opened

ROOT = Path(__file__).parents[2]

CONFIG = """
name: small
seed: 3
tasks:
  shard_size: 6
  sources:
  - {family: arithmetic.chain, count: 8, levels: [1]}
  - {family: strings.word_sorting, count: 4, levels: [1]}
model: {name: smollm2-135m, threads: 2}
sampling: {max_tokens: 8, prefill: "Answer:", stop: ["\\n"]}
difficulty: {cap: 8, prior: jeffreys}
curriculum:
  keep: [too_hard, in_band, too_easy, undecided]
  shares: {train: 1.0, validation: 0.0, test: 0.0}
train: {steps: 1, prompts_per_step: 2, group_size: 4, lr: 1.0e-5}
"""

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_prefect")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    (folder / "small.yaml").write_text(CONFIG + f"output: {folder / 'out'}\n")
    return folder


def started(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *arguments],
        env={**os.environ, "PREFECT_HOME": str(folder / "prefect")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def hashes(run: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(run.rglob("*.parquet"))}


@pytest.fixture(scope="module")
def finished(folder: Path) -> Path:
    """A run that was killed in the middle of its rollouts, and then run to its end."""
    first = started(folder, "run", str(folder / "small.yaml"))
    journals = folder / "out" / "small" / "rollouts"
    deadline = time.monotonic() + 300
    while not list(journals.rglob("_journal/*/*.parquet")) and first.poll() is None:
        assert time.monotonic() < deadline, "no rollout was journalled in five minutes"
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    kept = hashes(journals)

    second = started(folder, "run", str(folder / "small.yaml"))
    output, errors = second.communicate(timeout=900)
    assert second.returncode == 0, errors
    assert "report.html" in output
    assert kept, "the first run was killed before it had journalled anything"
    return folder / "out" / "small"


def test_every_stage_is_there_and_agrees_with_the_one_before(finished: Path) -> None:
    run = load_run(str(finished))
    unique = run.sealed("unique", Task)
    rollouts = run.sealed("rollouts", Rollout)
    graded = run.sealed("difficulty", Difficulty)
    kept = run.sealed("curriculum_train", CurriculumRow)
    assert unique is not None
    assert rollouts is not None
    assert graded is not None
    assert kept is not None
    tasks = {task.id for task in unique.records()}
    assert {each.task_id for each in graded.records()} == tasks == {row.id for row in kept.records()}
    samples = [(rollout.task_id, rollout.sample) for rollout in rollouts.records()]
    assert len(samples) == len(set(samples)) == sum(each.samples for each in graded.records())


def test_training_took_a_step_and_left_weights(finished: Path) -> None:
    weights = list(finished.glob("train/*/**/model.safetensors"))
    assert len(weights) == 1
    assert list(finished.glob("train/*/metrics.jsonl"))


def test_a_second_run_samples_nothing_and_changes_no_byte(folder: Path, finished: Path) -> None:
    before = hashes(finished)
    again = started(folder, "run", str(folder / "small.yaml"))
    _, errors = again.communicate(timeout=600)
    assert again.returncode == 0, errors
    assert hashes(finished) == before


def test_the_report_shows_the_way_of_the_data(folder: Path, finished: Path) -> None:
    done = started(folder, "report", str(finished))
    output, errors = done.communicate(timeout=120)
    assert done.returncode == 0, errors
    assert "generated" in output
    page = (finished / "report.html").read_text()
    for words in ("The way of the data", "Band shares", "arithmetic.chain", "Training", "<svg"):
        assert words in page
    assert "http://" not in page
    assert "src=" not in page
    with chromium() as browser, opened(browser, finished / "report.html", width=PHONE) as seen:
        assert (seen.console, seen.errors, seen.outside, seen.overflow()) == ([], [], [], 0)
        assert re.fullmatch(r"\d+ of \d+ rollouts", seen.text("#rollout-count"))


def test_pairs_are_made_of_the_rollouts_and_judged_again_as_they_were(folder: Path, finished: Path) -> None:
    done = started(folder, "pairs", str(finished), "--set", "pairs.balance=null")
    output, errors = done.communicate(timeout=300)
    assert done.returncode == 0, errors
    assert "traces" in output
    run = load_run(str(finished))
    unique, pairs = run.sealed("unique", Task), run.sealed("pairs", PreferencePair)
    assert unique is not None
    assert pairs is not None
    tasks = {task.id: task for task in unique.records()}
    told = [
        (verify(tasks[p.task_id], p.chosen[0].content), verify(tasks[p.task_id], p.rejected[0].content))
        for p in pairs.records()
        if p.kind != "unsound"  # whose rejected answers are right
    ]
    assert told
    assert all(chosen.score == 1.0 and rejected.score == 0.0 for chosen, rejected in told)


@pytest.mark.parametrize("page", ["publish.md", "records.md", "pairs.md"])
def test_the_code_of_the_pages_runs_on_the_finished_run(page: str, finished: Path, tmp_path: Path) -> None:
    text = (ROOT / "docs" / page).read_text().replace("outputs/demo", str(finished))
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    for block in blocks:
        done = subprocess.run(
            [sys.executable, "-c", block], env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert done.stdout.strip()


def test_a_changed_config_makes_new_shards_and_names_the_old_ones(folder: Path, finished: Path) -> None:
    changed = started(
        folder, "run", str(folder / "small.yaml"), "--set", "seed=4", "--set", "model=null", "--set", "train=null"
    )
    _, errors = changed.communicate(timeout=600)
    assert changed.returncode == 0, errors
    assert "shards of another config or version are kept and not used" in errors
