"""How good a judge or a reward model is, by tasks whose truth a verifier knows.

After RewardBench 2 (one right response among several, and ties), RewardMATH (arXiv 2410.01729: one right solution
against many wrong ones) and contrast pairs (a right response and the same with one thing changed). Intervals are 95 %,
from a bootstrap over tasks: responses to one task are alike.
"""

from collections.abc import Callable, Sequence
from statistics import fmean

import msgspec
import numpy as np
from rich.box import SIMPLE_HEAVY
from rich.table import Table

from pipeline.seeding import derived_seed
from pipeline.statistics import bootstrap
from rubrics.judges.contract import Case, Comparison, Judge, PairJudge, Preference
from rubrics.judges.pairwise import both_ways
from rubrics.ranking import (
    Judged,
    auroc_of,
    best_of_many,
    correlation,
    length_slope,
    pairs_in_order,
    reciprocal_rank,
    ties_kept,
)

Score = Callable[[Sequence[Case]], Sequence[float | None]]
"""Scores of responses, in order, higher is better; None is undecided. Any reward model is one."""


class Contest(msgspec.Struct, frozen=True, kw_only=True):
    """Responses to one prompt with what they are truly worth in [0, 1]; 1.0 is right.

    `reference` and `criterion` are shown to the judge where they are given.
    """

    prompt: str
    responses: tuple[str, ...]
    worth: tuple[float, ...]
    reference: str = ""
    criterion: str = ""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure over `tasks` tasks; None where nothing could be measured."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    tasks: int
    meaning: str


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one judge; `undecided` of `responses` had no score."""

    judge: str
    responses: int
    undecided: int
    figures: tuple[Figure, ...]


def by_judge(judge: Judge) -> Score:
    return lambda cases: [told.score for told in judge.judge(cases)]


def evaluated(name: str, score: Score, contests: Sequence[Contest], seed: int = 0) -> Evaluated:
    """The figures of a judge of single responses. Raises ValueError for a contest with truths too many or too few."""
    for place, contest in enumerate(contests):
        if len(contest.worth) != len(contest.responses):
            raise ValueError(f"contest {place} has {len(contest.responses)} responses and {len(contest.worth)} truths")
    cases = [
        Case(prompt=each.prompt, response=response, criterion=each.criterion, reference=each.reference)
        for each in contests
        for response in each.responses
    ]
    told = iter(score(cases))
    judged = [_judged(contest, [next(told) for _ in contest.responses]) for contest in contests]
    decided = sum(len(each.scores) for each in judged)
    figures = (
        _mean_figure("one against many", judged, best_of_many, seed, "chance that the right one scores highest"),
        _mean_figure("reciprocal rank", judged, reciprocal_rank, seed, "of the right one among all"),
        _mean_figure("pairs", judged, pairs_in_order, seed, "share of right and wrong ones in the right order"),
        _mean_figure("ties", judged, ties_kept, seed, "right ones lie nearer to one another than to a wrong one"),
        _pooled_figure("AUROC", judged, auroc_of, seed, "of right against wrong, over all tasks together"),
        _pooled_figure("Spearman", judged, correlation, seed, "of score and truth, over all tasks together"),
        _pooled_figure("length slope", judged, length_slope, seed, "score gained by twice the length, at equal truth"),
    )
    return Evaluated(judge=name, responses=len(cases), undecided=len(cases) - decided, figures=figures)


def compared(name: str, judge: PairJudge, contests: Sequence[Contest], seed: int = 0) -> Evaluated:
    """The figures of a judge of pairs: of each task every right response against every wrong one, in both orders."""
    pairs = [
        (place, Comparison(prompt=contest.prompt, first=good, second=bad, criteria=criteria))
        for place, contest in enumerate(contests)
        for criteria in [(contest.criterion,) if contest.criterion else ()]
        for good, worth in zip(contest.responses, contest.worth, strict=True)
        for bad, other in zip(contest.responses, contest.worth, strict=True)
        if worth == 1.0 and other < 1.0
    ]
    told = both_ways(judge, [comparison for _, comparison in pairs])
    by_task: list[list[tuple[Preference, Preference]]] = [[] for _ in contests]
    for (place, _), ends in zip(pairs, told, strict=True):
        by_task[place].append(ends)
    figures = (
        _figure("pairs", [_mean(own, _mean_right) for own in by_task], seed, "right one preferred, both orders meant"),
        _figure("both ways", [_mean(own, _right_twice) for own in by_task], seed, "right one preferred in each order"),
        _figure("consistency", [_mean(own, _consistent) for own in by_task], seed, "same text preferred in each order"),
        _figure("first place", [_mean(own, _first_place) for own in by_task], seed, "mean preference for the first"),
    )
    undecided = sum(each.first is None for ends in told for each in ends)
    return Evaluated(judge=name, responses=2 * len(told), undecided=undecided, figures=figures)


def evaluated_table(told: Evaluated) -> Table:
    """A line a figure."""
    title = f"{told.judge}: {told.responses:,} judgements, {told.undecided:,} undecided"
    table = Table("", title=title, title_justify="left", box=SIMPLE_HEAVY)
    for name in ("value", "95 %", "tasks"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("meaning")
    for each in told.figures:
        value = "–" if each.value is None else f"{each.value:.3f}"
        interval = "" if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}"
        table.add_row(each.name, value, interval, f"{each.tasks:,}", each.meaning)
    return table


def _judged(contest: Contest, scores: Sequence[float | None]) -> Judged:
    told = [
        (score, worth, len(text))
        for score, worth, text in zip(scores, contest.worth, contest.responses, strict=True)
        if score is not None
    ]
    return Judged(*(tuple(column) for column in zip(*told, strict=True))) if told else Judged((), (), ())


def _mean_figure(
    name: str, judged: Sequence[Judged], value: Callable[[Judged], float | None], seed: int, meaning: str
) -> Figure:
    return _figure(name, [value(own) for own in judged], seed, meaning)


def _figure(name: str, values: Sequence[float | None], seed: int, meaning: str) -> Figure:
    told = np.asarray([value for value in values if value is not None])
    low, high = bootstrap(lambda places: float(told[places].mean()), len(told), derived_seed(seed, "bootstrap", name))
    mean = float(told.mean()) if len(told) else None
    return Figure(name=name, value=mean, low=low, high=high, tasks=len(told), meaning=meaning)


def _pooled_figure(
    name: str, judged: Sequence[Judged], value: Callable[[Sequence[Judged]], float | None], seed: int, meaning: str
) -> Figure:
    told = [own for own in judged if own.scores]
    low, high = bootstrap(
        lambda places: value([told[place] for place in places]), len(told), derived_seed(seed, "bootstrap", name), 200
    )
    return Figure(name=name, value=value(told), low=low, high=high, tasks=len(told), meaning=meaning)


def _mean(own: Sequence[tuple[Preference, Preference]], value: Callable[[float, float], float]) -> float | None:
    told = [
        value(good_first.first, bad_first.first)
        for good_first, bad_first in own
        if good_first.first is not None and bad_first.first is not None
    ]
    return fmean(told) if told else None


def _mean_right(good_first: float, bad_first: float) -> float:
    lead = good_first - bad_first
    return 0.5 if abs(lead) < 1e-9 else float(lead > 0)


def _right_twice(good_first: float, bad_first: float) -> float:
    return float(good_first > 0.5 > bad_first)


def _consistent(good_first: float, bad_first: float) -> float:
    return float((good_first - 0.5) * (bad_first - 0.5) < 0 or good_first == bad_first == 0.5)


def _first_place(good_first: float, bad_first: float) -> float:
    return (good_first + bad_first) / 2
