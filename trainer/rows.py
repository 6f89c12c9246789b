"""Groups to rows: the reward, the advantage and the weight of every completion of an update."""

import math
from collections.abc import Iterator, Sequence

from schemas import Rollout
from trainer.advantage import advantages
from trainer.batch import Row
from trainer.config import TrainConfig
from trainer.loss import VARIANTS
from trainer.rollout import Group


def rows_of(groups: Sequence[Group], config: TrainConfig) -> list[Row]:
    """The rows with an advantage, and with a KL all decided ones: it pulls on each of them.

    The others move nothing: they count in the weights and are not computed.
    """
    variant = VARIANTS[config.loss.variant]
    decided = [rollout for group in groups for rollout in group.rollouts if rollout.score is not None]
    lengths = [max(1, rollout.completion_tokens) for rollout in decided]
    weights = iter(variant.weights(lengths, config.sampling.max_tokens) if lengths else [])
    rewards = [group.rewards for group in groups]
    made = advantages(rewards, variant.baseline, negative_weight=config.loss.negative_weight)
    floor = _entropy_floor(groups, config.loss.entropy_share)
    rows = []
    for group, own in zip(groups, made, strict=True):
        factored = [one * factor for one, factor in zip(own, group.factors, strict=True)] if group.factors else own
        for number, (rollout, advantage) in enumerate(zip(group.rollouts, factored, strict=True)):
            weight = 0.0 if rollout.score is None else next(weights)
            pulled = config.loss.kl is not None and rollout.score is not None
            taught = advantage or pulled or (group.credits and any(group.credits[number]))
            if taught and rollout.token_ids:
                rows.append(_row(group, number, rollout, advantage, weight, floor, config))
    return rows


def _row(
    group: Group, number: int, rollout: Rollout, advantage: float, weight: float, floor: float, config: TrainConfig
) -> Row:
    replayed = number >= len(group.fresh)
    older = replayed and config.loss.mismatch is None  # the ratio itself is to the weights that sampled it
    old = group.old_logprobs[number] if group.old_logprobs and not older else rollout.logprobs
    reference = group.reference_logprobs[number] if group.reference_logprobs else ()
    each = [advantage] * len(rollout.token_ids)
    if group.credits and group.credits[number]:
        each = [advantage + credit for credit in group.credits[number]]
    if config.loss.kl is not None and config.loss.kl.estimator == "k1":
        cost = config.loss.kl.coefficient
        each = [one - cost * (ours - theirs) for one, ours, theirs in zip(each, old, reference, strict=True)]
    return Row(
        prompt_ids=group.prompt_ids,
        token_ids=rollout.token_ids,
        sampler_logprobs=rollout.logprobs,
        old_logprobs=old,
        advantages=each,
        weight=weight,
        reference_logprobs=reference,
        kept=[float(entropy >= floor) for entropy in group.entropies[number]] if math.isfinite(floor) else (),
        replayed=replayed,
    )


def _entropy_floor(groups: Sequence[Group], share: float) -> float:
    """The entropy from which a token is among the `share` most uncertain ones of the update's decided completions."""
    if share == 1:
        return -math.inf
    entropies = sorted(_entropies(groups), reverse=True)
    return entropies[max(1, round(share * len(entropies))) - 1] if entropies else -math.inf


def _entropies(groups: Sequence[Group]) -> Iterator[float]:
    for group in groups:
        for rollout, entropies in zip(group.rollouts, group.entropies, strict=True):
            if rollout.score is not None:
                yield from entropies
