"""What a process reward model chooses among a run's responses: one of them, their vote, the best, a weighed vote."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import product
from statistics import fmean
from typing import get_args

import msgspec
import numpy as np
from rich.box import SIMPLE_HEAVY
from rich.table import Table

from filters.monitors import majority
from flows.valued import step_values
from generators.preferences.steps import StepConfig, step_texts
from pipeline.statistics import bootstrap
from schemas import Rollout, Task
from trainer.prm.choosing import Summary, best_of, summed_up, weighted_vote
from trainer.prm.measure import auroc_within
from trainer.prm.model import ProcessRewardModel

_SEED = 0


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A way to choose, and the share of tasks that it gets right, with a 95 % interval over tasks (bootstrap).

    `way` is `single` (any of the responses), `vote` (the commonest answer), `best` (the response that the model values
    most) or `weighted vote` (the answer whose responses it values most together); `by` is what the values of a
    response's steps come to, empty where the model has no say.
    """

    way: str
    by: str
    right: float
    low: float | None
    high: float | None


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """Of tasks with a verdict on each response: what each way of choosing comes to.

    `above` is the share of pairs of a right and a wrong response to one task of which the model values the right one
    more at its least step, ties as halves; None where no task has both. 0.5 is chance.
    """

    tasks: int
    samples: int
    above: float | None
    ways: tuple[Chosen, ...]


def choices_of(
    tasks: Iterable[Task], rollouts: Iterable[Rollout], prm: ProcessRewardModel, steps: StepConfig
) -> Choices:
    """Responses without a verdict are left aside, and so are tasks that have no other."""
    by_task: dict[str, list[Rollout]] = defaultdict(list)
    for rollout in rollouts:
        if rollout.score is not None:
            by_task[rollout.task_id].append(rollout)
    groups = [(task, by_task[task.id]) for task in tasks if by_task[task.id]]
    stepped = [(task.prompt, step_texts(rollout.text, steps)) for task, own in groups for rollout in own]
    told = iter(step_values(prm, stepped))
    return choices_among([(own, [next(told) for _ in own]) for _, own in groups])


def choices_among(valued: Sequence[tuple[Sequence[Rollout], Sequence[Sequence[float]]]]) -> Choices:
    """Of judged responses to each of several tasks, with the values of their steps."""
    ways = [_way("single", "", [fmean(map(_is_right, own)) for own, _ in valued])]
    ways.append(_way("vote", "", [majority(own) for own, _ in valued]))
    for way, by in product(("best", "weighted vote"), get_args(Summary)):
        ways.append(_way(way, by, [_by_model(way, own, [summed_up(each, by) for each in v]) for own, v in valued]))
    scores = [summed_up(each, "least") for _, v in valued for each in v]
    rights = [_is_right(rollout) == 1.0 for own, _ in valued for rollout in own]
    places = [number for number, (own, _) in enumerate(valued) for _ in own]
    return Choices(
        tasks=len(valued),
        samples=sum(len(own) for own, _ in valued),
        above=auroc_within(scores, rights, places),
        ways=tuple(ways),
    )


def choices_table(split: str, choices: Choices) -> Table:
    """A line for each way."""
    title = f"{split}, chosen among {choices.samples:,} responses to {choices.tasks:,} tasks"
    table = Table("chosen by", title=title, title_justify="left", box=SIMPLE_HEAVY)
    for name in ("values summed up by", "right", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in choices.ways:
        interval = "" if each.low is None or each.high is None else f"{each.low:.2f}-{each.high:.2f}"
        table.add_row(each.way, each.by, f"{each.right:.2f}", interval)
    above = "no task has right and wrong ones" if choices.above is None else f"{choices.above:.2f} (chance: 0.5)"
    table.caption = f"right above wrong: {above}"
    table.caption_justify = "left"
    return table


def _way(way: str, by: str, rights: Sequence[float]) -> Chosen:
    known = np.array(rights)
    low, high = bootstrap(lambda places: float(known[places].mean()), len(known), _SEED)
    return Chosen(way=way, by=by, right=fmean(rights) if rights else 0.0, low=low, high=high)


def _by_model(way: str, own: Sequence[Rollout], scores: Sequence[float]) -> float:
    return _is_right(own[best_of(scores)]) if way == "best" else _by_vote(own, scores)


def _by_vote(own: Sequence[Rollout], scores: Sequence[float]) -> float:
    answer = weighted_vote([rollout.extracted for rollout in own], scores)
    return max((_is_right(each) for each in own if answer is not None and each.extracted == answer), default=0.0)


def _is_right(rollout: Rollout) -> float:
    return float(rollout.score == 1.0)
