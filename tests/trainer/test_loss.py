"""The policy loss: by hand, by finite differences, and against loops."""

import math

import pytest
import torch
from torch import Tensor

from trainer.loss import VARIANTS, policy_loss, truncated_importance

CLIPS = {"clip_low": 0.2, "clip_high": 0.28}


def one_token(ratio: float, advantage: float) -> tuple[float, float, bool]:
    """Loss, gradient by the log-probability, and whether it was clipped."""
    logprob = torch.tensor([[math.log(ratio)]], dtype=torch.float64, requires_grad=True)
    zero, one = torch.zeros(1, 1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64)
    loss = policy_loss(logprob, zero, one * advantage, one, **CLIPS)
    loss.value.backward()
    assert logprob.grad is not None
    return float(loss.value.detach()), float(logprob.grad), bool(loss.clipped)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "gradient", "clipped"),
    [
        (1.0, 2.0, -2.0, -2.0, False),
        (1.25, 2.0, -2.5, -2.5, False),  # above 1.2: clip-higher lets it grow to 1.28
        (1.5, 2.0, -2.56, 0.0, True),
        (0.5, 2.0, -1.0, -1.0, False),  # a good token made rarer may always be made more likely again
        (0.7, -2.0, 1.6, 0.0, True),
        (0.9, -2.0, 1.8, 1.8, False),
        (1.5, -2.0, 3.0, 3.0, False),
    ],
)
def test_one_token_by_hand(ratio: float, advantage: float, loss: float, gradient: float, clipped: bool) -> None:
    value, slope, was_clipped = one_token(ratio, advantage)
    assert value == pytest.approx(loss)
    assert slope == pytest.approx(gradient)
    assert was_clipped == clipped


def test_weights_of_the_variants_by_hand() -> None:
    lengths, longest = [1, 3], 8
    assert VARIANTS["grpo"].weights(lengths, longest) == pytest.approx([1 / 2, 1 / 6])
    assert VARIANTS["dapo"].weights(lengths, longest) == pytest.approx([1 / 4, 1 / 4])
    assert VARIANTS["dr_grpo"].weights(lengths, longest) == pytest.approx([1 / 16, 1 / 16])
    assert [VARIANTS[name].by_std for name in ("grpo", "dapo", "dr_grpo")] == [True, True, False]


def ragged(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Log-probabilities, old ones far enough for both clips to bite, advantages, and weights with padding."""
    draw = torch.Generator().manual_seed(seed)
    logprobs = -torch.rand(5, 7, generator=draw, dtype=torch.float64) * 3
    old = logprobs + torch.randn(5, 7, generator=draw, dtype=torch.float64) * 0.4
    advantages = torch.randn(5, 1, generator=draw, dtype=torch.float64).expand(5, 7)
    lengths = torch.tensor([7, 1, 4, 2, 6])
    weights = (torch.arange(7) < lengths[:, None]) * torch.rand(5, 1, generator=draw, dtype=torch.float64)
    return logprobs, old, advantages, weights


@pytest.mark.parametrize("importance", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_loss_is_what_plain_loops_make_of_the_formula(seed: int, importance: bool) -> None:
    logprobs, old, advantages, weights = ragged(seed)
    cap = torch.linspace(0.5, 2, 35, dtype=torch.float64).reshape(5, 7) if importance else None
    logprobs.requires_grad_()
    loss = policy_loss(logprobs, old, advantages, weights, importance=cap, **CLIPS)
    loss.value.backward()

    expected, clipped = 0.0, 0
    gradient = torch.zeros(5, 7, dtype=torch.float64)
    for row in range(5):
        for step in range(7):
            ratio = math.exp(logprobs[row, step].item() - old[row, step].item())
            advantage = advantages[row, step].item()
            weight = weights[row, step].item() * (1.0 if cap is None else cap[row, step].item())
            stopped = ratio > 1.28 if advantage > 0 else ratio < 0.8
            bound = (1.28 if advantage > 0 else 0.8) if stopped else ratio
            expected -= weight * bound * advantage
            gradient[row, step] = 0.0 if stopped else -weight * ratio * advantage
            clipped += stopped and weight > 0
    assert loss.value.item() == pytest.approx(expected, rel=1e-12)
    assert logprobs.grad is not None
    torch.testing.assert_close(logprobs.grad, gradient, rtol=1e-10, atol=1e-14)
    assert int(loss.clipped.sum()) == clipped
    assert 0 < clipped < int((weights > 0).sum())


def test_the_gradient_is_that_of_finite_differences() -> None:
    logprobs, old, advantages, weights = ragged(11)

    def value(point: Tensor) -> Tensor:
        return policy_loss(point, old, advantages, weights, **CLIPS).value

    assert torch.autograd.gradcheck(value, (logprobs.requires_grad_(),), eps=1e-7, atol=1e-7)


def test_importance_is_truncated_above_and_free_below() -> None:
    old = torch.tensor([[0.0, math.log(3.0), math.log(0.25)]])
    assert truncated_importance(old, torch.zeros(1, 3), cap=2.0).tolist() == [[1.0, 2.0, 0.25]]
