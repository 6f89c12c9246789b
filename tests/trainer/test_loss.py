"""The policy loss: by hand, by finite differences, and against loops."""

import math

import pytest
import torch
from torch import Tensor

from trainer.loss import VARIANTS, Level, kl_penalty, policy_log_ratio, policy_loss
from trainer.mismatch import importance


def one_token(ratio: float, advantage: float) -> tuple[float, float, bool]:
    """Loss, gradient by the log-probability, and whether it was clipped."""
    logprob = torch.tensor([[math.log(ratio)]], dtype=torch.float64, requires_grad=True)
    zero, one = torch.zeros(1, 1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64)
    loss = policy_loss(logprob, zero, one * advantage, one, VARIANTS["dapo"])
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
    assert VARIANTS["luspo"].weights(lengths, longest) == pytest.approx([1 / 2, 1 / 2])


def ragged(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Log-probabilities, old ones far enough for both clips to bite, advantages, and weights with padding."""
    draw = torch.Generator().manual_seed(seed)
    logprobs = -torch.rand(5, 7, generator=draw, dtype=torch.float64) * 3
    old = logprobs + torch.randn(5, 7, generator=draw, dtype=torch.float64) * 0.4
    advantages = torch.randn(5, 1, generator=draw, dtype=torch.float64).expand(5, 7)
    lengths = torch.tensor([7, 1, 4, 2, 6])
    weights = (torch.arange(7) < lengths[:, None]) * torch.rand(5, 1, generator=draw, dtype=torch.float64)
    return logprobs, old, advantages, weights


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_loss_is_what_plain_loops_make_of_the_formula(seed: int, corrected: bool) -> None:
    logprobs, old, advantages, weights = ragged(seed)
    cap = torch.linspace(0.5, 2, 35, dtype=torch.float64).reshape(5, 7) if corrected else None
    logprobs.requires_grad_()
    loss = policy_loss(logprobs, old, advantages, weights, VARIANTS["dapo"], correction=cap)
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


PATHWISE = ("dapo", "gspo", "luspo", "sapo")
"""Variants whose gradient goes through the ratio: the others weigh log pi by a constant."""


@pytest.mark.parametrize("name", PATHWISE)
def test_the_gradient_is_that_of_finite_differences(name: str) -> None:
    logprobs, old, advantages, weights = ragged(11)

    def value(point: Tensor) -> Tensor:
        return policy_loss(point, old, advantages, weights, VARIANTS[name], clip_low=0.2, clip_high=0.28).value

    assert torch.autograd.gradcheck(value, (logprobs.requires_grad_(),), eps=1e-7, atol=1e-7)


def gradient_of(
    name: str, logprobs: Tensor, old: Tensor, advantages: Tensor, weights: Tensor, **knobs: float
) -> Tensor:
    own = logprobs.detach().clone().requires_grad_()
    policy_loss(own, old, advantages, weights, VARIANTS[name], **knobs).value.backward()  # type: ignore[no-untyped-call]
    assert own.grad is not None
    return own.grad


@pytest.mark.parametrize("name", VARIANTS)
def test_where_nothing_has_moved_every_variant_is_reinforce(name: str) -> None:
    """At ratio 1 each has the gradient -w A, though a completion's ratio shares its own out over the completion."""
    logprobs, _, advantages, weights = ragged(3)
    told = gradient_of(name, logprobs, logprobs, advantages, weights)
    torch.testing.assert_close(told, -weights * advantages, rtol=1e-10, atol=1e-14)


def test_a_capped_token_keeps_its_gradient_and_a_clipped_one_does_not() -> None:
    one = torch.ones(1, 1, dtype=torch.float64)
    far = torch.full((1, 1), 3.0, dtype=torch.float64)
    assert gradient_of("cispo", far, 0 * one, one, one).item() == -5.0
    assert gradient_of("grpo", far, 0 * one, one, one).item() == 0.0


def test_a_gate_closes_softly_and_sooner_on_bad_tokens() -> None:
    one = torch.ones(1, 1, dtype=torch.float64)
    near, far = (gradient_of("sapo", gap * one, 0 * one, one, one).item() for gap in (0.2, 2.0))
    assert -1.3 < near < far < 0
    bad = gradient_of("sapo", 2 * one, 0 * one, -one, one).item()
    assert 0 < bad < -far


@pytest.mark.parametrize("level", ["token", "mean", "whole"])
def test_ratios_by_hand_and_padding_is_no_part_of_them(level: Level) -> None:
    logprobs = torch.tensor([[-1.0, -2.0, 7.0], [-1.0, 5.0, 5.0]], dtype=torch.float64)
    inside = torch.tensor([[True, True, False], [True, False, False]])
    told = policy_log_ratio(logprobs, torch.zeros_like(logprobs), inside, level).exp()
    e = math.exp
    expected = {
        "token": [[e(-1), e(-2), 1.0], [e(-1), 1.0, 1.0]],
        "mean": [[e(-1.5)], [e(-1)]],
        "whole": [[e(-3)], [e(-1)]],
    }[level]
    torch.testing.assert_close(told, torch.tensor(expected, dtype=torch.float64))


def test_a_whole_ratio_stays_finite_however_long_the_completion() -> None:
    far = torch.full((1, 4000), 50.0)
    assert policy_log_ratio(far, -far, far > 0, "whole").exp().isfinite().all()


def test_importance_is_truncated_above_or_dropped_and_free_below() -> None:
    old = torch.tensor([[0.0, math.log(3.0), math.log(0.25)]])
    zero, inside = torch.zeros(1, 3), torch.ones(1, 3, dtype=torch.bool)
    token = [importance(old, zero, inside, how, 2.0).tolist() for how in ("token_truncate", "token_mask")]
    assert token == [[[1.0, 2.0, 0.25]], [[1.0, 0.0, 0.25]]]
    whole = importance(old, zero, inside, "sequence_mask", 2.0)
    assert whole.item() == pytest.approx(0.75)
    assert importance(old, zero, inside[:, :] & torch.tensor([[True, True, False]]), "sequence_mask", 2.0).item() == 0.0
    assert importance(old, zero, torch.tensor([[True, True, False]]), "sequence_truncate", 2.0).item() == 2.0


def test_kl_estimators_are_right_on_average() -> None:
    """Under samples of pi: k1 and k3 are unbiased, k2 nearly so where the two are near."""
    draw = torch.Generator().manual_seed(5)
    logits = torch.randn(6, generator=draw, dtype=torch.float64)
    ours, theirs = logits.log_softmax(-1), (logits + 0.1 * torch.randn(6, generator=draw)).log_softmax(-1)
    exact = (ours.exp() * (ours - theirs)).sum()
    means = {name: (ours.exp() * kl_penalty(ours, theirs, name)).sum() for name in ("k1", "k2", "k3")}
    torch.testing.assert_close(means["k1"], exact)
    torch.testing.assert_close(means["k3"], exact)
    assert means["k2"] == pytest.approx(exact.item(), rel=0.2)
    assert (kl_penalty(ours, theirs, "k3") >= 0).all()
