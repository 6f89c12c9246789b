"""From the scores of criteria to the one score of a response, and why it is so.

Hard rules and principles earn their weighted mean. Before it counts, hard rules gate and pitfalls count against:

- A *hard rule* that fails caps the score at `rule_cap` (Rubrics as Rewards' essential criteria; 0 closes the gate).
- A *pitfall*'s score says how far the mistake is there: as a veto it makes the score 0, as a penalty its weight is
  taken off what is earned.
- *Saturation* bends each score, s to (1 - exp(-k s)) / (1 - exp(-k)): a first half earns more than the second, so that
  no single quality outweighs the rest (after Rubric Anchors, arXiv 2508.12790; the curve is ours).
- *Binary* scores are 1 or 0 by `passing` before anything else (RLBFF, arXiv 2509.21319).
- A criterion whose `requires` do not hold earns nothing, keeps its weight, and neither gates nor counts against.
- *Undecided* is never 0: the score is undecided too, unless a veto or a closed gate already decides it, or undecided
  criteria are to be left out.
"""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from math import expm1, fsum, isfinite
from typing import Literal, NamedTuple

from pydantic import Field

from pipeline.config import Section
from schemas.failure import Failure
from schemas.rubric import Criterion, CriterionScore, Rubric


class ScoringConfig(Section):
    """How the scores of criteria become one.

    With `undecided: none` one undecided criterion leaves the response without a score: `leave_out` is for scores that
    are read, not for rewards, since what can't be judged could be learnt.
    """

    passing: float = Field(0.5, gt=0, le=1, description="the score from which a criterion is met")
    rule_cap: float = Field(0.0, ge=0, le=1, description="the most that is left when a hard rule fails; 0: nothing")
    pitfalls: Literal["veto", "penalty"] = Field("veto", description="a mistake makes the score 0, or costs its weight")
    saturation: float = Field(0.0, ge=0, le=50, description="how much more a first half earns than a second; 0: alike")
    binary: bool = Field(False, description="each criterion is met or not, and nothing between")
    undecided: Literal["none", "leave_out"] = Field(
        "none", description="a criterion without a score takes the response's too, or is left out"
    )


class ScoringError(Failure, ValueError):
    """A rubric can't be scored; the message says which criterion and what to do."""


class Part(NamedTuple):
    """What one criterion does to the score: `counts` is None where that is not known.

    `effect` is its part of the score in [-1, 1], before gates; 0 for what gates or does not count.
    """

    criterion: Criterion
    score: float | None
    counts: bool | None
    effect: float
    reason: str


class Assessment(NamedTuple):
    """`score` in [0, 1], None for undecided; `why` says what settled it; `parts` are in the rubric's order."""

    score: float | None
    why: str
    parts: tuple[Part, ...]


def aggregated(
    rubric: Rubric, scores: Sequence[CriterionScore], config: ScoringConfig = ScoringConfig()
) -> float | None:
    """The score of a response in [0, 1], None for undecided. Raises ScoringError; see `assessed`."""
    return assessed(rubric, scores, config).score


def assessed(rubric: Rubric, scores: Sequence[CriterionScore], config: ScoringConfig = ScoringConfig()) -> Assessment:
    """The score of a response by a rubric, with the part of each criterion; scores are found by title, in any order.

    Raises ScoringError for a rubric that can't be scored (`prove`), a score out of [0, 1], and one that is missing.
    """
    prove(rubric)
    told = {each.title: each for each in scores}
    own = {each.title: _value(rubric, each, told, config) for each in rubric.criteria}
    counts = _counting(rubric, own, config.passing)
    out = {title for title in own if None in (own[title], counts[title])} if config.undecided == "leave_out" else set()
    shares = _shares([each for each in rubric.criteria if each.title not in out])
    parts = tuple(
        Part(
            each,
            own[each.title],
            counts[each.title],
            _effect(each, own[each.title], shares.get(each.title, 0.0), config) if counts[each.title] else 0.0,
            told[each.title].reason,
        )
        for each in rubric.criteria
    )
    score, why = _settled(rubric, [part for part in parts if part.criterion.title not in out], config)
    return Assessment(score, why, parts)


def prove(rubric: Rubric) -> None:
    """Raises ScoringError unless weights are above 0, titles differ, and requirements exist and go in no circle."""
    titles = [each.title for each in rubric.criteria]
    for each in rubric.criteria:
        where = f"rubric {rubric.id}, criterion {each.title!r}"
        if not (isfinite(each.weight) and each.weight > 0):
            raise ScoringError(f"{where}: its weight is {each.weight}; give a number above 0, for a pitfall too")
        if titles.count(each.title) > 1:
            raise ScoringError(f"{where}: two criteria have this title; rename one")
        unknown = next((title for title in each.requires if title not in titles), None)
        if unknown is not None:
            raise ScoringError(f"{where}: it requires {unknown!r}, which is no title of the rubric")
    try:
        TopologicalSorter({each.title: each.requires for each in rubric.criteria}).prepare()
    except CycleError as failure:
        circle = " requires ".join(map(repr, reversed(failure.args[1])))
        raise ScoringError(f"rubric {rubric.id}: {circle}; take one requirement away") from None


