"""LoRA: what is trained and what is not, what is merged, and that the model itself is its own reference."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from trainer.batch import Row, collate
from trainer.config import LoraConfig
from trainer.learner import Learner, weights
from trainer.logprobs import completion_logprobs
from trainer.lora import LoraError, Unadapted, adapted, adapter_state, merged, restore_adapter, save_adapter

AModel = Callable[..., Any]
IDS = torch.tensor([[5, 9, 3, 40, 22, 7]])


def moved(model: Any) -> None:
    """As after some training: adapters that add something."""
    draw = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, own in model.named_parameters():
            if ".lora_" in name:
                own.copy_(torch.randn(own.shape, generator=draw, dtype=own.dtype) * 0.3)


def logits(model: Any) -> Tensor:
    with torch.no_grad():
        told: Tensor = model(IDS).logits
    return told


def test_new_adapters_change_nothing_and_are_all_that_is_trained(random_model: AModel) -> None:
    model, plain = random_model(), random_model()
    adapted(model, LoraConfig(rank=4), seed=0)
    torch.testing.assert_close(logits(model), logits(plain), rtol=0, atol=0)
    trained = {name for name, own in model.named_parameters() if own.requires_grad}
    assert trained == {name for name, _ in model.named_parameters() if ".lora_" in name}
    assert len(trained) == 2 * 2 * 7, "A and B of seven linear layers in each of two layers"


def test_adapters_are_drawn_from_the_seed_and_from_nothing_else(random_model: AModel) -> None:
    def drawn(seed: int) -> Tensor:
        model = random_model()
        adapted(model, LoraConfig(rank=4), seed)
        return torch.cat([own.flatten() for name, own in model.named_parameters() if ".lora_A" in name])

    torch.manual_seed(1)
    first, state = drawn(0), torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(first, drawn(0))
    assert not torch.equal(first, drawn(1))
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state), "torch's own generator is where it was"


@pytest.mark.parametrize("targets", [None, ["q_proj", "down_proj"]])
def test_merged_weights_compute_the_same_under_the_names_of_before(
    random_model: AModel, targets: list[str] | None
) -> None:
    model, plain = random_model(), random_model()
    adapted(model, LoraConfig(rank=3, alpha=7.0, targets=targets), seed=0)
    moved(model)
    before = logits(plain)
    state = dict(merged(model))
    assert list(state) == [name for name, _ in plain.named_parameters()]
    plain.load_state_dict(state)
    assert (logits(plain) - before).abs().max() > 0.1
    torch.testing.assert_close(logits(plain), logits(model), rtol=0, atol=1e-5)


def test_the_reference_is_the_model_before_and_leaves_the_adapters_on(random_model: AModel) -> None:
    model, plain = random_model(), random_model()
    view = adapted(model, LoraConfig(rank=4), seed=0)
    moved(model)
    row = Row([5, 9, 3], [40, 22, 7], [0.0] * 3, [0.0] * 3, [1.0] * 3, 1.0)
    batch = collate([row], torch.device("cpu"))

    def read(one: Any) -> Tensor:
        return completion_logprobs(one, batch, 1.0).detach()

    learner = read(model)
    assert torch.equal(read(Unadapted(view)), read(plain))
    assert torch.equal(read(model), learner)
    assert not torch.allclose(learner, read(plain), atol=1e-2)
    assert all(own.requires_grad == (".lora_" in name) for name, own in model.named_parameters())


def test_an_adapter_comes_back_bit_for_bit(random_model: AModel, tmp_path: Path) -> None:
    """PEFT's folder, in fp32 as training has it."""
    config = LoraConfig(rank=4)
    model, other = random_model(dtype=torch.float32), random_model(dtype=torch.float32)
    view = adapted(model, config, seed=0)
    moved(model)
    save_adapter(view, adapter_state(view), tmp_path / "adapter")
    restore_adapter(adapted(other, config, seed=1), tmp_path / "adapter")
    for (name, own), (_, same) in zip(model.named_parameters(), other.named_parameters(), strict=True):
        assert torch.equal(own, same), name

    from peft import PeftModel

    loaded = PeftModel.from_pretrained(random_model(dtype=torch.float32), tmp_path / "adapter")
    torch.testing.assert_close(logits(loaded), logits(model), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("targets", "said"), [(["no_such"], "no_such"), (["lm_head"], "not adapted"), (["embed_tokens"], "not adapted")]
)
def test_targets_that_can_t_be_adapted_are_refused(random_model: AModel, targets: list[str], said: str) -> None:
    with pytest.raises(LoraError, match=rf"lora\.targets: .*{said}"):
        adapted(random_model(), LoraConfig(targets=targets), seed=0)


def test_without_adapters_the_weights_are_the_model_s_own(random_model: AModel) -> None:
    model = random_model()
    told = dict(weights(Learner(model, None, "r")))
    assert all(torch.equal(own, told[name]) for name, own in model.named_parameters())
    assert len(told) == len(list(model.parameters()))
