"""One greedy run of the whole flow, by transformers and by vLLM: the model's answers and the decisions on them."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from pipeline.store import load_run
from schemas import Difficulty, Rollout

pytestmark = pytest.mark.slow

CONFIG = """
name: {engine}
output: {output}
seed: 5
tasks:
  sources:
  - {{family: arithmetic.chain, count: 24, levels: [1, 2], examples: 1}}
  - {{family: strings.word_sorting, count: 24, levels: [1], examples: 1}}
model: {{name: smollm2-135m, engine: {engine}, threads: 1}}
sampling: {{temperature: 0, max_tokens: 16, prefill: "<answer>", stop: ["</answer>"]}}
difficulty: {{cap: 4, error: 0.15, prior: jeffreys}}
"""


def run(folder: Path, engine: str) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, int, int]]]:
    """The texts of each task; its decision, successes and samples."""
    config = folder / f"{engine}.yaml"
    config.write_text(CONFIG.format(engine=engine, output=folder / "out"))
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "run", str(config)],
        env={**os.environ, "PREFECT_HOME": str(folder / "prefect"), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    made = load_run(str(folder / "out" / engine))
    rollouts, graded = made.sealed("rollouts", Rollout), made.sealed("difficulty", Difficulty)
    assert rollouts is not None
    assert graded is not None
    texts: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for rollout in sorted(rollouts.records(), key=lambda one: (one.task_id, one.sample)):
        assert rollout.engine == engine
        texts[rollout.task_id] += (rollout.text,)
    return texts, {one.task_id: (one.decision, one.successes, one.samples) for one in graded.records()}


def test_a_greedy_run_is_the_same_by_transformers_and_by_vllm(tmp_path: Path) -> None:
    ours, decided = run(tmp_path, "transformers")
    theirs, decided_by_vllm = run(tmp_path, "vllm")
    assert ours.keys() == theirs.keys() == decided.keys() == decided_by_vllm.keys()
    assert len(ours) >= 60
    assert len(set(ours.values())) > len(ours) / 4, "answers to different prompts differ"
    assert len(set(decided.values())) > 1, "some are right and some are wrong"
    same = [task for task in ours if ours[task] == theirs[task]]
    print(f"the same texts on {len(same)} of {len(ours)} prompts")
    assert len(same) >= 0.95 * len(ours)
    assert {task: decided[task] for task in same} == {task: decided_by_vllm[task] for task in same}
