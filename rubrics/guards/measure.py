"""How often a judge takes an attack for a right answer: by attack, by kind, by language and by format."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import msgspec
from rich.box import SIMPLE_HEAVY
from rich.table import Table

from pipeline.statistics import auroc, wilson
from rubrics.guards.attack import FORMATS, Attack, Trial, trials
from rubrics.judges.contract import Case, Judge

RIGHT = "right answers"


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """Of `trials` responses, `accepted` scored at or above the threshold and `undecided` got no score.

    `share` is accepted / (trials - undecided), with Wilson's 95 % interval; None where all are undecided. Trials of one
    case are alike, so with few cases the interval is too narrow.
    """

    name: str
    kind: str
    trials: int
    undecided: int
    accepted: int
    share: float | None
    low: float | None
    high: float | None


Asked = Literal["reference", "criterion", "alone", "pairs"]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What the attacks did to one judge, asked with the `reference` before it, about a `criterion`, of the response
    `alone`, or of `pairs`.

    `right` is the share of right answers that it accepts: who accepts nothing is not fooled either. `auroc` is the
    chance that a right answer scores above an attack, whatever the threshold; `tokens` is what all judgements cost.
    """

    judge: str
    asked: Asked
    threshold: float
    cases: int
    seed: int
    tokens: int
    right: Rate
    auroc: float | None
    attacks: tuple[Rate, ...]
    kinds: tuple[Rate, ...]
    languages: tuple[Rate, ...]
    formats: tuple[Rate, ...]


class Told(NamedTuple):
    """A judge's score of a response, None for undecided, and what it cost."""

    score: float | None
    tokens: int


Ask = Callable[[Sequence[tuple[int, str]]], Sequence[Told]]
"""Scores of responses, in order, each with the place of the case that it answers."""


def measure(
    judge: Judge,
    cases: Sequence[Case],
    attacks: Sequence[Attack],
    *,
    seed: int = 0,
    threshold: float = 0.5,
    formats: Sequence[str] = tuple(FORMATS),
    shown: bool = True,
) -> Measured:
    """The judge on every attack on every case. The references must be right answers: they are what it should accept.

    Unless `shown`, the judge does not see them.
    """

    def ask(responses: Sequence[tuple[int, str]]) -> list[Told]:
        given = [case if shown else msgspec.structs.replace(case, reference="") for case in cases]
        asked = [msgspec.structs.replace(given[place], response=response) for place, response in responses]
        return [Told(told.score, told.tokens) for told in judge.judge(asked)]

    by_criterion = any(case.criterion for case in cases)
    asked: Asked = "criterion" if by_criterion else "reference" if shown else "alone"
    return measured(judge.name, ask, cases, attacks, asked=asked, seed=seed, threshold=threshold, formats=formats)


def measured(
    name: str,
    ask: Ask,
    cases: Sequence[Case],
    attacks: Sequence[Attack],
    *,
    asked: Asked = "alone",
    seed: int,
    threshold: float,
    formats: Sequence[str] = tuple(FORMATS),
) -> Measured:
    """As `measure`, of anything that scores responses, such as a rule verifier."""
    tried = trials(cases, attacks, seed, formats)
    right = [
        (place, FORMATS[form](case.reference)) for place, case in enumerate(cases) if case.reference for form in formats
    ]
    told = ask([*right, *((trial.case, trial.response) for trial in tried)])
    own = told[: len(right)]
    rates = rates_of(tried, [each.score for each in told[len(right) :]], threshold)
    truth = [*([True] * len(right)), *([False] * len(tried))]
    decided = [(each.score, label) for each, label in zip(told, truth, strict=True) if each.score is not None]
    return Measured(
        judge=name,
        asked=asked,
        threshold=threshold,
        cases=len(cases),
        seed=seed,
        tokens=sum(each.tokens for each in told),
        right=rate(RIGHT, "", [each.score for each in own], threshold),
        auroc=auroc([score for score, _ in decided], [label for _, label in decided]),
        attacks=rates.attacks,
        kinds=rates.kinds,
        languages=rates.languages,
        formats=rates.formats,
    )


class Rates(NamedTuple):
    """The same trials counted by attack, by kind, by language and by format."""

    attacks: tuple[Rate, ...]
    kinds: tuple[Rate, ...]
    languages: tuple[Rate, ...]
    formats: tuple[Rate, ...]


def rates_of(tried: Sequence[Trial], scores: Sequence[float | None], threshold: float) -> Rates:
    """One rate for each name and kind, in the order in which they first come; one score a trial."""

    def by(key: Callable[[Trial], tuple[str, str]]) -> tuple[Rate, ...]:
        members: dict[tuple[str, str], list[float | None]] = {}
        for trial, score in zip(tried, scores, strict=True):
            members.setdefault(key(trial), []).append(score)
        return tuple(rate(*key, own, threshold) for key, own in members.items())

    return Rates(
        attacks=by(lambda trial: (trial.attack.name, trial.attack.kind)),
        kinds=by(lambda trial: (trial.attack.kind, trial.attack.kind)),
        languages=by(lambda trial: (trial.attack.language or "none", "")),
        formats=by(lambda trial: (trial.format, "")),
    )


def rate(name: str, kind: str, scores: Sequence[float | None], threshold: float) -> Rate:
    """The share of scores at or above the threshold."""
    decided = [score for score in scores if score is not None]
    accepted = sum(score >= threshold for score in decided)
    low, high = wilson(accepted, len(decided))
    return Rate(
        name=name,
        kind=kind,
        trials=len(scores),
        undecided=len(scores) - len(decided),
        accepted=accepted,
        share=accepted / len(decided) if decided else None,
        low=low,
        high=high,
    )


def worst(rates: Sequence[Rate]) -> list[Rate]:
    """The most accepted first."""
    return sorted(rates, key=lambda each: (-(each.share or 0.0), each.name))


_ASKED: dict[Asked, str] = {
    "reference": "a response beside the reference",
    "criterion": "a criterion",
    "alone": "a response",
    "pairs": "two responses",
}


def measured_table(told: Measured, most: int = 12) -> Table:
    """Right answers, the kinds of attacks, the formats, and the `most` worst of the attacks that were ever accepted."""
    title = f"{told.judge}, asked of {_ASKED[told.asked]}: {told.cases:,} cases, accepted from {told.threshold:g}"
    table = Table("", title=title, title_justify="left", box=SIMPLE_HEAVY)
    for name in ("responses", "undecided", "accepted", "share", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    fooling = [each for each in worst(told.attacks) if each.accepted]
    for group in ([told.right], worst(told.kinds), worst(told.formats), fooling[:most]):
        for each in group:
            table.add_row(each.name, f"{each.trials:,}", f"{each.undecided:,}", f"{each.accepted:,}", *_shares(each))
        table.add_section()
    table.caption = (
        f"right answers should be accepted, attacks never; {len(fooling)} of {len(told.attacks)} attacks ever were"
        + ("" if told.auroc is None else f"; a right answer scores above an attack: {told.auroc:.0%}")
    )
    table.caption_justify = "left"
    return table


def _shares(each: Rate) -> tuple[str, str]:
    if each.share is None or each.low is None or each.high is None:
        return "–", ""
    return f"{each.share:.3f}", f"{each.low:.3f}-{each.high:.3f}"
