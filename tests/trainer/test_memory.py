"""The memory that is told: counted from the model and the config; `test_real_model` measures it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from schemas import Task
from trainer import tiny
from trainer.config import LoraConfig, TrainConfig
from trainer.learner import Learner
from trainer.lora import adapted
from trainer.memory import Memory, memory_of
from trainer.precision import halved, masters

AModel = Callable[..., Any]


@pytest.fixture
def told(random_model: AModel, some_tasks: Callable[..., list[Task]]) -> Callable[..., Memory]:
    def told(**changes: Any) -> Memory:
        given = {"model": "m", "shards": ["s"], "output": "o", "sampling": {"max_tokens": 9}} | changes
        config = TrainConfig.model_validate(given)
        model = random_model(dtype=torch.float32)
        before = halved(model) if config.precision == "bfloat16" else {}
        view = adapted(model, config.lora, 0) if config.lora else None
        learner = Learner(model, tiny.tokenizer(), "r", masters(model, before), view)
        reference = random_model(dtype=torch.float32) if config.loss.kl else None
        return memory_of(learner, reference, config, some_tasks(3))

    return told


def numbers(model: Any) -> int:
    return sum(own.numel() for own in model.parameters())


def test_all_weights_take_sixteen_bytes_each(told: Callable[..., Memory], random_model: AModel) -> None:
    count = numbers(random_model())
    plain = told()
    assert (plain.weights, plain.gradients, plain.moments) == (4 * count, 4 * count, 8 * count)
    assert plain.saving == 0
    assert plain.peak >= 16 * count + plain.activations
    assert told(loss={"kl": {"coefficient": 0.1}}).weights == 8 * count
    assert told(optimizer="adamw8bit").moments == pytest.approx(2 * count, rel=0.05)


def test_bf16_has_masters_beside_half_the_layers(told: Callable[..., Memory], random_model: AModel) -> None:
    model = random_model()
    ends = 2 * 52 * 16
    halves, plain = told(precision="bfloat16"), told()
    assert halves.weights == 4 * ends + 6 * (numbers(model) - ends)
    assert (halves.gradients, halves.moments) == (plain.gradients, plain.moments)
    assert halves.activations == plain.activations // 2


def test_adapters_have_the_only_gradients_and_a_reference_for_nothing(
    told: Callable[..., Memory], random_model: AModel
) -> None:
    model = random_model()
    view = adapted(model, LoraConfig(rank=2), 0)
    added = sum(own.numel() for own in view.parameters() if own.requires_grad)
    small = told(lora={"rank": 2}, loss={"kl": {"coefficient": 0.1}})
    assert (small.gradients, small.moments) == (4 * added, 8 * added)
    assert small.weights == 4 * numbers(model)
    assert 0 < small.saving < small.weights


def test_larger_passes_take_more_until_all_is_in_one(told: Callable[..., Memory]) -> None:
    sizes = [told(micro_batch_tokens=count).activations for count in (1, 100, 1000, 10**6, 10**7)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[1] < sizes[2] < sizes[3] == sizes[4]
    assert told(gradient_checkpointing=False).activations > told().activations


def test_it_says_what_is_too_little_and_what_to_do(told: Callable[..., Memory]) -> None:
    fine = told()
    assert "too little" not in str(fine)
    tight = Memory(
        weights=10**9, gradients=0, moments=3 * 10**9, activations=0, logits=0, cache=0, saving=0, free=10**9
    )
    said = (
        "memory: about 4.0 GB (weights 1.0 GB, moments 3.0 GB); 1.0 GB are free, too little: lower micro_batch_tokens"
    )
    assert str(tight).startswith(said)
