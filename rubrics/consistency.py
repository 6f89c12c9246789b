"""Which rubrics are kept: those that rank their own pairs right, and others of the task too (label consistency).

After OpenRubrics (#77 of the surveyed papers): a rubric by which the worse response wins is no description of what
made the better one better, and is rejected; so several are sampled, and of those of one method that are left a task
keeps the one that tells pairs best apart. Nothing is thrown away in silence: every rubric and criterion that is left
out has its cause.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import msgspec
from pydantic import Field

from pipeline.config import Section
from rubrics.criteria.contract import Subject
from rubrics.fitness import sorted_out, with_handed_on_requirements
from rubrics.generation.contrast import Contrast
from schemas import Criterion, CriterionScore, Rubric, RubricCause, RubricLeftOut

LEAST_SEEN = 8
"""Responses that two criteria must agree on before they count as one."""


class ConsistencyConfig(Section):
    """What a rubric must do to be kept."""

    margin: float = Field(0.05, ge=0, lt=1, description="by how much the better response must score above the worse")
    rate: float = Field(
        0.8, gt=0, le=1, description="share right of the held-out pairs that it ranks; those it finds alike say nothing"
    )


class Candidate(NamedTuple):
    """A rubric, the contrasts that it was made from, where it was made from any, and others to test it on."""

    rubric: Rubric
    own: tuple[Contrast, ...]
    held_out: tuple[Contrast, ...]


class Filtered(NamedTuple):
    kept: list[Rubric]
    left_out: list[RubricLeftOut]


ByCriterion = Callable[[Sequence[tuple[Rubric, Subject]]], list[tuple[CriterionScore, ...]]]
"""The score of each criterion of each rubric on its response, in order."""

Together = Callable[[Rubric, Sequence[CriterionScore]], float | None]
"""What the scores of a rubric's criteria come to in [0, 1]; None where it could not be told."""


class Ranked(NamedTuple):
    """How many pairs were ranked right, wrong, and found alike; `undecided` have no score."""

    right: int
    wrong: int
    alike: int
    undecided: int

    @property
    def discrimination(self) -> float | None:
        """Share right less share wrong, None where nothing was decided."""
        decided = self.right + self.wrong + self.alike
        return (self.right - self.wrong) / decided if decided else None


def consistent(
    candidates: Sequence[Candidate],
    by_criterion: ByCriterion,
    together: Together,
    config: ConsistencyConfig,
    *,
    judged: bool,
) -> Filtered:
    """The rubrics that pass, one of each task and method, with their measured discrimination, in the order of the
    candidates; `judged` tells whether there is a judge for criteria that no program decides."""
    left_out: list[RubricLeftOut] = []
    fit = [each for candidate in candidates if (each := _with_fit_criteria(candidate, left_out, judged=judged))]
    asked = [(each.rubric, subject) for each in fit for subject in _subjects(each)]
    scores = iter(by_criterion(asked))
    passed: dict[tuple[str, str], list[tuple[bool, float, Rubric]]] = defaultdict(list)
    for each in fit:
        told = [next(scores) for _ in _subjects(each)]
        rubric, told = _without_echoes(each.rubric, told, left_out)
        totals = [together(rubric, own) for own in told]
        own = ranked(totals[: 2 * len(each.own)], config.margin)
        others = ranked(totals[2 * len(each.own) :], config.margin)
        if (fault := _fault(own, others, config)) is not None:
            left_out.append(_left_out(rubric, *fault))
            continue
        tested = others.discrimination is not None
        known = others.discrimination if tested else own.discrimination
        rubric = msgspec.structs.replace(rubric, discrimination=known)
        passed[rubric.task_id, rubric.method].append((tested, known or 0.0, rubric))
    kept = []
    for rivals in passed.values():
        _, most, best = max(rivals, key=lambda each: each[:2])  # one that was tested before any other; first of equals
        kept.append(best)
        left_out += [
            _left_out(
                rubric, "surpassed", f"{known:.2f}{'' if tested else ' of its own pairs'}; {best.id} has {most:.2f}"
            )
            for tested, known, rubric in rivals
            if rubric is not best
        ]
    return Filtered(kept, left_out)