def explanation(assessment: Assessment) -> str:
    """The assessment as lines of text: the score, then each criterion with its score, its part and its reason."""
    score = "undecided" if assessment.score is None else f"{assessment.score:.3f}"
    return "\n".join([f"{score}: {assessment.why}", *map(_line, assessment.parts)])


def _line(part: Part) -> str:
    score = "  ?  " if part.score is None else f"{part.score:5.2f}"
    counts = {True: f"{part.effect:+.3f}", False: "not counted", None: "not known"}[part.counts]
    kind = part.criterion.kind.replace("_", " ")
    return f"  {score}  {part.criterion.title} ({kind}, weight {part.criterion.weight:g}; {counts}): {part.reason}"


def _value(
    rubric: Rubric, criterion: Criterion, told: dict[str, CriterionScore], config: ScoringConfig
) -> float | None:
    """The score of a criterion, made 1 or 0 where scores are binary."""
    where = f"rubric {rubric.id}, criterion {criterion.title!r}"
    if criterion.title not in told:
        raise ScoringError(f"{where}: it was not scored; score every criterion, with None for undecided")
    score = told[criterion.title].score
    if score is None:
        return None
    if not 0 <= score <= 1:
        raise ScoringError(f"{where}: its score is {score}; a score is in [0, 1]")
    return float(score >= config.passing) if config.binary else score


def _counting(rubric: Rubric, own: dict[str, float | None], passing: float) -> dict[str, bool | None]:
    """Whether each criterion counts: whether all it requires counts and holds; None where that is undecided."""
    by_title = {each.title: each for each in rubric.criteria}
    counts: dict[str, bool | None] = {}
    for title in TopologicalSorter({each.title: each.requires for each in rubric.criteria}).static_order():
        needed = [_holds(counts[other], own[other], passing) for other in by_title[title].requires]
        counts[title] = False if False in needed else None if None in needed else True
    return counts


def _holds(counts: bool | None, score: float | None, passing: float) -> bool | None:
    failed = score is not None and score < passing
    if counts is False or failed:
        return False
    return None if counts is None or score is None else True


def _shares(criteria: Sequence[Criterion]) -> dict[str, float]:
    """The weight of each criterion over that of all that earn; of all, where there are pitfalls alone."""
    largest = max((each.weight for each in criteria), default=1.0)
    earning = [each.weight / largest for each in criteria if each.kind != "pitfall"]
    total = fsum(earning or [each.weight / largest for each in criteria])
    return {each.title: each.weight / largest / total for each in criteria}


def _effect(criterion: Criterion, score: float | None, share: float, config: ScoringConfig) -> float:
    if score is None:
        return 0.0
    if criterion.kind == "pitfall":
        return -share * score if config.pitfalls == "penalty" else 0.0
    return share * saturated(score, config.saturation)


def saturated(score: float, saturation: float) -> float:
    """A score in [0, 1] bent so that less of it earns more; 0 leaves it as it is.

    >>> saturated(0.5, 0.0), round(saturated(0.5, 4.0), 3), saturated(1.0, 4.0)
    (0.5, 0.881, 1.0)
    """
    return score if saturation < 1e-6 else expm1(-saturation * score) / expm1(-saturation)


def _settled(rubric: Rubric, parts: Sequence[Part], config: ScoringConfig) -> tuple[float | None, str]:
    """The score and what settled it; `parts` are without those left out."""
    counted = [part for part in parts if part.counts]
    if config.pitfalls == "veto":
        for part in counted:
            if part.criterion.kind == "pitfall" and _passes(part.score, config):
                return 0.0, f"vetoed by {part.criterion.title!r}"
    rules = [part for part in counted if part.criterion.kind == "hard_rule" and part.score is not None]
    failed = next((part.criterion.title for part in rules if not _passes(part.score, config)), None)
    if failed is not None and config.rule_cap == 0:
        return 0.0, f"the hard rule {failed!r} fails"
    undecided = next((part for part in parts if part.counts is None or (part.counts and part.score is None)), None)
    if undecided is not None:
        return None, f"{undecided.criterion.title!r} is undecided"
    earns = any(each.kind != "pitfall" for each in rubric.criteria)
    if not parts or (earns and all(part.criterion.kind == "pitfall" for part in parts)):
        return None, "nothing that earns is decided"
    score = min(max(fsum([0.0 if earns else 1.0, *(part.effect for part in parts)]), 0.0), 1.0)
    if failed is not None and score > config.rule_cap:
        return config.rule_cap, f"capped, since the hard rule {failed!r} fails"
    return score, "the weighted mean of what counts"


def _passes(score: float | None, config: ScoringConfig) -> bool:
    return score is not None and score >= config.passing
