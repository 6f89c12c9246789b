"""Fitting a process reward model: the cross-entropy of its values and the labels' (soft labels, as in OmegaPRM)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from pipeline.seeding import generator
from trainer.batch import micro_batches
from trainer.prm.config import PrmConfig
from trainer.prm.examples import Example, held_out
from trainer.prm.measure import Fitted, measured
from trainer.prm.model import PrmError, ProcessRewardModel, logits, values


def fit(
    prm: ProcessRewardModel, examples: Sequence[Example], config: PrmConfig, on_update: Callable[[], None] | None = None
) -> Fitted:
    """Trains the head, and the language model where it has a learning rate, and measures on held-out tasks.

    Raises PrmError where either side has no task.
    """
    unseen = [each for each in examples if held_out(each.task_id, config.held_out, config.seed)]
    learnt = [each for each in examples if not held_out(each.task_id, config.held_out, config.seed)]
    if not unseen or not learnt:
        raise PrmError(f"{len(learnt)} responses to learn from and {len(unseen)} to measure on: give more step labels")
    prm.base.requires_grad_(config.base_lr > 0)
    groups: list[dict[str, Any]] = [{"params": list(prm.head.parameters()), "lr": config.lr}]
    if config.base_lr:
        groups.append({"params": list(prm.base.parameters()), "lr": config.base_lr})
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.95), weight_decay=0.0)
    updates = list(batches(learnt, config))
    for number, part in enumerate(updates):
        for group, peak in zip(optimizer.param_groups, (config.lr, config.base_lr), strict=False):
            group["lr"] = peak * rate(number, len(updates))
        logit = logits(prm, [each.token_ids for each in part], [each.places for each in part])
        wanted = torch.tensor([value for each in part for value in each.values], device=logit.device)
        loss = binary_cross_entropy_with_logits(logit, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([p for group in groups for p in group["params"]], 1.0)
        optimizer.step()
        if on_update is not None:
            on_update()
    prm.base.requires_grad_(False)
    told = values(prm, [each.token_ids for each in unseen], [each.places for each in unseen])
    return measured(learnt, unseen, told)


def rate(update: int, updates: int) -> float:
    """The share of the learning rate: rising in the first tenth of the updates, then falling to nothing."""
    return min((update + 1) / max(1, updates // 10), (updates - update) / updates)


def batches(examples: Sequence[Example], config: PrmConfig) -> Iterator[list[Example]]:
    """The updates of all epochs: responses of like length together, the updates of an epoch in an order of its own."""
    for epoch in range(config.epochs):
        parts = micro_batches([len(each.token_ids) for each in examples], config.batch_tokens)
        generator(config.seed, "process reward model", epoch).shuffle(parts)
        for part in parts:
            yield [examples[place] for place in part]
