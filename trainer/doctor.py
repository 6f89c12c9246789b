"""Why a run is not learning: named rules over the metrics of its steps, each with a cause and a cure.

A rule is said once each time it begins to hold, or to hold with another severity: `stop` says that going on is waste.
Thresholds are starting points taken from practice and stand beside their rules.
"""

from collections.abc import Callable, Sequence
from statistics import fmean, median
from typing import Literal

import msgspec

from trainer.config import HELD_OUT
from trainer.evaluate import Evaluation
from trainer.metrics import StepMetrics

Severity = Literal["warn", "stop"]
Steps = Sequence[StepMetrics]

HISTORY = 60
"""Steps back that any rule of the table looks."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found at a step; `sentence` says the cause and what to do."""

    step: int
    rule: str
    severity: Severity
    sentence: str


def examine(steps: Steps, evaluations: Sequence[Evaluation] = ()) -> list[Finding]:
    """What holds after the last of a run's steps, which are all given, oldest first."""
    if not steps:
        return []
    found = [
        Finding(step=steps[-1].step, rule=name, severity=severity, sentence=sentence)
        for name, rule in RULES.items()
        if (told := rule(steps[-HISTORY:])) is not None
        for severity, sentence in [told]
    ]
    if (sentence := _falls_behind(steps, evaluations)) is not None:
        found.append(Finding(step=steps[-1].step, rule="held-out falls", severity="warn", sentence=sentence))
    return found


def held_before(steps: Steps, evaluations: Sequence[Evaluation] = ()) -> set[tuple[str, Severity]]:
    """The rules that held, and how severely, after the step before the last one: they are not said again."""
    earlier = [each for each in evaluations if each.step < steps[-1].step]
    return {(each.rule, each.severity) for each in examine(steps[:-1], earlier)}


Told = tuple[Severity, str] | None


def _no_signal(steps: Steps) -> Told:
    last = steps[-10:]
    if len(last) == 10 and all(step.outcome == "no_signal" for step in last):
        return "stop", (
            f"in the last 10 steps all completions of every group got the same score, {_reward(last):.2f} on average: "
            "there is nothing to learn. Take easier tasks (or harder ones, at 1.0), larger groups, a higher temperature"
        )
    share = fmean(step.zero_variance for step in steps[-5:])
    if len(steps) >= 5 and share > 0.75:
        return "warn", (
            f"{share:.0%} of groups teach nothing (all their scores are the same) and their rollouts are wasted: set "
            "a gate, or take tasks whose pass rate lies in the band"
        )
    return None


def _truncated(steps: Steps) -> Told:
    last = steps[-5:]
    share = fmean(step.truncated for step in last)
    if len(last) < 5 or share <= 0.5:
        return None
    cure = "raise sampling.max_tokens, or give a stop string that the answers end with"
    if share > 0.9 and all(not step.reward_mean for step in last):
        return "stop", f"{share:.0%} of completions are cut off at max_tokens and none earns anything: {cure}"
    return "warn", f"{share:.0%} of completions are cut off at max_tokens before they can answer: {cure}"


def _entropy(steps: Steps) -> Told:
    entropies = [step.entropy for step in steps if step.entropy is not None]
    if len(steps) < 25 or len(entropies) < 25:
        return None
    first, now = fmean(entropies[:5]), fmean(entropies[-5:])
    gained = _reward(steps[-10:]) - _reward(steps[-20:-10])
    if now < 0.1 * first and gained < 0.01:
        return "warn", (
            f"entropy has fallen from {first:.2f} to {now:.2f} and the reward no longer rises: the policy repeats "
            "itself. Raise loss.clip_high, lower lr, or sample harder tasks"
        )
    return None


def _clipped(steps: Steps) -> Told:
    shares = [step.clip_fraction for step in steps[-20:] if step.clip_fraction is not None]
    if len(shares) >= 10 and fmean(shares) > 0.3:
        return "warn", (
            f"{fmean(shares):.0%} of tokens meet a bound and earn no gradient: lower lr or updates_per_rollout"
        )
    return None


def _gap(steps: Steps) -> Told:
    """One model in two implementations stays below 0.05 right after a sampling: SmolLM2-135M at 1e-5 in fp32, and at
    0.037 in bf16 (`trainer.precision`), which is why bf16 is not told from other weights below 0.1."""
    fresh = [step.sampler_gap_mean for step in steps if step.sampled is not None and step.sampler_gap_mean is not None]
    if fresh and fresh[-1] > 0.1:
        return "stop", (
            f"engine and learner disagree by {fresh[-1]:.2f} in mean log-probability right after sampling (up to 0.1 "
            "is rounding): the engine holds other weights, or the model changes its logits after the output "
            "embeddings, which this trainer does not follow"
        )
    if len(fresh) >= 5 and fmean(fresh[-5:]) > 0.05:
        return "warn", (
            f"engine and learner disagree by {fmean(fresh[-5:]):.2f} in mean log-probability: set loss.mismatch, and "
            "the same precision on both sides"
        )
    return None


