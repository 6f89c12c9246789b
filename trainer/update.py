"""One optimiser update: groups become rows, rows a gradient in micro-batches, the gradient a step."""

from collections.abc import Sequence
from typing import Any

import msgspec
import torch

from schemas import Rollout
from trainer.advantage import group_advantages
from trainer.batch import Batch, Row, collate, micro_batches
from trainer.config import TrainConfig
from trainer.logprobs import completion_logprobs
from trainer.loss import VARIANTS, Loss, policy_loss, truncated_importance
from trainer.metrics import Outcome, Update
from trainer.rollout import Group


def update(
    model: Any, optimizer: torch.optim.Optimizer, groups: Sequence[Group], config: TrainConfig, step: int
) -> Update:
    """Moves the model by one step of AdamW, or not at all where there is nothing sound to learn from."""
    rows = rows_of(groups, config)
    if not rows:
        return Update(outcome="no_signal")
    optimizer.zero_grad(set_to_none=True)
    totals = _Totals()
    model.train()
    for part in micro_batches([len(row) for row in rows], config.micro_batch_tokens):
        batch = collate([rows[place] for place in part], model.device)
        logprobs = completion_logprobs(model, batch, config.sampling.temperature)
        loss = batch_loss(logprobs, batch, config)
        totals.add(loss, logprobs.detach(), batch)
        loss.value.backward()  # type: ignore[no-untyped-call]
    model.eval()
    grad_norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), config.max_grad_norm))
    sound = totals.finite and torch.isfinite(torch.tensor(grad_norm)).item()
    if sound:
        for parameters in optimizer.param_groups:
            parameters["lr"] = learning_rate(config, step)
        optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return totals.told("updated" if sound else "not_finite", grad_norm)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then constant, for the 1-based step: no state, and no need to know where the run will end."""
    return config.lr * min(1.0, step / max(1, config.warmup_steps))


def rows_of(groups: Sequence[Group], config: TrainConfig) -> list[Row]:
    """The rows with an advantage; those without one count in the weights and are not computed: they move nothing."""
    variant = VARIANTS[config.loss]
    decided = [rollout for group in groups for rollout in group.rollouts if rollout.score is not None]
    lengths = [max(1, rollout.completion_tokens) for rollout in decided]
    weights = iter(variant.weights(lengths, config.sampling.max_tokens))
    rows = []
    for group in groups:
        old_logprobs = group.old_logprobs or [rollout.logprobs for rollout in group.rollouts]
        advantages = group_advantages(group.scores, by_std=variant.by_std)
        for rollout, advantage, old in zip(group.rollouts, advantages, old_logprobs, strict=True):
            weight = 0.0 if rollout.score is None else next(weights)
            if advantage and rollout.token_ids:
                rows.append(_row(group, rollout, old, advantage, weight))
    return rows


def with_learner_logprobs(model: Any, groups: Sequence[Group], config: TrainConfig) -> list[Group]:
    """The groups with the learner's own log-probabilities as the old ones: what truncated sampling weights need."""
    return [_with_learner_logprobs(model, group, config) for group in groups]


@torch.no_grad()
def _with_learner_logprobs(model: Any, group: Group, config: TrainConfig) -> Group:
    rows = [_row(group, rollout, rollout.logprobs, 0.0, 0.0) for rollout in group.rollouts]
    told: list[tuple[float, ...]] = [()] * len(rows)
    for part in micro_batches([len(row) for row in rows], config.micro_batch_tokens):
        batch = collate([rows[place] for place in part], model.device)
        logprobs = completion_logprobs(model, batch, config.sampling.temperature).tolist()
        for place, own in zip(part, logprobs, strict=True):
            told[place] = tuple(own[: len(rows[place].token_ids)])
    return msgspec.structs.replace(group, old_logprobs=tuple(told))


def _row(group: Group, rollout: Rollout, old: Sequence[float], advantage: float, weight: float) -> Row:
    return Row(
        prompt_ids=group.prompt_ids,
        token_ids=rollout.token_ids,
        sampler_logprobs=rollout.logprobs,
        old_logprobs=old,
        advantages=[advantage] * rollout.completion_tokens,
        weight=weight,
    )


def batch_loss(logprobs: torch.Tensor, batch: Batch, config: TrainConfig) -> Loss:
    importance = None
    if config.importance_cap is not None:
        importance = truncated_importance(batch.old_logprobs, batch.sampler_logprobs, config.importance_cap)
    return policy_loss(
        logprobs,
        batch.old_logprobs,
        batch.advantages,
        batch.weights,
        clip_low=config.clip_low,
        clip_high=config.clip_high,
        importance=importance,
    )


class _Totals:
    """Sums over the micro-batches of an update."""

    def __init__(self) -> None:
        self.loss = 0.0
        self.tokens = 0
        self.clipped = 0
        self.gap_sum = 0.0
        self.gap_max = 0.0

    def add(self, loss: Loss, logprobs: torch.Tensor, batch: Batch) -> None:
        gaps = (logprobs - batch.sampler_logprobs)[batch.inside].abs()
        self.loss += float(loss.value.detach())
        self.tokens += gaps.numel()
        self.clipped += int(loss.clipped.sum())
        self.gap_sum += float(gaps.sum())
        self.gap_max = max(self.gap_max, float(gaps.max()))

    @property
    def finite(self) -> bool:
        return bool(torch.isfinite(torch.tensor(self.loss)))

    def told(self, outcome: Outcome, grad_norm: float) -> Update:
        return Update(
            outcome=outcome,
            loss=self.loss,
            grad_norm=grad_norm,
            clip_fraction=self.clipped / self.tokens,
            gap_mean=self.gap_sum / self.tokens,
            gap_max=self.gap_max,
            trained_tokens=self.tokens,
        )
