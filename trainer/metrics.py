"""What one step did and cost: the numbers of a line of `metrics.jsonl`."""

from collections import Counter
from collections.abc import Sequence
from statistics import correlation, fmean, pstdev
from typing import Literal

import msgspec

from trainer.advantage import all_wrong
from trainer.config import TrainConfig
from trainer.rewards.shares import RewardPart, reward_parts
from trainer.rollout import Group

Outcome = Literal["updated", "no_signal", "not_finite"]


class Update(msgspec.Struct, kw_only=True):
    """What an update did. Shares and gaps are over the tokens that had an advantage, None where there were none.

    `no_signal`: every group's scores were all the same, so nothing moved. `not_finite`: the loss or the gradient was
    not a number, so nothing moved either. `gap_*` is |learner - sampler| log-probability of a token, `grad_norm` the
    norm before clipping.
    """

    outcome: Outcome
    loss: float | None = None
    grad_norm: float | None = None
    clip_fraction: float | None = None
    gap_mean: float | None = None
    gap_max: float | None = None
    kl: float | None = None
    trained_tokens: int = 0


class Seconds(msgspec.Struct):
    """CPU seconds of the run's processes in the parts of a step; sampling counts for the step it was done in."""

    generation: float = 0.0
    reward: float = 0.0
    update: float = 0.0


def in_all(each: Sequence[Seconds]) -> Seconds:
    """Those of several processes."""
    parts = zip(*(msgspec.structs.astuple(own) for own in each), strict=True)
    return Seconds(*(sum(part) for part in parts))


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """What the sampling of a step came to: `groups` were sampled and `admitted` are learnt from, now or in the next
    updates; `reward_mean` is of all of them, which the gate does not choose and no hint helps. `completions` counts all
    that were sampled, those under hints too.

    `all_wrong` is the share of groups in which nothing was right, `left_wrong` what hints and replay left of it;
    `hinted` counts the groups that a hint helped, by the share of the solution told, `replayed` those that got a right
    completion of earlier, whatever a gate then said of them.
    """

    groups: int
    admitted: int
    reward_mean: float | None
    completions: int = 0
    completion_tokens: int = 0
    all_wrong: float = 0.0
    left_wrong: float = 0.0
    hinted: dict[float, int] = {}
    replayed: int = 0


class StepMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """One step. Means are over its completions, replayed ones aside; None where there is nothing to take a mean of.

    `zero_variance` is the share of groups that teach nothing, `truncated` of completions cut by max_tokens,
    `undecided` counts completions whose verifier failed. `entropy` is estimated by minus the mean log-probability of
    the sampled tokens. `sampler_gap_*` grows with each update since the sampling; right after it, it is the
    disagreement of engine and learner. `length_correlation` is Pearson's, of a completion's tokens and its score;
    `duplicates` is the share of completions whose text stood before in their group; `kl` (k3, nats a token) is to the
    reference. `sampled` is None where no sampling was due, `curriculum` is what the
    curriculum says of itself, `rewards` what each component of the reward did (`reward_mean` and all the others are of
    the verifier's scores), `control` the negative control that is on. The rest is `trainer.update.Update`.
    """

    step: int
    reward_mean: float | None
    reward_std: float | None
    zero_variance: float
    truncated: float
    undecided: int
    entropy: float | None
    outcome: Outcome
    loss: float | None
    grad_norm: float | None
    clip_fraction: float | None
    sampler_gap_mean: float | None
    sampler_gap_max: float | None
    learning_rate: float
    completions: int
    prompt_tokens: int
    completion_tokens: int
    generation_seconds: float
    reward_seconds: float
    update_seconds: float
    length_correlation: float | None = None
    duplicates: float = 0.0
    kl: float | None = None
    sampled: Sampled | None = None
    curriculum: dict[str, float] = {}
    rewards: dict[str, RewardPart] = {}
    control: str | None = None


def sampled_metrics(groups: Sequence[Group], helped: Sequence[Group], admitted: int) -> Sampled:
    """Of all groups that were sampled, under hints too, and of those that hints and replay have made of the others."""
    plain = [group for group in groups if not group.hint]
    scores = [score for group in plain for score in group.scores if score is not None]
    return Sampled(
        groups=len(plain),
        admitted=admitted,
        reward_mean=fmean(scores) if scores else None,
        completions=sum(len(group.rollouts) for group in groups),
        completion_tokens=sum(rollout.completion_tokens for group in groups for rollout in group.rollouts),
        all_wrong=fmean(all_wrong(group.scores) for group in plain),
        left_wrong=fmean(all_wrong(group.scores) for group in helped),
        hinted=dict(sorted(Counter(group.hint for group in helped if group.hint).items())),
        replayed=sum(group.replayed > 0 for group in helped),
    )


def step_metrics(
    step: int,
    groups: Sequence[Group],
    done: Update,
    learning_rate: float,
    spent: Seconds,
    sampled: Sampled | None,
    curriculum: dict[str, float],
    config: TrainConfig,
) -> StepMetrics:
    rollouts = [rollout for group in groups for rollout in group.fresh]
    scores = [rollout.score for rollout in rollouts if rollout.score is not None]
    tokens = sum(rollout.completion_tokens for rollout in rollouts)
    return StepMetrics(
        step=step,
        reward_mean=fmean(scores) if scores else None,
        reward_std=pstdev(scores) if scores else None,
        zero_variance=fmean(not group.teaches for group in groups),
        truncated=fmean(rollout.finish == "length" for rollout in rollouts),
        undecided=len(rollouts) - len(scores),
        entropy=-sum(sum(rollout.logprobs) for rollout in rollouts) / max(1, tokens),
        outcome=done.outcome,
        loss=done.loss,
        grad_norm=done.grad_norm,
        clip_fraction=done.clip_fraction,
        sampler_gap_mean=done.gap_mean,
        sampler_gap_max=done.gap_max,
        learning_rate=learning_rate,
        completions=len(rollouts),
        prompt_tokens=sum(rollout.prompt_tokens for rollout in rollouts),
        completion_tokens=tokens,
        generation_seconds=round(spent.generation, 4),
        reward_seconds=round(spent.reward, 4),
        update_seconds=round(spent.update, 4),
        length_correlation=_correlation([(r.completion_tokens, r.score) for r in rollouts if r.score is not None]),
        duplicates=1 - sum(len({r.text for r in group.fresh}) for group in groups) / max(1, len(rollouts)),
        kl=done.kl,
        sampled=sampled,
        curriculum=curriculum,
        rewards=reward_parts(groups, config.reward),
        control=f"{config.control.kind}, share {config.control.share:g}" if config.control else None,
    )


def _correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's correlation, None where one of the two does not vary."""
    if len(pairs) < 3 or len({x for x, _ in pairs}) == 1 or len({y for _, y in pairs}) == 1:
        return None
    return correlation([x for x, _ in pairs], [y for _, y in pairs])
