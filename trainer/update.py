"""One optimiser update: groups become rows, rows a gradient in micro-batches, the gradient a step."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from trainer.batch import Batch, collate_lines
from trainer.config import TrainConfig
from trainer.logprobs import completion_logprobs
from trainer.loss import VARIANTS, Loss, kl_penalty, policy_log_ratio, policy_loss
from trainer.metrics import Outcome, Update
from trainer.mismatch import importance
from trainer.optimizer import set_learning_rate, trained_by
from trainer.packing import span_of
from trainer.passes import passes
from trainer.processes import ALONE, Processes
from trainer.rollout import Group
from trainer.rows import rows_of
from trainer.sharding import forwarded, summed_norm


def update(
    model: Any,
    optimizer: torch.optim.Optimizer,
    groups: Sequence[Group],
    config: TrainConfig,
    step: int,
    processes: Processes = ALONE,
) -> Update:
    """Moves the model by one step of AdamW, or not at all where there is nothing sound to learn from.

    Every process is given the same groups, computes its share of the gradient, and tells the same.
    """
    rows = rows_of(groups, config)
    if not rows:
        return Update(outcome="no_signal")
    optimizer.zero_grad(set_to_none=True)
    totals = _Totals()
    model.train()
    for part in passes(rows, config.micro_batch_tokens, span_of(model), processes):
        batch = collate_lines(part or [rows[:1]], model.device)
        logprobs = forwarded(model, partial(completion_logprobs, model, batch, config.sampling.temperature))
        if not part:
            (0.0 * logprobs.sum()).backward()  # type: ignore[no-untyped-call]
            continue
        loss = batch_loss(logprobs, batch, config)
        totals.add(loss, logprobs.detach(), batch)
        loss.value.backward()  # type: ignore[no-untyped-call]
    model.eval()
    totals = _Totals.together(processes.everywhere(lambda: totals))
    grad_norm = summed_norm(torch.nn.utils.clip_grad_norm_(trained_by(optimizer), config.max_grad_norm))
    sound = totals.finite and torch.isfinite(torch.tensor(grad_norm)).item()
    if sound:
        set_learning_rate(optimizer, learning_rate(config, step))
        optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return totals.told("updated" if sound else "not_finite", grad_norm)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then constant, for the 1-based step: no state, and no need to know where the run will end."""
    return config.lr * min(1.0, step / max(1, config.warmup_steps))


def batch_loss(logprobs: torch.Tensor, batch: Batch, config: TrainConfig) -> Loss:
    """The loss of a micro-batch with all that the config adds to its variant."""
    told = config.loss
    variant = VARIANTS[told.variant]
    correction = batch.kept
    if told.mismatch is not None:
        weights = importance(batch.old_logprobs, batch.sampler_logprobs, batch.inside, told.mismatch, told.mismatch_cap)
        correction = correction * weights
    loss = policy_loss(
        logprobs,
        batch.old_logprobs,
        batch.advantages,
        batch.weights,
        variant,
        clip_low=told.clip_low,
        clip_high=told.clip_high,
        correction=correction,
    )
    if told.kl is None or told.kl.estimator == "k1":
        return loss
    penalty = kl_penalty(logprobs, batch.reference_logprobs, told.kl.estimator)
    if told.kl.corrected:
        penalty = penalty * policy_log_ratio(logprobs, batch.old_logprobs, batch.inside, variant.level).exp()
    return Loss(loss.value + told.kl.coefficient * (batch.weights * penalty).sum(), loss.clipped)


class _Totals:
    """Sums over the micro-batches of an update."""

    def __init__(self) -> None:
        self.loss = 0.0
        self.tokens = 0
        self.clipped = 0
        self.fresh = 0
        self.gap_sum = 0.0
        self.gap_max = 0.0
        self.kl_sum: float | None = None

    def add(self, loss: Loss, logprobs: torch.Tensor, batch: Batch) -> None:
        gaps = (logprobs - batch.sampler_logprobs)[batch.inside & ~batch.replayed].abs()
        self.loss += float(loss.value.detach())
        self.tokens += int(batch.inside.sum())
        self.fresh += gaps.numel()
        self.clipped += int(loss.clipped.sum())
        self.gap_sum += float(gaps.sum())
        self.gap_max = max(self.gap_max, float(gaps.max()) if gaps.numel() else 0.0)
        if batch.reference_logprobs.any():
            divergence = kl_penalty(logprobs, batch.reference_logprobs, "k3")[batch.inside]
            self.kl_sum = (self.kl_sum or 0.0) + float(divergence.sum())

    @classmethod
    def together(cls, parts: Sequence["_Totals"]) -> "_Totals":
        """Of several processes."""
        total = cls()
        for part in parts:
            total.loss += part.loss
            total.tokens += part.tokens
            total.clipped += part.clipped
            total.fresh += part.fresh
            total.gap_sum += part.gap_sum
            total.gap_max = max(total.gap_max, part.gap_max)
            if part.kl_sum is not None:
                total.kl_sum = (total.kl_sum or 0.0) + part.kl_sum
        return total

    @property
    def finite(self) -> bool:
        return bool(torch.isfinite(torch.tensor(self.loss)))

    def told(self, outcome: Outcome, grad_norm: float) -> Update:
        return Update(
            outcome=outcome,
            loss=self.loss,
            grad_norm=grad_norm,
            clip_fraction=self.clipped / self.tokens,
            gap_mean=self.gap_sum / self.fresh if self.fresh else None,
            gap_max=self.gap_max if self.fresh else None,
            kl=None if self.kl_sum is None else self.kl_sum / self.tokens,
            trained_tokens=self.tokens,
        )
