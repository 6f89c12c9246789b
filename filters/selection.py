"""Which graded tasks are worth training on, each looked at by itself: its decision, question, rollouts and verdicts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from filters.agreement import disagreement
from filters.config import CurriculumConfig
from filters.quality import RolloutQuality, fault
from filters.sanity import sanity
from schemas import Agreement, Cause, Difficulty, LeftOut, Task


class Selection(NamedTuple):
    """The tasks that are worth training on, and those with a wanted decision that are not, each with its reason."""

    tasks: list[Task]
    left_out: list[LeftOut]


def selection(
    tasks: Sequence[Task],
    difficulties: Iterable[Difficulty],
    config: CurriculumConfig,
    qualities: Mapping[str, RolloutQuality] | None = None,
    agreements: Mapping[str, Agreement] | None = None,
) -> Selection:
    """Of the tasks that have a difficulty, those whose decision is to be kept and that nothing speaks against.

    `qualities` and `agreements`, by task id, are what `config.quality` and `config.agreement` are asked of; tasks
    without one pass. Raises ValueError when a task has several difficulties: a curriculum is for one model.
    """
    graded = by_task(difficulties)
    found = Selection([], [])
    for task in tasks:
        difficulty = graded.get(task.id)
        if difficulty is None or difficulty.decision not in config.keep:
            continue
        unfit = _unfit(task, config, (qualities or {}).get(task.id), (agreements or {}).get(task.id))
        if unfit is None:
            found.tasks.append(task)
        else:
            found.left_out.append(left_out_as(task, *unfit))
    return found


def by_task(difficulties: Iterable[Difficulty]) -> Mapping[str, Difficulty]:
    """The difficulties by task id. Raises ValueError when a task has several."""
    graded: dict[str, Difficulty] = {}
    for difficulty in difficulties:
        if (before := graded.get(difficulty.task_id)) is not None:
            raise ValueError(
                f"task {difficulty.task_id} is graded twice, for {before.model} and for {difficulty.model}: "
                "give the difficulties of one model, each once"
            )
        graded[difficulty.task_id] = difficulty
    return graded


def left_out_as(task: Task, cause: Cause, detail: str) -> LeftOut:
    """What is written down of a task that was left out."""
    return LeftOut(id=task.id, family=task.family, level=task.level, cause=cause, detail=detail)


def _unfit(
    task: Task, config: CurriculumConfig, quality: RolloutQuality | None, agreement: Agreement | None
) -> tuple[Cause, str] | None:
    """The first thing about a task itself that the config forbids: its question, its rollouts, their verdicts."""
    if config.sanity is not None and (faults := sanity(task, config.sanity)):
        return "malformed_prompt", "; ".join(map(": ".join, faults))
    if quality is not None and (found := fault(quality, config.quality)) is not None:
        return found
    if agreement is not None and config.agreement is not None:
        return disagreement(agreement, config.agreement)
    return None
