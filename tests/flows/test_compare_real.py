"""Two stages of one real model compared by `taskmill run`, killed while the second is rolled out, and gone on."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest
import torch

from generators.family import make_task
from pipeline.engines.config import ModelConfig
from pipeline.models.load import without_bars
from pipeline.store import load_run
from schemas import Ability, CurriculumRow, Difficulty, Item, Rollout, Task, from_table
from trainer import tiny

CONFIG = """
name: compared
seed: 3
tasks:
  sources: [{family: arithmetic.reversed_addition, count: 40, levels: [2], styles: [bare]}]
model: {name: %(folder)s/early, threads: 1}
compare: [{name: %(folder)s/late, threads: 1}]
sampling: {max_tokens: 5, prefill: "<answer>", stop: ["</answer>"]}
difficulty: {cap: 8, prior: jeffreys}
curriculum: {keep: [too_hard, in_band, too_easy, undecided]}
output: %(folder)s/out
"""

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_prefect")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config, and one model at two stages of learning: after a tenth of the right answers, and after half."""
    folder = tmp_path_factory.mktemp("compared")
    (folder / "compared.yaml").write_text(CONFIG % {"folder": folder})
    drawn = (make_task(tiny.FAMILY, level=2, seed=5, index=index, style="bare") for index in range(3000))
    signs, before = tiny.tokenizer(), torch.get_num_threads()
    learner = tiny.model(0, len(signs))
    training = list({task.canonical: task for task in drawn}.values())
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny, "HABIT_STEPS", 0)
        for name, skill in (("early", 0.1), ("late", 0.5)):
            patch.setattr(tiny, "SKILLED", skill)
            tiny.warm_start(learner, signs, training, seed=0)
            with without_bars():
                learner.save_pretrained(folder / name)
            signs.save_pretrained(folder / name)
    torch.set_num_threads(before)
    return folder


def started(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "run", str(folder / "compared.yaml")],
        env={**os.environ, "PREFECT_HOME": str(folder / "prefect"), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


class Compared(NamedTuple):
    """A finished comparison, and the rollouts that its second model had when it was killed."""

    folder: Path
    late: str
    kept: list[Rollout]


@pytest.fixture(scope="module")
def compared(folder: Path) -> Compared:
    slug = ModelConfig(name=str(folder / "late")).slug
    first = started(folder)
    run_folder = folder / "out" / "compared"
    deadline = time.monotonic() + 300
    while not (parts := list(run_folder.glob(f"rollouts_{slug}/*/_journal/*/*.parquet"))) and first.poll() is None:
        assert time.monotonic() < deadline, "no rollout of the second model in five minutes"
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert parts, "the first run was not killed in time"
    kept = [rollout for part in parts for rollout in from_table(pq.read_table(part), Rollout)]

    second = started(folder)
    output, errors = second.communicate(timeout=600)
    assert second.returncode == 0, errors
    assert "abilities" in output
    return Compared(run_folder, slug, kept)


def test_a_killed_comparison_goes_on_without_sampling_anything_twice(compared: Compared) -> None:
    run = load_run(str(compared.folder))
    unique, rollouts = run.sealed("unique", Task), run.sealed(f"rollouts_{compared.late}", Rollout)
    graded = run.sealed(f"difficulty_{compared.late}", Difficulty)
    assert unique is not None
    assert rollouts is not None
    assert graded is not None
    made = {(one.task_id, one.sample): one for one in rollouts.records()}
    assert len(made) == sum(info.rows for info in rollouts.shards())
    assert compared.kept
    assert all(made[one.task_id, one.sample] == one for one in compared.kept)
    assert {each.task_id for each in graded.records()} == {task.id for task in unique.records()}


def test_the_further_trained_model_is_the_abler_one_and_decides_nothing(compared: Compared) -> None:
    run = load_run(str(compared.folder))
    unique, items, abilities = run.sealed("unique", Task), run.sealed("items", Item), run.sealed("abilities", Ability)
    rows = run.sealed("curriculum_train", CurriculumRow)
    assert unique is not None
    assert items is not None
    assert abilities is not None
    assert rows is not None
    early, late = abilities.records()
    assert (Path(early.model).name, Path(late.model).name) == ("early", "late")
    assert late.low > early.high
    assert early.revision != late.revision
    assert [item.task_id for item in items.records()] == [task.id for task in unique.records()]
    assert {row.model for row in rows.records()} == {early.model}
    assert "Models side by side" in (compared.folder / "report.html").read_text()


def test_the_code_of_the_page_runs_on_the_comparison(compared: Compared) -> None:
    text = (ROOT / "docs" / "models.md").read_text().replace("outputs/compared", str(compared.folder))
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, timeout=120, cwd=ROOT)
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert done.stdout.strip()
