"""Contrasts with known truth, from tasks alone: a text with a broken rule, a derivation with a flaw."""

from collections.abc import Iterable

from generators import flaws
from generators.instructions import pairs
from generators.instructions.source import source_of
from generators.worked import worked_solution
from pipeline.seeding import derived_seed, generator
from rubrics.generation.contrast import Contrast, plain
from schemas import Task


def planted_contrasts(tasks: Iterable[Task], count: int, seed: int) -> list[Contrast]:
    """At most `count` different ones a task; none for a task whose family nothing can be planted in.

    A task whose answer is a text under rules has pairs that each break one of them, one with a worked solution pairs of
    which both answers are right and the rejected derivation has a flaw.
    """
    return [each for task in tasks for each in _of_task(task, count, seed)]


def _of_task(task: Task, count: int, seed: int) -> list[Contrast]:
    found: dict[str, Contrast] = {}
    if task.family in pairs.FAMILIES:
        for number in range(count):
            if (pair := pairs.planted_pair(task, derived_seed(seed, "planted", number))) is not None:
                found.setdefault(pair.rejected, _contrast(task, pair.chosen, pair.rejected))
    elif task.family in flaws.FAMILIES:
        own = flaws.unsound_pairs(task, seed)
        generator(seed, "kinds of flaws", task.id).shuffle(own)
        for flawed in own[:count]:
            found.setdefault(flawed.unsound, _contrast(task, flawed.sound, flawed.unsound))
    return list(found.values())


def _contrast(task: Task, chosen: str, rejected: str) -> Contrast:
    return Contrast(
        task_id=task.id,
        family=task.family,
        prompt=plain(task.prompt),
        chosen=chosen,
        rejected=rejected,
        answer=task.answer,
        steps=worked_solution(task),
        source=source_of(task),
    )
