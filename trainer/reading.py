"""What the learner, and the reference, read in rollouts before anything is learnt from them."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec

from trainer.batch import Row, collate_lines, micro_batches
from trainer.config import TrainConfig
from trainer.logprobs import logprobs_and_entropies
from trainer.packing import lines, span_of
from trainer.rollout import Group

PerToken = tuple[tuple[float, ...], ...]
"""A number for each token of each rollout of a group."""


def with_readings(groups: Sequence[Group], learner: Any, reference: Any, config: TrainConfig) -> list[Group]:
    """The groups with what the config's loss needs to know of them; `reference` is None without a KL."""
    if config.loss.needs_learner:
        groups = [
            msgspec.structs.replace(group, old_logprobs=logprobs, entropies=entropies)
            for group, (logprobs, entropies) in zip(groups, _read(learner, groups, config), strict=True)
        ]
    if reference is not None:
        groups = [
            msgspec.structs.replace(group, reference_logprobs=logprobs)
            for group, (logprobs, _) in zip(groups, _read(reference, groups, config), strict=True)
        ]
    return list(groups)


def _read(model: Any, groups: Sequence[Group], config: TrainConfig) -> list[tuple[PerToken, PerToken]]:
    """Log-probabilities and entropies of all groups, in micro-batches across them."""
    rows = [
        Row(
            prompt_ids=group.prompt_ids,
            token_ids=rollout.token_ids,
            sampler_logprobs=rollout.logprobs,
            old_logprobs=rollout.logprobs,
            advantages=rollout.logprobs,
            weight=0.0,
        )
        for group in groups
        for rollout in group.rollouts
    ]
    told: list[tuple[tuple[float, ...], tuple[float, ...]]] = [((), ())] * len(rows)
    filled = [place for place, row in enumerate(rows) if row.token_ids]
    packed = lines([rows[place] for place in filled], span_of(model), config.micro_batch_tokens)
    for part in micro_batches([length for _, length in packed], config.micro_batch_tokens):
        places = [[filled[number] for number in packed[line][0]] for line in part]
        batch = collate_lines([[rows[place] for place in line] for line in places], model.device)
        logprobs, entropies = logprobs_and_entropies(model, batch, config.sampling.temperature)
        for place, own, spread in zip(chain(*places), logprobs.tolist(), entropies.tolist(), strict=True):
            count = len(rows[place].token_ids)
            told[place] = tuple(own[:count]), tuple(spread[:count])
    readings, start = [], 0
    for group in groups:
        own_rows = told[start : start + len(group.rollouts)]
        start += len(group.rollouts)
        readings.append((tuple(row[0] for row in own_rows), tuple(row[1] for row in own_rows)))
    return readings
