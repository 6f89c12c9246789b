"""Runs that share a folder of samples: another band makes no sample again, and gives what it would have without."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.engines.config import ModelConfig
from pipeline.engines.opening import cached
from pipeline.engines.protocol import EngineError
from pipeline.store import load_run
from schemas import Rollout
from tests.pipeline.echo_engine import Echo, answers, asking
from trainer import tiny

ROOT = Path(__file__).parents[2]

CONFIG = """
name: first
seed: 3
tasks:
  shard_size: 12
  sources: [{family: arithmetic.reversed_addition, count: 24, levels: [1], styles: [bare]}]
sampling: {temperature: 1.0, max_tokens: 3}
difficulty: {cap: 8, prior: jeffreys}
curriculum: {keep: [too_hard, in_band, too_easy, undecided]}
"""

RUNS = """
import sys
from pathlib import Path

from flows.run import run_config
from pipeline.engines.transformers import TransformersEngine

config, cache = sys.argv[1:]
generate = TransformersEngine.generate
sampled = []


def counted(engine, requests, sampling):
    asked = list(requests)
    sampled.extend((request.id, seed) for request in asked for seed in request.seeds)
    return generate(engine, asked, sampling)


TransformersEngine.generate = counted
other = ["difficulty.band_low=0.05", "difficulty.band_high=0.4", "difficulty.zone=0.02", "difficulty.cap=16"]
run_config(Path(config), [f"model.cache={cache}"], fresh=False)
run_config(Path(config), ["name=second", f"model.cache={cache}", *other], fresh=False)
assert len(sampled) == len(set(sampled)), "a sample was made twice"
made = len(sampled)
run_config(Path(config), ["name=plain", *other], fresh=False)
print("sampled", made, len(sampled) - made)
"""


def rollouts(folder: Path, name: str) -> dict[tuple[str, int], Rollout]:
    stage = load_run(str(folder / "out" / name)).sealed("rollouts", Rollout)
    assert stage is not None
    return {(each.task_id, each.sample): each for each in stage.records()}


@pytest.mark.slow
@pytest.mark.usefixtures("shared_prefect")
def test_a_run_with_another_band_samples_only_what_is_new(tmp_path: Path) -> None:
    tokenizer = tiny.tokenizer()
    tokenizer.save_pretrained(tmp_path / "model")
    tiny.model(1, len(tokenizer)).save_pretrained(tmp_path / "model")
    config = tmp_path / "run.yaml"
    model = f"model: {{name: {tmp_path / 'model'}, threads: 1}}\n"
    config.write_text(f"{CONFIG}{model}output: {tmp_path / 'out'}\n")
    done = subprocess.run(
        [sys.executable, "-c", RUNS, str(config), str(tmp_path / "samples")],
        cwd=ROOT,
        env={**os.environ, "PREFECT_HOME": str(tmp_path / "prefect")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    first, second, plain = (rollouts(tmp_path, name) for name in ("first", "second", "plain"))
    [counts] = [line for line in done.stdout.splitlines() if line.startswith("sampled ")]
    assert counts == f"sampled {len(first.keys() | second.keys())} {len(plain)}"
    shared = first.keys() & second.keys()
    assert len(shared) >= 24
    assert all(first[key] == second[key] for key in shared)
    assert f"{len(shared):,} of {len(second):,} samples from the cache" in done.stderr
    assert f"0 of {len(first):,} samples from the cache" in done.stderr
    assert second.keys() == plain.keys()
    for key, one in second.items():
        other = plain[key]
        assert (one.token_ids, one.text, one.score, one.seed) == (other.token_ids, other.text, other.score, other.seed)
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-4)


SERVED = {"engine": "server", "name": "m", "url": "http://127.0.0.1:1/v1"}


@pytest.mark.parametrize(
    ("changed", "known"),
    [
        ({"concurrency": 2, "timeout": 5.0, "key_env": "KEY", "budget": {"tokens": 10}}, True),
        ({"url": "http://127.0.0.1:2/v1"}, False),
        ({"tokenizer": "smollm2-135m"}, False),
        ({"engine": "vllm", "url": "", "context": 100}, False),
    ],
)
def test_a_sample_is_known_by_what_changes_it_and_by_nothing_else(
    tmp_path: Path, changed: dict[str, object], known: bool
) -> None:
    model = ModelConfig.model_validate({**SERVED, "cache": str(tmp_path)})
    other = ModelConfig.model_validate({**SERVED, **changed, "cache": str(tmp_path)})
    engine = Echo()
    answers(cached(lambda: engine, model), [asking("p", 1, 2)])
    answers(cached(lambda: engine, other), [asking("p", 1, 2)])
    assert len(engine.made) == (2 if known else 4)


def test_without_a_cache_the_engine_is_the_engine() -> None:
    engine = Echo()
    assert cached(lambda: engine, ModelConfig()) is engine


def test_a_bad_folder_is_said_before_the_engine_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    def opened() -> Echo:
        raise AssertionError("the model was loaded in vain")

    with pytest.raises(EngineError, match=r"model\.cache"):
        cached(opened, ModelConfig(cache=str(tmp_path / "file")))
