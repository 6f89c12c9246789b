"""Rubric: criteria of a response, the same for all tasks or those of each task's own rubrics.

The share of criteria met is a dense reward: it tells completions of a group apart that the verifier finds all wrong or
all right (RGR-GRPO), where the component is primary.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from generators.instructions.source import source_of
from rubrics.criteria.contract import Subject
from rubrics.generation.contrast import plain
from rubrics.guards.reward_judge import open_reward_judge
from rubrics.judges.contract import Judge
from rubrics.reward import Rubrics, rubric_scores, rubrics_in, values
from trainer.rewards.criteria import fixed_rubric
from trainer.rewards.length import Values
from trainer.rewards.settings import Rubric
from trainer.rollout import Group


class OwnRubrics(NamedTuple):
    """The rubrics of the tasks, and who decides what no program does."""

    rubrics: Rubrics
    judge: Judge | None = None


@contextmanager
def opened_rubrics(settings: Rubric | None) -> Iterator[OwnRubrics]:
    """What the settings name, for as long as training lasts. Raises RubricError, StoreError, GuardError, JudgeError."""
    if settings is None or not settings.shards:
        yield OwnRubrics({})
        return
    rubrics = rubrics_in(settings.shards)
    if settings.judge is None:
        yield OwnRubrics(rubrics)
        return
    with open_reward_judge(settings.judge) as judge:
        yield OwnRubrics(rubrics, judge)


def rubric_values(groups: Sequence[Group], settings: Rubric, own: OwnRubrics) -> list[Values]:
    """The value in [0, 1] of every rollout of every group; None for a group of which nobody can tell.

    What can't be decided is worth no more than the least in its group, so that no response gains by being too much for
    a judge. `gated` values are 0 for what the verifier does not find wholly right.
    """
    responses = [(group.task.id, subject) for group in groups for subject in _subjects(group)]
    of_tasks = iter(values(own.rubrics, responses, own.judge, settings.scoring))
    of_all = iter(_fixed(settings, [subject for _, subject in responses]))
    made: list[Values] = []
    for group in groups:
        told = [_mean(next(of_tasks), next(of_all)) for _ in group.rollouts]
        least = min((value for value in told if value is not None), default=None)
        made.append(
            [
                0.0 if settings.gated and rollout.score != 1.0 else least if value is None else value
                for rollout, value in zip(group.rollouts, told, strict=True)
            ]
        )
    return made


def _mean(of_task: float | None, of_all: float | None) -> float | None:
    parts = [part for part in (of_task, of_all) if part is not None]
    return sum(parts) / len(parts) if parts else None


def _subjects(group: Group) -> list[Subject]:
    prompt, source = plain(group.task.prompt), source_of(group.task)
    return [Subject(response=rollout.text, prompt=prompt, source=source) for rollout in group.rollouts]


def _fixed(settings: Rubric, subjects: Sequence[Subject]) -> list[float | None]:
    """What the criteria of the config say of each; None where there are none."""
    if not settings.criteria:
        return [None] * len(subjects)
    rubric = fixed_rubric(settings.criteria)
    return [each.score for each in rubric_scores([(rubric, subject) for subject in subjects], None, settings.scoring)]
