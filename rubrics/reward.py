"""Responses scored by rubrics: criteria by program where they name a checker, by a judge where not; and as a reward."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.store import read_shards
from rubrics.criteria.contract import Subject
from rubrics.criteria.registry import checked
from rubrics.judges.contract import Case, Judge
from rubrics.scoring import ScoringConfig, aggregated
from schemas import CriterionScore, Rubric, RubricScore
from schemas.failure import Failure

Rubrics = Mapping[str, tuple[Rubric, ...]]
"""The rubrics of each task, by its id."""

PROGRAMS = "programs"
"""The judge's name in a score that no judge had part in."""


class RubricError(Failure, ValueError):
    """Rubrics can't be used as they are; the message says which and what to do."""


def by_criterion(
    asked: Sequence[tuple[Rubric, Subject]], judge: Judge | None = None
) -> list[tuple[CriterionScore, ...]]:
    """The score of each criterion of each rubric on its response, in order; the judge is asked once for all.

    None for a criterion that no program decides where there is no judge. Raises CriterionError for a checker that
    there is not.
    """
    open_ones = [
        (rubric, subject, criterion)
        for rubric, subject in asked
        for criterion in rubric.criteria
        if criterion.checker is None
    ]
    cases = [
        Case(prompt=subject.prompt, response=subject.response, criterion=each.text) for _, subject, each in open_ones
    ]
    told = iter(judge.judge(cases) if judge is not None and cases else ())
    made: list[tuple[CriterionScore, ...]] = []
    for rubric, subject in asked:
        own = []
        for criterion in rubric.criteria:
            if criterion.checker is not None:
                own.append(checked(criterion, subject))
            elif judge is None:
                own.append(CriterionScore(title=criterion.title, score=None, reason="there is no judge to decide it"))
            else:
                said = next(told)
                own.append(CriterionScore(title=criterion.title, score=said.score, reason=said.reason))
        made.append(tuple(own))
    return made


def rubric_scores(
    asked: Sequence[tuple[Rubric, Subject]], judge: Judge | None = None, scoring: ScoringConfig = ScoringConfig()
) -> list[RubricScore]:
    """Each response's score by its rubric, in order, with what each criterion came to. Raises CriterionError."""
    return [
        RubricScore(
            rubric_id=rubric.id,
            task_id=rubric.task_id,
            response=subject.response,
            judge=judge.name if judge is not None and any(not each.checker for each in rubric.criteria) else PROGRAMS,
            score=aggregated(rubric, scores, scoring),
            criteria=scores,
        )
        for (rubric, subject), scores in zip(asked, by_criterion(asked, judge), strict=True)
    ]


def rubrics_in(shards: Sequence[str]) -> dict[str, tuple[Rubric, ...]]:
    """The rubrics of files, folders or globs, by task. Raises RubricError where there is none, StoreError."""
    found: dict[str, list[Rubric]] = defaultdict(list)
    for rubric in read_shards(shards, Rubric):
        found[rubric.task_id].append(rubric)
    if not found:
        raise RubricError(
            f"{', '.join(shards)}: no rubrics in there; give the `rubrics` shards that `taskmill rubrics` has written"
        )
    return {task: tuple(own) for task, own in found.items()}


def values(
    rubrics: Rubrics,
    responses: Sequence[tuple[str, Subject]],
    judge: Judge | None = None,
    scoring: ScoringConfig = ScoringConfig(),
) -> list[float | None]:
    """For each task id and response the mean score of the task's rubrics, in [0, 1].

    None for a task without rubrics and where one of them could not be decided: nobody knows, which is not 0, and a
    response must not gain by what can't be judged.
    """
    asked = [(rubric, subject) for task, subject in responses for rubric in rubrics.get(task, ())]
    scores = iter(rubric_scores(asked, judge, scoring))
    made: list[float | None] = []
    for task, _ in responses:
        told = [next(scores).score for _ in rubrics.get(task, ())]
        decided = [score for score in told if score is not None]
        made.append(sum(decided) / len(decided) if decided and len(decided) == len(told) else None)
    return made


def rubric_reward(
    shards: Sequence[str],
    judge: Judge | None = None,
    scoring: ScoringConfig = ScoringConfig(),
    sources: Mapping[str, str] = {},
) -> Callable[..., list[float | None]]:
    """A reward function for TRL: `GRPOTrainer(reward_funcs=[rubric_reward(["outputs/demo/rubrics/*/*.parquet"])])`.

    The data set says each row's task in a column `task_id` or `id`, as all of our shards do. `sources` are the texts
    that some criteria compare a response with, by task. Tasks without a rubric get None, which TRL leaves out of the
    sum. Raises RubricError, StoreError; when called, RubricError without the column.
    """
    rubrics = rubrics_in(shards)

    def reward(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        tasks = columns.get("task_id", columns.get("id"))
        if tasks is None:
            raise RubricError("the data set has no column task_id or id, which says whose rubrics a row is scored by")
        responses = [
            (task, Subject(response=spoken(completion), prompt=spoken(prompt), source=sources.get(task, "")))
            for task, prompt, completion in zip(tasks, prompts, completions, strict=True)
        ]
        return values(rubrics, responses, judge, scoring)

    return reward


def spoken(said: Any) -> str:
    """A text, or the texts of a chat's messages: what is no text, such as a tool call or a picture, is left out."""
    if isinstance(said, str):
        return said
    contents = [message.get("content") or "" for message in said]
    return "\n\n".join(
        each if isinstance(each, str) else "".join(part.get("text") or "" for part in each) for each in contents
    )
