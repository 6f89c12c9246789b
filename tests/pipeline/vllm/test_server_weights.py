"""Real training steps that sample at a real vLLM server: it serves every step's weights, or says that it does not."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from generators.family import make_task
from generators.registry import family_named
from pipeline.engines import EngineError
from pipeline.engines.transformers import TransformersEngine
from pipeline.store import read_shards
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Rollout, Task
from tests.pipeline.engines.conftest import served
from trainer.config import TrainConfig
from trainer.loop import train
from trainer.record import read_metrics

pytestmark = pytest.mark.slow


def model_in(place: Path, like: Path, *, tied: bool) -> Path:
    """A random model that reads longer prompts than the one it is like."""
    config = LlamaConfig.from_pretrained(like)
    config.tie_word_embeddings, config.max_position_embeddings = tied, 512
    with torch.random.fork_rng():
        torch.manual_seed(5)
        LlamaForCausalLM(config).save_pretrained(place)
    AutoTokenizer.from_pretrained(like).save_pretrained(place)
    return place


def config_of(model: Path, url: str, output: Path) -> TrainConfig:
    family = family_named("arithmetic.reversed_addition")
    tasks = [make_task(family, level=2, seed=3, index=index, style="bare") for index in range(4)]
    write_whole(str(output / "tasks.parquet"), shard_bytes(tasks, Task)[0])
    given: dict[str, Any] = {
        "model": str(model),
        "shards": [str(output / "tasks.parquet")],
        "output": str(output / "out"),
        "steps": 3,
        "prompts_per_step": 2,
        "group_size": 4,
        "sampling": {"max_tokens": 8},
        "lr": 1e-2,
        "warmup_steps": 0,
        "control": {"kind": "random"},
        "loss": {"mismatch": "token_truncate"},
        "server": {"url": url, "folder": str(output / "weights")},
        "verifiers": 0,
        "threads": 1,
    }
    return TrainConfig.model_validate(given)


def test_the_server_samples_from_the_weights_of_every_step(folder: Path, tmp_path: Path) -> None:
    model = model_in(tmp_path / "model", folder, tied=False)
    with served(model, tmp_path / "log") as url:
        summary = train(config_of(model, url, tmp_path))
    steps = read_metrics(tmp_path / "out")
    assert [step.outcome for step in steps] == ["updated"] * 3
    assert all(step.sampler_gap_max is not None and step.sampler_gap_max < 1e-3 for step in steps)
    rollouts = list(read_shards([str(tmp_path / "out" / "rollouts" / "*.parquet")], Rollout))
    assert [rollout.revision[-6:] for rollout in rollouts] == [f"+step{step}" for step in range(3) for _ in range(8)]
    told = []
    for name in (summary.model, str(model)):
        learner = TransformersEngine.load(name, device="cpu")
        told.append(learner.score([(5, 6, 7)], [rollouts[-1].token_ids])[0])
        learner.close()
    assert max(abs(new - old) for new, old in zip(*told, strict=True)) > 0.01, "the weights have moved"


def test_a_server_on_a_cpu_keeps_a_tied_head_and_is_refused(folder: Path, tmp_path: Path) -> None:
    model = model_in(tmp_path / "model", folder, tied=True)
    with served(model, tmp_path / "log") as url, pytest.raises(EngineError, match=r"step1 and does not serve them"):
        train(config_of(model, url, tmp_path))
    assert [step.step for step in read_metrics(tmp_path / "out")] == [1]
