"""SmolLM2-135M trains for real: adapters alone, into a folder that others load; and in the memory that was told."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.memory import measured, settings
from pipeline.models import resolve
from trainer.config import TrainConfig
from trainer.learner import open_learner
from trainer.loop import train
from trainer.record import read_metrics
from trainer.state import checkpoints, read_progress

pytestmark = pytest.mark.slow
MODEL = "smollm2-135m"


@pytest.fixture
def a_config(tmp_path: Path) -> dict[str, Any]:
    return settings(tmp_path, group_size=4, sampling={"max_tokens": 12})


def test_adapters_learn_and_are_merged_into_a_model_that_others_load(a_config: dict[str, Any]) -> None:
    config = TrainConfig.model_validate(
        a_config | {"lora": {"rank": 8}, "lr": 1e-3, "loss": {"kl": {"coefficient": 0.1}}}
    )
    summary = train(config)
    first, second = read_metrics(Path(config.output))
    assert (first.outcome, second.outcome) == ("updated", "updated")
    assert first.kl == pytest.approx(0.0, abs=1e-6), "the reference is the model itself, its adapters off"
    assert second.kl is not None
    assert second.kl > 1e-6
    assert first.sampler_gap_max is not None
    assert max(first.sampler_gap_max, second.sampler_gap_max or 1.0) < 1e-3

    last = checkpoints(Path(config.output))[-1]
    learner = open_learner(config, last, read_progress(last, {}).base_revision)
    base = load_file(Path(resolve(MODEL).path) / "model.safetensors")
    for name, own in learner.model.named_parameters():
        if ".lora_B" in name:
            assert own.abs().max() > 0, f"{name} has moved"
        elif ".lora_A" not in name:
            assert torch.equal(own, base[name.replace(".base_layer", "")]), f"{name} has not"

    loaded = AutoModelForCausalLM.from_pretrained(summary.model, dtype="auto")
    assert loaded.dtype == torch.float32
    ids = AutoTokenizer.from_pretrained(summary.model)("Sort these words: pear, apple", return_tensors="pt").input_ids
    with torch.no_grad():
        served, live = loaded(ids).logits, learner.model(ids).logits
        with learner.adapted.disable_adapter():  # type: ignore[union-attr]
            old = learner.model(ids).logits
    torch.testing.assert_close(served, live, rtol=0, atol=1e-3)
    assert (live - old).abs().max() > 1e-2


def test_the_memory_told_is_within_a_factor_of_two_of_what_is_taken(a_config: dict[str, Any]) -> None:
    told = measured(a_config | {"steps": 1, "prompts_per_step": 1})
    assert told["updates"] == 1
    assert told["taken"] / 2 < told["told"] < told["taken"] * 2, told
    assert told["told"] > 16 * 134_515_008, "four numbers of four bytes for each weight, and more"
