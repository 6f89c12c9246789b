"""Rubric: criteria in the text of a response, the same for all tasks or those of each task's own rubrics.

The share of criteria met is a dense reward: it tells completions of a group apart that the verifier finds all wrong or
all right (RGR-GRPO), where the component is primary.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from rubrics.criteria.contract import Subject
from rubrics.generation.contrast import plain
from rubrics.guards.reward_judge import open_reward_judge
from rubrics.judges.contract import Judge
from rubrics.reward import Rubrics, rubrics_in, values
from trainer.rewards.length import Values
from trainer.rewards.settings import Contains, Criterion, Lacks, Rubric, Words
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
    """The value in [0, 1] of every rollout of every group; None where nobody can tell.

    `gated` values are 0 for what the verifier does not find wholly right.
    """
    places = [(group, rollout) for group in groups for rollout in group.rollouts]
    responses = [
        (group.task.id, Subject(response=rollout.text, prompt=plain(group.task.prompt))) for group, rollout in places
    ]
    told = iter(values(own.rubrics, responses, own.judge, settings.scoring))
    made: list[Values] = []
    for group in groups:
        row: Values = []
        for rollout in group.rollouts:
            parts = [part for part in (next(told), _fixed(settings.criteria, rollout.text)) if part is not None]
            value = sum(parts) / len(parts) if parts else None
            row.append(0.0 if settings.gated and rollout.score != 1.0 else value)
        made.append(row)
    return made


def _fixed(criteria: Sequence[Criterion], text: str) -> float | None:
    return met(criteria, text) if criteria else None


Checker = Callable[[Any, str], float]
"""How far a response meets a criterion, in [0, 1]; the first argument is the criterion's section of the config."""


def _words(criterion: Words, text: str) -> float:
    """1 within the bounds, else the smaller of words and bound over the greater: there is a way back."""
    count = len(text.split())
    if count < criterion.least:
        return count / criterion.least
    return min(1.0, criterion.most / max(1, count))


CHECKERS: dict[type, Checker] = {
    Contains: lambda criterion, text: float(criterion.text in text),
    Lacks: lambda criterion, text: float(criterion.text not in text),
    Words: _words,
}


def met(criteria: Sequence[Criterion], text: str) -> float:
    """The weighed share of the criteria that a response meets, in [0, 1].

    >>> met([Words(checker="words", most=2), Lacks(checker="lacks", text="?")], "why not?")
    0.5
    """
    total = sum(criterion.weight for criterion in criteria)
    return sum(criterion.weight * CHECKERS[type(criterion)](criterion, text) for criterion in criteria) / total