def _not_finite(steps: Steps) -> Told:
    in_a_row = 0
    while in_a_row < len(steps) and steps[-1 - in_a_row].outcome == "not_finite":
        in_a_row += 1
    if in_a_row >= 3:
        return "stop", (
            f"the loss or its gradient was not a finite number in {in_a_row} updates in a row (to step "
            f"{steps[-1].step}); none of them was applied. Lower lr, or look at the rollouts of these steps"
        )
    return (
        ("warn", "the loss or its gradient was not a finite number; this update was not applied") if in_a_row else None
    )


def _gradient(steps: Steps) -> Told:
    norms = [step.grad_norm for step in steps[-21:] if step.grad_norm is not None and step.outcome == "updated"]
    if len(norms) < 10:
        return None
    spikes = sum(norm > 10 * median(norms) for norm in norms)
    if spikes >= 3:
        return (
            "warn",
            f"{spikes} of the last {len(norms)} gradients were ten times the usual: lower lr or max_grad_norm",
        )
    return None


def _length(steps: Steps) -> Told:
    last = [step.length_correlation for step in steps[-25:] if step.length_correlation is not None]
    if len(last) < 20 or fmean(last) <= 0.75:
        return None
    before, now = _tokens(steps[-25:-20]), _tokens(steps[-5:])
    if now > 1.4 * before:
        return "warn", (
            f"longer completions earn more (correlation {fmean(last):.2f}) and have grown from {before:.0f} to "
            f"{now:.0f} tokens: look whether length itself is rewarded; reward.length or loss.variant dr_grpo help"
        )
    return None


def _verifier(steps: Steps) -> Told:
    last = steps[-5:]
    share = sum(step.undecided for step in last) / max(1, sum(step.completions for step in last))
    if len(last) < 3 or share <= 0.05:
        return None
    said = f"the verifier failed on {share:.0%} of completions: read `detail` in the rollouts and mend the family"
    return ("stop", said) if share > 0.5 else ("warn", said)


def _alike(steps: Steps) -> Told:
    share = fmean(step.duplicates for step in steps[-10:])
    if len(steps) >= 10 and share > 0.8 and _tokens(steps[-10:]) > 8:
        return "warn", (
            f"{share:.0%} of completions say word for word what another of their group says: raise the temperature, or "
            "stop here, the policy has settled"
        )
    return None


def _divergence(steps: Steps) -> Told:
    found = [step.kl for step in steps if step.kl is not None]
    if len(found) >= 20 and fmean(found[-5:]) > max(0.5, 8 * fmean(found[:10])):
        return "warn", (
            f"the policy is {fmean(found[-5:]):.2f} nats a token away from where it began: raise "
            "loss.kl.coefficient or lower lr"
        )
    return None


def _dominates(steps: Steps) -> Told:
    """A share of variance, so that a component that is large and always the same does not count."""
    last = steps[-20:]
    for name in {name: None for step in last for name, part in step.rewards.items() if part.shape}:
        shares = [share for step in last if name in step.rewards and (share := step.rewards[name].share) is not None]
        if len(shares) >= 10 and fmean(shares) > 0.7:
            return "warn", (
                f"{fmean(shares):.0%} of what the reward varies by is {name}: it is learnt rather than right answers. "
                f"Lower reward.{name}.weight, or take tasks that are sometimes solved"
            )
    return None


def _control(steps: Steps) -> Told:
    if steps[-1].control is None:
        return None
    return "warn", (
        f"a negative control is on ({steps[-1].control}): what is rewarded is not what the verifier says, and this "
        "model is an experiment. reward_mean and evaluations are true; leave `control` out to train"
    )


RULES: dict[str, Callable[[Steps], Told]] = {
    "no signal": _no_signal,
    "cut off": _truncated,
    "entropy collapsed": _entropy,
    "clipped": _clipped,
    "engine and learner differ": _gap,
    "not finite": _not_finite,
    "gradient spikes": _gradient,
    "length rewarded": _length,
    "verifier fails": _verifier,
    "all alike": _alike,
    "far from the beginning": _divergence,
    "one component dominates": _dominates,
    "negative control": _control,
}


def _falls_behind(steps: Steps, evaluations: Sequence[Evaluation]) -> str | None:
    """Reward rises in training while held-out accuracy has fallen by more than chance; as of the last evaluation, so
    that between two of them it neither begins nor ends."""
    known = [each for each in evaluations if each.split == HELD_OUT and each.low is not None and each.high is not None]
    if len(known) < 2:
        return None
    best, last = max(known[:-1], key=lambda each: each.low or 0.0), known[-1]
    between = [step for step in steps if best.step < step.step <= last.step]
    if (last.high or 0.0) >= (best.low or 0.0) or len(between) < 4:
        return None
    half = len(between) // 2
    if _reward(between[half:]) <= _reward(between[:half]):
        return None
    return (
        f"held-out accuracy has fallen from {best.accuracy:.2f} (step {best.step}) to {last.accuracy:.2f} (step "
        f"{last.step}) while the training reward rises: the tasks are learnt by heart, or the verifier is fooled. Read "
        "rollouts of both steps; take more tasks or a lower lr, or train no longer than to the better step"
    )


def _reward(steps: Steps) -> float:
    rewards = [step.reward_mean for step in steps if step.reward_mean is not None]
    return fmean(rewards) if rewards else 0.0


def _tokens(steps: Steps) -> float:
    return sum(step.completion_tokens for step in steps) / max(1, sum(step.completions for step in steps))
