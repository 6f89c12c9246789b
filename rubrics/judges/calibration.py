"""What a judge's scores are worth: measured on cases whose truth is known, and made into probabilities.

A calibrated score is sigmoid(slope * log-odds of the score + intercept) (Platt, 1999; with the slope alone, temperature
scaling: Guo et al., 2017). The figures of `after` are of cases that had no part in their own fit.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.config import Section
from pipeline.reliability import reliability
from pipeline.seeding import derived_seed
from pipeline.statistics import auroc, bootstrap, expit
from rubrics.judges.asking import JudgeError
from rubrics.judges.contract import Case, Comparison, Judge, PairJudge

Floats = NDArray[np.float64]

_SUREST = 1e-6
"""Scores are kept so far from 0 and 1, whose log-odds are infinite."""
ACCEPTS_NOTHING = 1.5


class CalibrationConfig(Section):
    """How a calibration is fitted, and which errors its threshold makes few of."""

    form: Literal["platt", "temperature"] = Field("platt", description="temperature: the slope alone")
    error: Literal["errors", "balanced", "false_accepts"] = Field(
        "balanced",
        description="what the threshold makes least: all errors; the mean of both rates; or false rejects, with false "
        "accepts at `limit` at most",
    )
    limit: float = Field(0.05, ge=0, le=1, description="false_accepts: the share of wrong ones that may be accepted")
    seed: int = Field(0, ge=0)


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Scores as probabilities (Brier score, expected calibration error), and as decisions at a threshold (shares of
    the wrong that are accepted and of the right that are rejected)."""

    brier: float
    expected_error: float
    false_accepts: float
    false_rejects: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of the judge of that name, and what is to be made of its scores.

    `before` is at a threshold of 0.5, `after` on held-out halves: each half by the fit and the threshold of the other.
    `auroc` is of the raw scores, with a 95 % bootstrap interval over prompts. `tokens` are the mean cost of a judgment.
    A `threshold` above 1 accepts nothing. A slope of 0 says that the scores tell right from wrong no better than
    chance.
    """

    judge: str
    form: Literal["platt", "temperature"]
    error: Literal["errors", "balanced", "false_accepts"]
    limit: float
    slope: float
    intercept: float
    threshold: float
    cases: int
    right: int
    undecided: int
    auroc: float
    auroc_low: float | None
    auroc_high: float | None
    before: Quality
    after: Quality
    tokens: float

    def probability(self, score: float) -> float:
        """Of being right, by a raw score in [0, 1]."""
        return float(_probabilities(np.array([score]), self.slope, self.intercept)[0])


def calibration_of_judge(
    judge: Judge, cases: Sequence[Case], right: Sequence[bool], config: CalibrationConfig
) -> Calibration:
    """By cases of which it is known whether they are right, of several prompts. Raises JudgeError, EngineError."""
    told = judge.judge(cases)
    costs = [each.tokens for each in told]
    return calibration(judge.name, [each.score for each in told], right, [each.prompt for each in cases], costs, config)


def calibration_of_pair_judge(
    judge: PairJudge, comparisons: Sequence[Comparison], first: Sequence[bool], config: CalibrationConfig
) -> Calibration:
    """By comparisons of which it is known whether the first response is the better one.

    Take form temperature where both orders are asked, which leaves no liking for a place to correct.
    """
    told = judge.compare(comparisons)
    costs = [each.tokens for each in told]
    prompts = [each.prompt for each in comparisons]
    return calibration(judge.name, [each.first for each in told], first, prompts, costs, config)


def calibration(
    judge: str,
    scores: Sequence[float | None],
    right: Sequence[bool],
    prompts: Sequence[str],
    costs: Sequence[int],
    config: CalibrationConfig,
) -> Calibration:
    """By scores whose truth is known, one each; those of one prompt are never in both halves. Raises JudgeError."""
    if not len(scores) == len(right) == len(prompts) == len(costs):
        raise JudgeError(f"{len(scores)} scores, {len(right)} labels, {len(prompts)} prompts: give one of each a case")
    decided = [place for place, score in enumerate(scores) if score is not None]
    raw = np.array([scores[place] for place in decided], dtype=np.float64)
    truth = np.array([right[place] for place in decided], dtype=bool)
    asked = [prompts[place] for place in decided]
    half = np.array([derived_seed(config.seed, "half of a prompt", prompt) % 2 for prompt in asked], dtype=np.int64)
    after, decisions = np.empty_like(raw), np.empty(len(raw), dtype=bool)
    for mine in (0, 1):
        others = half != mine
        if not truth[others].any() or truth[others].all():
            raise JudgeError(
                f"{judge}: {len(decided)} judged cases with {int(truth.sum())} right ones are too few to hold half of "
                "them out: give more prompts, with right and wrong responses"
            )
        slope, intercept = _fitted(raw[others], truth[others], config)
        bar = _threshold(_probabilities(raw[others], slope, intercept), truth[others], config)
        after[half == mine] = _probabilities(raw[half == mine], slope, intercept)
        decisions[half == mine] = after[half == mine] >= bar
    slope, intercept = _fitted(raw, truth, config)
    ranked = auroc(raw.tolist(), truth.tolist())
    low, high = _interval(raw, truth, asked, config.seed)
    return Calibration(
        judge=judge,
        form=config.form,
        error=config.error,
        limit=config.limit,
        slope=slope,
        intercept=intercept,
        threshold=_threshold(_probabilities(raw, slope, intercept), truth, config),
        cases=len(scores),
        right=sum(right),
        undecided=len(scores) - len(decided),
        auroc=0.5 if ranked is None else ranked,
        auroc_low=low,
        auroc_high=high,
        before=_quality(raw, raw >= 0.5, truth),
        after=_quality(after, decisions, truth),
        tokens=sum(costs) / len(costs),
    )


def _fitted(raw: Floats, truth: NDArray[np.bool_], config: CalibrationConfig) -> tuple[float, float]:
    """Slope and intercept of the least log-loss, by Newton's method, with Platt's targets, which are never 0 or 1.

    A slope below 0 would turn the judge around: then the scores say nothing, and the slope is 0.
    """
    targets = np.where(truth, (truth.sum() + 1) / (truth.sum() + 2), 1 / ((~truth).sum() + 2))
    ones = np.ones(len(raw))
    columns = np.stack([_log_odds(raw), ones] if config.form == "platt" else [_log_odds(raw)], axis=1)
    weights = _newton(columns, targets)
    if weights[0] < 0:
        return 0.0, float(_newton(ones[:, None], targets)[0]) if config.form == "platt" else 0.0
    return float(weights[0]), float(weights[1]) if config.form == "platt" else 0.0


def _newton(columns: Floats, targets: Floats) -> Floats:
    """Weights (D,) of a logistic regression of targets in (0, 1) on columns (N, D)."""

    def loss(weights: Floats) -> float:
        log_odds = columns @ weights
        return float((np.logaddexp(0, log_odds) - targets * log_odds).sum())

    weights = np.zeros(columns.shape[1])
    for _ in range(100):
        mean = expit(columns @ weights)
        curvature = (columns * (mean * (1 - mean))[:, None]).T @ columns + 1e-9 * np.eye(len(weights))
        step = np.linalg.solve(curvature, columns.T @ (targets - mean))
        size = 1.0
        while loss(weights + size * step) > loss(weights) and size > 1e-6:
            size /= 2
        weights = weights + size * step
        if np.abs(size * step).max() < 1e-10:
            break
    return weights


def _threshold(scores: Floats, truth: NDArray[np.bool_], config: CalibrationConfig) -> float:
    """The threshold of the least error; of thresholds as good as one another the nearest to a half, and accepting
    nothing rather than everything."""
    found = np.unique(scores)
    bars = np.concatenate([[0.0], (found[1:] + found[:-1]) / 2, [ACCEPTS_NOTHING]])
    rejected = np.sort(scores[~truth]).searchsorted(bars)  # wrong ones below each bar
    missed = np.sort(scores[truth]).searchsorted(bars)  # right ones below each bar
    wrongs, rights = int((~truth).sum()), int(truth.sum())
    false_accepts, false_rejects = 1 - rejected / wrongs, missed / rights
    cost = {
        "errors": (false_accepts * wrongs + false_rejects * rights) / len(scores),
        "balanced": (false_accepts + false_rejects) / 2,
        "false_accepts": np.where(false_accepts <= config.limit, false_rejects, 2 + false_accepts),
    }[config.error]
    rank = np.where(bars > 0, np.abs(bars - 0.5), ACCEPTS_NOTHING)
    return float(bars[np.lexsort((rank, np.round(cost, 12)))[0]])


def _quality(scores: Floats, accepted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Quality:
    told = reliability(scores.tolist(), truth.astype(float).tolist(), [1.0] * len(scores))
    return Quality(
        brier=told.brier,
        expected_error=told.expected_error,
        false_accepts=float(accepted[~truth].mean()),
        false_rejects=float((~accepted[truth]).mean()),
    )


def _interval(
    raw: Floats, truth: NDArray[np.bool_], prompts: Sequence[str], seed: int
) -> tuple[float | None, float | None]:
    """Over prompts, since the responses to one are alike."""
    of_prompt: dict[str, list[int]] = {}
    for place, prompt in enumerate(prompts):
        of_prompt.setdefault(prompt, []).append(place)
    members = [np.array(places) for places in of_prompt.values()]

    def of_drawn(places: NDArray[np.int64]) -> float | None:
        drawn = np.concatenate([members[place] for place in places])
        return auroc(raw[drawn].tolist(), truth[drawn].tolist())

    return bootstrap(of_drawn, len(members), derived_seed(seed, "calibration"))


def _probabilities(raw: Floats, slope: float, intercept: float) -> Floats:
    return expit(slope * _log_odds(raw) + intercept)


def _log_odds(shares: Floats) -> Floats:
    kept = np.clip(shares, _SUREST, 1 - _SUREST)
    return np.asarray(np.log(kept) - np.log1p(-kept))
