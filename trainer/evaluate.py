"""Held-out accuracy: the same samples of the same tasks each time, so that two evaluations can be compared."""

from collections.abc import Sequence
from statistics import fmean

import msgspec

from generators.judging import Judge
from pipeline.engines.protocol import Engine
from pipeline.seeding import derived_seed
from schemas import Rollout, Task
from trainer.config import HELD_OUT, SamplingConfig
from trainer.rollout import judged_group, sample
from trainer.scores import Scores, scores_of
from trainer.verdicts import verdicts_on


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """After `step` updates, on one split: the mean over tasks of the share of right answers with its 95 % interval
    over tasks (Wilson's, where a task has one sample), the mean score, and pass@k by k where there are more samples.

    All are over the samples that the verifier could judge, None without any; `undecided` counts the others, `samples`
    is how many a task had. `cells` has every family and level where there are several.
    """

    step: int
    split: str = HELD_OUT
    accuracy: float | None
    low: float | None
    high: float | None
    mean_score: float | None
    tasks: int
    undecided: int
    truncated: float
    samples: int = 1
    pass_at: dict[int, float] = {}
    tokens_per_right: float | None = None
    cells: tuple[Scores, ...] = ()


def held_out_rollouts(
    engine: Engine,
    tasks: Sequence[Task],
    sampling: SamplingConfig,
    judge: Judge,
    seed: int,
    samples: int = 1,
    revision: str = "",
) -> list[Rollout]:
    """So many judged samples of every task, in order, the same seeds each time; `revision` names the weights."""
    seeds = [[derived_seed(seed, "evaluation", task.id, number) for number in range(samples)] for task in tasks]
    sampled = sample(engine, tasks, seeds, sampling)
    verdicts = verdicts_on(sampled, sampling.prefill, judge)
    return [
        rollout
        for group, own in zip(sampled, verdicts, strict=True)
        for rollout in judged_group(group, own, engine, revision or engine.revision, sampling).rollouts
    ]


def evaluation_of(step: int, split: str, tasks: Sequence[Task], rollouts: Sequence[Rollout]) -> Evaluation:
    """What the rollouts of a split's tasks come to."""
    total, *cells = scores_of(tasks, rollouts, split)
    scores = [rollout.score for rollout in rollouts if rollout.score is not None]
    return Evaluation(
        step=step,
        split=split,
        accuracy=total.pass_at_1,
        low=total.low,
        high=total.high,
        mean_score=fmean(scores) if scores else None,
        tasks=total.tasks,
        undecided=total.undecided,
        truncated=total.truncated,
        samples=max(1, total.samples // max(1, total.tasks)),
        pass_at=total.pass_at,
        tokens_per_right=total.tokens_per_right,
        cells=tuple(cells) if len(cells) > 1 else (),
    )
