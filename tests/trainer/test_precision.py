"""bf16 with fp32 masters: close to fp32, and nothing lost that bf16 alone would lose."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from trainer.batch import Row, collate
from trainer.config import TrainConfig
from trainer.learner import Learner, ready, weights
from trainer.logprobs import completion_logprobs
from trainer.optimizer import open_optimizer, trained_by
from trainer.precision import halved, masters

AModel = Callable[..., Any]


def settings(**changes: Any) -> TrainConfig:
    return TrainConfig.model_validate({"model": "m", "shards": ["s"], "output": "o", "precision": "bfloat16"} | changes)


def in_bf16(model: Any, checkpointing: bool = False) -> Learner:
    before = halved(model)
    return Learner(ready(model, checkpointing), None, "r", masters(model, before))


def rows(seed: int = 0) -> list[Row]:
    draw = torch.Generator().manual_seed(seed)

    def ids(count: int) -> list[int]:
        return torch.randint(2, 52, (count,), generator=draw).tolist()

    return [Row(ids(p), ids(t), [0.0] * t, [0.0] * t, [1.0] * t, 1.0) for p, t in [(5, 3), (1, 6), (9, 1), (4, 4)]]


def loss(model: Any, some: list[Row]) -> Tensor:
    return -completion_logprobs(model, collate(some, torch.device("cpu")), 1.0).sum()


def test_layers_are_in_bf16_and_log_probabilities_in_fp32(random_model: AModel) -> None:
    learner = in_bf16(random_model(dtype=torch.float32))
    kept = {"model.embed_tokens.weight", "lm_head.weight"}
    assert {name for name, own in learner.model.named_parameters() if own.dtype != torch.bfloat16} == kept
    assert set(learner.masters) == {name for name, _ in learner.model.named_parameters()} - kept
    assert all(own.dtype == torch.float32 for own in learner.trained)
    seen: list[torch.dtype] = []
    learner.model.model.layers[0].register_forward_hook(lambda layer, given, out: seen.append(out.dtype))
    batch = collate(rows()[:1], torch.device("cpu"))
    told = completion_logprobs(learner.model, batch, 1.0)
    assert set(seen) == {torch.bfloat16}
    hidden = learner.model.get_decoder()(input_ids=batch.input_ids).last_hidden_state.float()
    spread = (hidden @ learner.model.lm_head.weight.t()).log_softmax(-1)
    expected = spread[0, 4:7].gather(-1, batch.input_ids[0, 5:8, None])[:, 0]
    torch.testing.assert_close(told[0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_loss_and_gradient_are_close_to_those_in_fp32(random_model: AModel, checkpointing: bool) -> None:
    plain = random_model(dtype=torch.float32)
    learner = in_bf16(random_model(dtype=torch.float32), checkpointing)
    learner.model.train()
    exact, told = loss(plain, rows()), loss(learner.model, rows())
    assert told.item() == pytest.approx(exact.item(), rel=0.02)
    exact.backward()
    told.backward()
    expected = torch.cat([own.grad.flatten() for own in plain.parameters()])
    found = torch.cat([own.grad.flatten() for own in learner.trained if own.grad is not None])
    assert found.dtype == torch.float32
    assert torch.cosine_similarity(found, expected, dim=0) > 0.99
    assert all(own.grad is None for name, own in learner.model.named_parameters() if name in learner.masters)


def test_gradients_of_micro_batches_are_added_in_fp32(random_model: AModel) -> None:
    """Many small ones to a large one: in bf16 they would all be lost."""
    learner = in_bf16(random_model(dtype=torch.float32))
    large, small = 1.0, 1e-3
    for scale in [large, *[small] * 50]:
        (scale * loss(learner.model, rows())).backward()
    single = in_bf16(random_model(dtype=torch.float32))
    loss(single.model, rows()).backward()
    for own, one in zip(learner.trained, single.trained, strict=True):
        assert own.grad is not None
        assert one.grad is not None
        assert (own.grad - one.grad * (large + 50 * small)).norm() < 0.01 * one.grad.norm()


def test_updates_below_a_rounding_step_add_up_in_the_masters(random_model: AModel) -> None:
    learner = in_bf16(random_model(dtype=torch.float32))
    optimizer = open_optimizer(learner, settings(lr=2e-5))
    name = "model.layers.0.mlp.up_proj.weight"
    own, master = dict(learner.model.named_parameters())[name], learner.masters[name]
    start, alone = own.detach().clone(), own.detach().clone()
    first = master.detach().clone()
    for _ in range(50):
        for parameter in trained_by(optimizer):
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        alone -= 2e-5  # what a weight without a master would do
        assert torch.equal(own, master.to(torch.bfloat16)), "the weight is its master, rounded"
    torch.testing.assert_close(first - master, torch.full_like(master, 50 * 2e-5), rtol=1e-2, atol=0)
    large = start.abs() > 0.1
    assert torch.equal(alone[large], start[large]), "bf16 alone has lost every step"
    followed = (start - own).float()[large]
    assert followed.mean().item() == pytest.approx(50 * 2e-5, rel=0.3)


def test_checkpoints_have_the_masters_under_the_names_of_the_weights(random_model: AModel) -> None:
    plain = dict(random_model(dtype=torch.float32).named_parameters())
    told = dict(weights(in_bf16(random_model(dtype=torch.float32))))
    assert set(told) == set(plain)
    assert all(torch.equal(told[name], plain[name]) for name in plain), "no bit is lost"
