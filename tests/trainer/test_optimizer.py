"""The optimisers: what they move, and moments in 8 bits."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

from trainer.config import TrainConfig
from trainer.extras import ExtraError
from trainer.learner import Learner
from trainer.optimizer import open_optimizer, set_learning_rate, trained_by


def settings(**changes: Any) -> TrainConfig:
    return TrainConfig.model_validate({"model": "m", "shards": ["s"], "output": "o"} | changes)


def test_only_what_has_a_gradient_is_moved(random_model: Callable[..., Any]) -> None:
    model = random_model()
    model.get_input_embeddings().requires_grad_(False)
    optimizer = open_optimizer(Learner(model, None, "r"), settings())
    assert len(trained_by(optimizer)) == len(list(model.parameters())) - 1
    assert optimizer.defaults["betas"] == (0.9, 0.95)
    assert optimizer.defaults["weight_decay"] == 0


def test_a_missing_package_is_said_with_the_extra_that_brings_it(
    random_model: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchao.optim", None)
    with pytest.raises(ExtraError, match=r"optimizer: .*taskmill\[int8\]"):
        open_optimizer(Learner(random_model(), None, "r"), settings(optimizer="adamw8bit"))


@pytest.mark.slow
def test_moments_in_8_bits_take_a_quarter_and_move_weights_as_those_in_32() -> None:
    """Five steps of the same noisy gradients; the learning rate changes on the way and is heeded."""

    def stepped(kind: str) -> tuple[torch.Tensor, int]:
        model = torch.nn.Linear(16, 256, bias=False)
        torch.nn.init.zeros_(model.weight)
        optimizer = open_optimizer(Learner(model, None, "r"), settings(optimizer=kind, lr=1.0))
        draw = torch.Generator().manual_seed(0)
        for step in range(5):
            model.weight.grad = 0.5 + torch.randn(model.weight.shape, generator=draw)
            set_learning_rate(optimizer, 0.01 / (1 + step))
            optimizer.step()
        (moments,) = optimizer.state.values()
        return model.weight.detach(), sum(_bytes(moments[name]) for name in ("exp_avg", "exp_avg_sq"))

    (exact, whole), (told, small) = stepped("adamw"), stepped("adamw8bit")
    assert (told - exact).norm() < 0.03 * exact.norm()
    assert not torch.equal(told, exact)
    assert small < 0.35 * whole


def _bytes(moment: Any) -> int:
    parts = moment.__tensor_flatten__()[0] if hasattr(moment, "__tensor_flatten__") else None
    return sum(getattr(moment, part).nbytes for part in parts) if parts else int(moment.nbytes)