def ranked(totals: Sequence[float | None], margin: float) -> Ranked:
    """Of scores of better and worse responses by turns.

    >>> ranked([1.0, 0.5, 0.2, 0.9, 0.3, 0.3, None, 0.0], margin=0.05)
    Ranked(right=1, wrong=1, alike=1, undecided=1)
    """
    gaps = [
        None if better is None or worse is None else better - worse
        for better, worse in zip(totals[::2], totals[1::2], strict=True)
    ]
    decided = [gap for gap in gaps if gap is not None]
    right, wrong = sum(gap > margin for gap in decided), sum(gap < -margin for gap in decided)
    return Ranked(right, wrong, len(decided) - right - wrong, len(gaps) - len(decided))


def _fault(own: Ranked, others: Ranked, config: ConsistencyConfig) -> tuple[RubricCause, str] | None:
    if own.undecided:
        return "undecided", f"{own.undecided} of its own pairs"
    if own.wrong or own.alike:
        return "own_pair", f"{own.right} of {own.right + own.wrong + own.alike} of its own pairs are ranked right"
    told = others.right + others.wrong
    if told and others.right < config.rate * told:
        return "held_out", f"{others.right} of the {told} held-out pairs that it ranks are ranked right"
    if not own.right and not told:
        return "held_out", f"it tells none of {others.alike} pairs apart, and could not decide {others.undecided}"
    return None


def _with_fit_criteria(candidate: Candidate, left_out: list[RubricLeftOut], *, judged: bool) -> Candidate | None:
    rubric, shown = candidate.rubric, (candidate.own or candidate.held_out)[0]
    found = sorted_out(rubric.criteria, shown.prompt, shown.answer, judged=judged)
    left_out += [_left_out(rubric, each.cause, each.detail, each.criterion) for each in found.unfit]
    if not found.fit:
        left_out.append(_left_out(rubric, "empty", f"none of its {len(rubric.criteria)} criteria is fit for use"))
        return None
    return candidate._replace(rubric=msgspec.structs.replace(rubric, criteria=found.fit))


def _without_echoes(
    rubric: Rubric, told: list[tuple[CriterionScore, ...]], left_out: list[RubricLeftOut]
) -> tuple[Rubric, list[tuple[CriterionScore, ...]]]:
    """The rubric without criteria that always agree with an earlier one, where there are enough responses to say so;
    hard rules stay, since each of them binds alone."""
    columns = list(zip(*((score.score for score in own) for own in told), strict=True))
    echoes: dict[int, int] = {}
    for one, other in combinations(range(len(columns)), 2):
        agree = columns[one] == columns[other] and len(set(columns[other]) - {None}) > 1 and one not in echoes
        if agree and len(told) >= LEAST_SEEN and rubric.criteria[other].kind != "hard_rule":
            echoes.setdefault(other, one)
    for other, one in echoes.items():
        detail = f"on {len(told)} responses it says what {rubric.criteria[one].title!r} says"
        left_out.append(_left_out(rubric, "redundant", detail, rubric.criteria[other]))
    kept = [place for place in range(len(rubric.criteria)) if place not in echoes]
    criteria = with_handed_on_requirements([rubric.criteria[place] for place in kept], rubric.criteria)
    return msgspec.structs.replace(rubric, criteria=criteria), [tuple(own[place] for place in kept) for own in told]


def _subjects(candidate: Candidate) -> list[Subject]:
    """Better and worse responses by turns, the candidate's own first."""
    return [
        Subject(response=response, prompt=each.prompt, source=each.source)
        for each in (*candidate.own, *candidate.held_out)
        for response in (each.chosen, each.rejected)
    ]


def _left_out(rubric: Rubric, cause: RubricCause, detail: str, criterion: Criterion | None = None) -> RubricLeftOut:
    return RubricLeftOut(
        rubric_id=rubric.id,
        task_id=rubric.task_id,
        method=rubric.method,
        title="" if criterion is None else criterion.title,
        text="" if criterion is None else criterion.text,
        cause=cause,
        detail=detail,
    )
