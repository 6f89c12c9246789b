"""Held-out accuracy: one sample a task, with the same seeds each time, so that two evaluations can be compared."""

from collections.abc import Sequence
from statistics import fmean

import msgspec

from generators.judging import Judge
from pipeline.engines.protocol import Engine
from pipeline.seeding import derived_seed
from schemas import Task
from trainer.config import SamplingConfig
from trainer.reward import verdicts_on
from trainer.rollout import sample


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """After `step` updates: the share of right answers with its 95 % interval (Wilson), and the mean score.

    All are over the `tasks - undecided` answers that the verifier could judge, None without any.
    """

    step: int
    accuracy: float | None
    low: float | None
    high: float | None
    mean_score: float | None
    tasks: int
    undecided: int
    truncated: float


def evaluate(
    engine: Engine, tasks: Sequence[Task], sampling: SamplingConfig, judge: Judge, seed: int, step: int
) -> Evaluation:
    """Samples and judges every task once."""
    seeds = [[derived_seed(seed, "evaluation", task.id)] for task in tasks]
    sampled = sample(engine, tasks, seeds, sampling)
    verdicts = [verdict for group in verdicts_on(sampled, sampling.prefill, judge) for verdict in group]
    scores = [verdict.score for verdict in verdicts if verdict.score is not None]
    low, high = wilson(sum(score == 1.0 for score in scores), len(scores))
    return Evaluation(
        step=step,
        accuracy=fmean(score == 1.0 for score in scores) if scores else None,
        low=low,
        high=high,
        mean_score=fmean(scores) if scores else None,
        tasks=len(tasks),
        undecided=len(verdicts) - len(scores),
        truncated=fmean(group.completions[0].finish == "length" for group in sampled),
    )


def wilson(successes: float, trials: float, z: float = 1.959964) -> tuple[float | None, float | None]:
    """The score interval of a share (Wilson 1927), (None, None) without trials.

    >>> tuple(round(end, 3) for end in wilson(8, 10))
    (0.49, 0.943)
    """
    if not trials:
        return None, None
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    spread = z / (1 + z * z / trials) * (share * (1 - share) / trials + z * z / (4 * trials**2)) ** 0.5
    return max(0.0, centre - spread), min(1.0, centre + spread)
