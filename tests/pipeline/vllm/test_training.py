"""Real training steps of SmolLM2-135M that sample by vLLM: it serves every step's weights, and the last ones."""

from pathlib import Path

import pytest

from generators.family import make_task
from generators.registry import family_named
from pipeline.engines import Request, Sampling, open_engine
from pipeline.engines.transformers import TransformersEngine
from pipeline.store import read_shards
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Rollout, Task
from trainer.config import TrainConfig
from trainer.loop import train
from trainer.record import read_metrics

pytestmark = pytest.mark.slow


def test_vllm_samples_from_the_weights_of_every_step(tmp_path: Path) -> None:
    family = family_named("strings.word_sorting")
    tasks = [make_task(family, level=1, seed=3, index=index) for index in range(4)]
    write_whole(str(tmp_path / "tasks.parquet"), shard_bytes(tasks, Task)[0])
    config = TrainConfig.model_validate(
        {
            "model": "smollm2-135m",
            "shards": [str(tmp_path / "tasks.parquet")],
            "output": str(tmp_path / "out"),
            "steps": 2,
            "prompts_per_step": 2,
            "group_size": 4,
            "sampling": {"max_tokens": 8},
            "lr": 1e-5,
            "warmup_steps": 0,
            "control": {"kind": "random"},  # this model gets nothing right in eight tokens
            "loss": {"mismatch": "token_truncate"},
            "vllm": {"context": 512, "cache_gb": 0.5},
            "verifiers": 0,
            "threads": 1,
        }
    )
    summary = train(config)
    steps = read_metrics(tmp_path / "out")
    assert [step.outcome for step in steps] == ["updated", "updated"]
    assert all(step.sampler_gap_mean is not None and step.sampler_gap_mean < 1e-3 for step in steps)
    rollouts = list(read_shards([str(tmp_path / "out" / "rollouts" / "*.parquet")], Rollout))
    assert {rollout.engine for rollout in rollouts} == {"vllm"}
    assert [rollout.revision[-6:] for rollout in rollouts] == ["+step0"] * 8 + ["+step1"] * 8

    prompts, continuations = [(5, 6, 7, 8)], [tuple(rollouts[-1].token_ids)]
    told = []
    for name in (summary.model, "smollm2-135m"):
        learner = TransformersEngine.load(name, device="cpu")
        told.append(learner.score(prompts, continuations)[0])
        learner.close()
    served = open_engine("vllm", summary.model, cache_gb=0.5)
    try:
        assert served.score(prompts, continuations)[0] == pytest.approx(told[0], abs=1e-3)
        assert max(abs(new - old) for new, old in zip(*told, strict=True)) > 1e-3, "the weights have moved"
        request = Request(id="a", prompt_ids=prompts[0], seeds=(1,))
        assert [one.finish for one in served.generate([request], Sampling(max_tokens=3))] == ["length"]
    finally:
        served.close()
