"""A run whose model answers from a server: within its budget, gone on from there, and with nothing told of the key."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.engines.protocol import Request
from pipeline.engines.transformers import TransformersEngine
from pipeline.store import load_run
from schemas import Difficulty, Rollout, Task
from trainer.config import SamplingConfig

KEY = "sk-run-2718281828"
ROOT = Path(__file__).parents[2]
CONFIG = """
name: served
seed: 3
tasks:
  sources: [{family: arithmetic.chain, count: 6, levels: [1]}]
model:
  name: smollm2-135m
  engine: server
  url: http://127.0.0.1:%d/v1
  key_env: SERVED_KEY
  tokenizer: smollm2-135m
  concurrency: 4
  budget: {tokens: 1500}
sampling: {max_tokens: 8, prefill: "Answer:", stop: ["\\n"]}
difficulty: {cap: 8, prior: jeffreys}
"""

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_prefect")]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.pipeline.openai_server", "smollm2-135m"]
    environment = {**os.environ, "TEST_SERVER_KEY": KEY}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.terminate()


def run(folder: Path, *overrides: str) -> "subprocess.CompletedProcess[str]":
    settings = [part for override in overrides for part in ("--set", override)]
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", "run", str(folder / "served.yaml"), *settings],
        env={**os.environ, "PREFECT_HOME": str(folder / "prefect"), "SERVED_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_a_run_at_a_server_stops_at_its_budget_goes_on_and_is_that_of_the_model(tmp_path: Path, port: int) -> None:
    (tmp_path / "served.yaml").write_text(CONFIG % port + f"output: {tmp_path / 'out'}\n")

    first = run(tmp_path)
    assert first.returncode == 1, first.stderr
    assert "of 1,500 tokens are spent" in first.stderr
    kept = list((tmp_path / "out/served/rollouts").rglob("_journal/*/*.parquet"))
    assert kept, "what was paid for before the budget ended is kept"
    early = {path: path.read_bytes() for path in kept}

    second = run(tmp_path, "model.budget.tokens=1000000")
    assert second.returncode == 0, second.stderr
    made = load_run(str(tmp_path / "out/served"))
    unique, rollouts = made.sealed("unique", Task), made.sealed("rollouts", Rollout)
    graded = made.sealed("difficulty", Difficulty)
    assert unique is not None
    assert rollouts is not None
    assert graded is not None
    stored = list(rollouts.records())
    assert len({(one.task_id, one.sample) for one in stored}) == len(stored)
    assert sum(one.samples for one in graded.records()) == len(stored)
    context = "served, owned_by tests, root smollm2-135m, max_model_len "
    assert all(one.engine == "server" and one.revision.startswith(context) for one in stored)

    # The server answers by our own engine: asked alike, that gives the same tokens.
    engine = TransformersEngine.load("smollm2-135m", device="cpu")
    tasks = {task.id: task for task in unique.records()}
    sampling = SamplingConfig(max_tokens=8, prefill="Answer:", stop=["\n"])
    requests = [
        Request(
            id=str(number),
            prompt_ids=engine.encode(tasks[one.task_id].prompt, sampling.prefill),
            seeds=(one.seed,),
        )
        for number, one in enumerate(stored[:24])
    ]
    for done in engine.generate(requests, sampling.for_engine()):
        assert stored[int(done.request_id)].token_ids == done.token_ids
        assert stored[int(done.request_id)].logprobs == pytest.approx(done.logprobs, abs=1e-3)

    everything = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert not [path for path in everything if KEY.encode() in path.read_bytes()]
    assert not any(KEY in text for text in (first.stdout, first.stderr, second.stdout, second.stderr, str(early)))


def test_a_wrong_key_fails_at_once_unseen(tmp_path: Path, port: int) -> None:
    (tmp_path / "served.yaml").write_text(CONFIG % port + f"output: {tmp_path / 'out'}\n")
    done = run(tmp_path, "model.key_env=PREFECT_HOME")
    assert done.returncode == 1
    assert "401 Unauthorized" in done.stderr
    assert "model.key_env" in done.stderr
    assert str(tmp_path / "prefect") not in done.stderr
