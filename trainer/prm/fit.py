"""Fitting a process reward model: the cross-entropy of its values and the labels' (soft labels, as in OmegaPRM)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from pipeline.seeding import generator
from pipeline.statistics import auroc
from trainer.batch import micro_batches
from trainer.prm.config import PrmConfig
from trainer.prm.examples import Example, held_out
from trainer.prm.model import PrmError, ProcessRewardModel, logits, values


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """What held-out steps say: `auroc` of telling right steps from wrong ones (None where there is but one kind),
    `brier` against the values, and that of always saying their mean."""

    steps: int
    held_out_steps: int
    right: float
    auroc: float | None
    brier: float
    brier_of_mean: float


def fit(
    prm: ProcessRewardModel, examples: Sequence[Example], config: PrmConfig, on_update: Callable[[], None] | None = None
) -> Fitted:
    """Trains the head, and the language model where it has a learning rate, and measures on held-out tasks.

    Raises PrmError where either side has no task.
    """
    measured = [each for each in examples if held_out(each.task_id, config.held_out, config.seed)]
    learnt = [each for each in examples if not held_out(each.task_id, config.held_out, config.seed)]
    if not measured or not learnt:
        raise PrmError(
            f"{len(learnt)} responses to learn from and {len(measured)} to measure on: give more step labels"
        )
    prm.base.requires_grad_(config.base_lr > 0)
    groups: list[dict[str, Any]] = [{"params": list(prm.head.parameters()), "lr": config.lr}]
    if config.base_lr:
        groups.append({"params": list(prm.base.parameters()), "lr": config.base_lr})
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.95), weight_decay=0.0)
    for part in batches(learnt, config):
        told = logits(prm, [each.token_ids for each in part], [each.places for each in part])
        wanted = torch.tensor([value for each in part for value in each.values], device=told.device)
        loss = binary_cross_entropy_with_logits(told, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([p for group in groups for p in group["params"]], 1.0)
        optimizer.step()
        if on_update is not None:
            on_update()
    prm.base.requires_grad_(False)
    return _measured(prm, learnt, measured)


def batches(examples: Sequence[Example], config: PrmConfig) -> Iterator[list[Example]]:
    """The updates of all epochs: responses of like length together, the updates of an epoch in an order of its own."""
    for epoch in range(config.epochs):
        parts = micro_batches([len(each.token_ids) for each in examples], config.batch_tokens)
        generator(config.seed, "process reward model", epoch).shuffle(parts)
        for part in parts:
            yield [examples[place] for place in part]


def _measured(prm: ProcessRewardModel, learnt: Sequence[Example], measured: Sequence[Example]) -> Fitted:
    told = values(prm, [each.token_ids for each in measured], [each.places for each in measured])
    scores = [score for own in told for score in own]
    wanted = [value for each in measured for value in each.values]
    right = [label for each in measured for label in each.labels]
    mean = sum(value for each in learnt for value in each.values) / sum(len(each.values) for each in learnt)
    return Fitted(
        steps=sum(len(each.values) for each in learnt),
        held_out_steps=len(wanted),
        right=sum(right) / len(right),
        auroc=auroc(scores, right),
        brier=sum((score - value) ** 2 for score, value in zip(scores, wanted, strict=True)) / len(wanted),
        brier_of_mean=sum((mean - value) ** 2 for value in wanted) / len(wanted),
    )
