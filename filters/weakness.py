"""Weakness: where a training did not help although it could have, and more tasks of just that.

After SwS ("Self-aware Weakness-driven problem Synthesis", arXiv 2506.08989): a problem has failed where its accuracy
stayed below one half at every visit and did not rise, and a cell is given new tasks in proportion to the share of its
problems that failed. (The paper's rule asks for a slope below 0; here a flat one fails too, or a problem that is never
solved would not.) Two things are added: a share `explore` is spread
equally, whatever failed; and only cells in or near the band are chosen, for what is hopeless teaches nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

import msgspec

from filters.aiming import Cell, CellKey, Evidence, apportioned, expected_yields
from schemas import Rollout, jsontext

FAILED_BELOW = 0.5
"""The accuracy that a failed problem has not reached at any visit (SwS)."""

NEAR = 0.1
"""The share of a cell's tasks that must be expected in the band for the cell to be near it, where the training has not
brought it there."""


class Visit(NamedTuple):
    """So many `judged` samples of a task at a step of the training, 0 for those before it; so many of them `right`."""

    task: str
    step: int
    right: int
    judged: int


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How the problems of a cell fared: of `problems` that were visited some `failed`.

    `accuracy` is the mean over problems at their last visits, `slope` what a problem gained in accuracy a step, over
    all that were visited at different steps; None where there is nothing to say.
    """

    problems: int = 0
    failed: int = 0
    accuracy: float | None = None
    slope: float | None = None

    @property
    def failure(self) -> float:
        """The share of problems that failed."""
        return self.failed / self.problems if self.problems else 0.0


class Allotment(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the plan of a round: items `start` to `stop` of its stream; what it should have got, and why.

    `course` is how its problems fared in the round before, `expected` the share of its tasks expected in the band, both
    None before any round; `near` says whether that is enough for it to be chosen.
    """

    source: int
    family: str
    level: int
    params: dict[str, Any]
    start: int
    stop: int
    quota: float
    course: Course | None = None
    expected: float | None = None
    near: bool = True

    @property
    def key(self) -> CellKey:
        return self.family, jsontext.dumps(self.params)

    @property
    def count(self) -> int:
        return self.stop - self.start

    @property
    def weak(self) -> bool:
        """Whether it is given more because problems of it failed."""
        return self.near and self.course is not None and self.course.failed > 0


NOTHING = Course()


def visits_of(rollouts: Iterable[Rollout], step: int) -> list[Visit]:
    """The visits of one step: its rollouts, task by task. Those without a verdict tell nothing."""
    scores: dict[str, list[float]] = defaultdict(list)
    for rollout in rollouts:
        if rollout.score is not None:
            scores[rollout.task_id].append(rollout.score)
    return [Visit(task, step, sum(score == 1.0 for score in own), len(own)) for task, own in scores.items()]


def course_of(visits: Iterable[Visit]) -> Course:
    """The course of one cell. Visits without a judged sample tell nothing."""
    by_task: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for visit in visits:
        if visit.judged:
            by_task[visit.task].append((visit.step, visit.right / visit.judged))
    courses = [sorted(own) for own in by_task.values()]
    return Course(
        problems=len(courses),
        failed=sum(map(has_failed, courses)),
        accuracy=fmean(own[-1][1] for own in courses) if courses else None,
        slope=_slope(courses),
    )


def has_failed(points: Sequence[tuple[int, float]]) -> bool:
    """Whether a problem with these accuracies by step never got far, and did not rise either.

    >>> has_failed([(0, 0.0), (9, 0.0)]), has_failed([(0, 0.0), (9, 0.25)]), has_failed([(0, 0.75), (9, 0.25)])
    (True, False, False)
    """
    return max(accuracy for _, accuracy in points) < FAILED_BELOW and (_slope([points]) or 0.0) <= 0


def first_allotment(cells: Sequence[Cell]) -> list[Allotment]:
    """The round that makes what the config says."""
    return [_allotment(cell, 0, cell.count, float(cell.count)) for cell in cells]


def same_again(cells: Sequence[Cell], made: Mapping[CellKey, int]) -> list[Allotment]:
    """As many tasks of each cell as the config says, after those that were `made`."""
    return [_allotment(cell, made.get(cell.key, 0), cell.count, float(cell.count)) for cell in cells]


def next_allotment(
    cells: Sequence[Cell],
    made: Mapping[CellKey, int],
    courses: Mapping[CellKey, Course],
    seen: Mapping[CellKey, Evidence],
    explore: float,
    band_low: float,
) -> list[Allotment]:
    """The round after: as many tasks as the config says, by what failed in the round before; one at least of each cell.

    `made` items of each stream are used already. `courses` and `seen` tell of the round before, its training and what
    was before that; `explore` in [0, 1] is the share that is spread equally. A cell is near the band where enough of
    its tasks are expected in it, or its accuracy at the end has come to `band_low`. Where nothing near the band failed,
    all is spread as the config says.
    """
    total = sum(cell.count for cell in cells)
    expected = expected_yields(cells, seen)
    fared = [courses.get(cell.key, NOTHING) for cell in cells]
    near = [
        share >= NEAR or (course.accuracy or 0.0) >= band_low for share, course in zip(expected, fared, strict=True)
    ]
    weights = [course.failure if close else 0.0 for course, close in zip(fared, near, strict=True)]
    if not sum(weights):
        weights = [float(cell.count) for cell in cells]
    quotas = [total * (explore / len(cells) + (1 - explore) * weight / sum(weights)) for weight in weights]
    counts = [1 + more for more in apportioned([quota - 1 for quota in quotas], total - len(cells))]
    return [
        _allotment(cell, made.get(cell.key, 0), count, quota, course=course, expected=share, near=close)
        for cell, count, quota, course, share, close in zip(cells, counts, quotas, fared, expected, near, strict=True)
    ]


def _allotment(
    cell: Cell,
    start: int,
    count: int,
    quota: float,
    *,
    course: Course | None = None,
    expected: float | None = None,
    near: bool = True,
) -> Allotment:
    return Allotment(
        source=cell.source,
        family=cell.family,
        level=cell.level,
        params=cell.params,
        start=start,
        stop=start + count,
        quota=quota,
        course=course,
        expected=expected,
        near=near,
    )


def _slope(courses: Sequence[Sequence[tuple[int, float]]]) -> float | None:
    """Least squares within problems: each has a level of its own, and all share the slope."""
    above = below = 0.0
    for points in courses:
        middle, mean = fmean(step for step, _ in points), fmean(accuracy for _, accuracy in points)
        above += sum((step - middle) * (accuracy - mean) for step, accuracy in points)
        below += sum((step - middle) ** 2 for step, _ in points)
    return above / below if below else None
