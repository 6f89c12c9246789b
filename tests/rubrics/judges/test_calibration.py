"""Calibration: scores become probabilities, thresholds keep to their errors, and figures are of held-out halves."""

import math
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import checked
from pipeline.seeding import generator
from rubrics.judges.asking import JudgeError
from rubrics.judges.calibrated import CalibratedJudge, CalibratedPairJudge, load_calibration, save_calibration
from rubrics.judges.calibration import (
    ACCEPTS_NOTHING,
    CalibrationConfig,
    calibration,
    calibration_of_judge,
    calibration_of_pair_judge,
)
from rubrics.judges.contract import Case, Comparison, Judgment, Preference


def drawn(count: int, slope: float, intercept: float, seed: int = 1) -> tuple[list[float], list[bool]]:
    """Scores whose log-odds, times the slope and with the intercept, are the truth's."""
    random = generator(seed, "calibration test")
    log_odds = [random.gauss(1.0, 2.0) for _ in range(count)]
    right = [random.random() < 1 / (1 + math.exp(-(slope * each + intercept))) for each in log_odds]
    return [1 / (1 + math.exp(-each)) for each in log_odds], right


def of(scores: list[float | None], right: list[bool], config: CalibrationConfig = CalibrationConfig()):  # type: ignore[no-untyped-def]
    return calibration(
        "j", scores, right, [f"prompt {place // 2}" for place in range(len(scores))], [3] * len(scores), config
    )


def test_what_distorts_the_scores_is_found_and_undone() -> None:
    scores, right = drawn(2000, 0.5, -0.7)
    found = of(list(scores), right)
    assert found.slope == pytest.approx(0.5, abs=0.1)
    assert found.intercept == pytest.approx(-0.7, abs=0.15)
    assert found.after.expected_error < 0.05 < 0.15 < found.before.expected_error
    assert found.after.brier < found.before.brier
    assert found.probability(0.9) == pytest.approx(1 / (1 + math.exp(-(found.slope * math.log(9) + found.intercept))))
    assert (found.cases, found.right, found.undecided, found.tokens) == (2000, sum(right), 0, 3)
    assert found.auroc_low is not None
    assert found.auroc_high is not None
    assert found.auroc_low < found.auroc < found.auroc_high


def test_a_temperature_has_no_intercept_and_keeps_one_half() -> None:
    found = of(list(drawn(1000, 0.4, 0.0)[0]), drawn(1000, 0.4, 0.0)[1], CalibrationConfig(form="temperature"))
    assert found.intercept == 0
    assert found.slope == pytest.approx(0.4, abs=0.1)
    assert found.probability(0.5) == 0.5


@pytest.mark.parametrize("form", ["platt", "temperature"])
def test_a_judge_that_ranks_the_wrong_ones_first_is_not_turned_around(form: str) -> None:
    scores, right = drawn(400, -1.0, 0.0)
    found = of(list(scores), right, checked({"form": form}, CalibrationConfig))
    assert found.slope == 0
    assert found.auroc < 0.4
    assert found.threshold == ACCEPTS_NOTHING
    base = (sum(right) + 0.0) / len(right)
    assert found.probability(0.9) == found.probability(0.1) == pytest.approx(base if form == "platt" else 0.5, abs=0.02)


def test_perfect_scores_are_not_made_certain() -> None:
    found = of([0.9, 0.1] * 20, [True, False] * 20)
    assert 0.9 < found.probability(0.9) < 1
    assert found.after.false_accepts == found.after.false_rejects == 0
    assert found.auroc == 1
    assert found.probability(0.1) < found.threshold < found.probability(0.9)


@pytest.mark.parametrize("limit", [0.0, 0.05, 0.2])
def test_the_threshold_keeps_false_accepts_to_their_limit(limit: float) -> None:
    scores, right = drawn(1000, 1.0, 0.0)
    found = of(list(scores), right, CalibrationConfig(error="false_accepts", limit=limit))
    accepted = [found.probability(score) >= found.threshold for score in scores]
    wrong = [one for one, truth in zip(accepted, right, strict=True) if not truth]
    assert sum(wrong) / len(wrong) <= limit
    assert found.after.false_accepts <= limit + 0.05
    stricter = sum(
        truth and found.probability(score) >= found.threshold for score, truth in zip(scores, right, strict=True)
    )
    assert stricter > 0


def test_a_judge_that_tells_nothing_apart_accepts_nothing_under_a_limit() -> None:
    found = of([0.5] * 40, [True, False] * 20, CalibrationConfig(error="false_accepts", limit=0.05))
    assert found.threshold == ACCEPTS_NOTHING
    assert found.after.false_rejects == 1


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=30, max_size=60).filter(
        lambda each: 8 <= sum(right for _, right in each) <= len(each) - 8
    ),
    st.sampled_from(["errors", "balanced"]),
)
def test_no_other_threshold_makes_fewer_errors(cases: list[tuple[float, bool]], error: str) -> None:
    scores, right = [score for score, _ in cases], [truth for _, truth in cases]
    try:
        found = of(list(scores), right, checked({"error": error}, CalibrationConfig))
    except JudgeError:
        return  # a half with one kind of case
    told = [found.probability(score) for score in scores]

    def cost(bar: float) -> float:
        accepts = sum(one >= bar and not truth for one, truth in zip(told, right, strict=True))
        rejects = sum(one < bar and truth for one, truth in zip(told, right, strict=True))
        if error == "errors":
            return accepts + rejects
        return accepts / (len(right) - sum(right)) + rejects / sum(right)

    assert cost(found.threshold) <= min(cost(bar) for bar in [0.0, *told, 2.0]) + 1e-9
    assert all(0 <= one <= 1 for one in told)
    order = sorted(zip(scores, told, strict=True))
    assert all(one[1] <= other[1] + 1e-12 for one, other in pairwise(order))


def test_undecided_cases_are_counted_and_left_out() -> None:
    scores, right = drawn(200, 1.0, 0.0)
    found = of([*scores, None, None], [*right, True, False])
    assert (found.cases, found.undecided) == (202, 2)
    assert found.slope == of(list(scores), right).slope


def test_too_few_cases_are_refused_with_what_to_do() -> None:
    with pytest.raises(JudgeError, match="give more prompts"):
        of([0.9, 0.1], [True, False])
    with pytest.raises(JudgeError, match="one of each"):
        calibration("j", [0.5], [True, False], ["a"], [1], CalibrationConfig())


class Known:
    """Scores by the length of the response; every third one is undecided."""

    name = "known"

    def judge(self, cases: list[Case]) -> list[Judgment]:
        return [Judgment(self._score(each.response), "", 7) for each in cases]

    def compare(self, comparisons: list[Comparison]) -> list[Preference]:
        return [Preference(self._score(each.first), "", 7) for each in comparisons]

    def _score(self, response: str) -> float | None:
        return None if len(response) % 3 == 0 else min(0.99, len(response) / 20)


def test_a_calibration_is_kept_in_a_file_and_applied_to_its_own_judge_alone(tmp_path: Path) -> None:
    cases = [Case(prompt=str(place), response="x" * (place % 20)) for place in range(200)]
    right = [place % 20 > 12 for place in range(200)]
    found = calibration_of_judge(Known(), cases, right, CalibrationConfig())
    save_calibration(found, tmp_path / "calibration.json")
    assert load_calibration(tmp_path / "calibration.json") == found
    judge = CalibratedJudge(Known(), found)
    told = judge.judge(cases)
    assert judge.name.startswith("known calibrated")
    assert [each.score for each in told] == [
        None if len(case.response) % 3 == 0 else found.probability(min(0.99, len(case.response) / 20)) for case in cases
    ]
    binary = CalibratedJudge(Known(), found, binary=True).judge(cases)
    assert [each.score for each in binary] == [
        None if one.score is None else float(one.score >= found.threshold) for one in told
    ]
    with pytest.raises(JudgeError, match="calibrate this judge"):
        CalibratedJudge(Known(), msgspec.structs.replace(found, judge="another"))
    (tmp_path / "calibration.json").write_text("{}")
    with pytest.raises(JudgeError, match=r"judge\.calibration"):
        load_calibration(tmp_path / "calibration.json")
    with pytest.raises(JudgeError, match=r"judge\.calibration"):
        load_calibration(tmp_path / "none.json")


def test_judges_of_pairs_are_calibrated_too() -> None:
    pairs = [Comparison(prompt=str(place), first="x" * (place % 20), second="y") for place in range(200)]
    first = [place % 20 > 9 for place in range(200)]
    found = calibration_of_pair_judge(Known(), pairs, first, CalibrationConfig(form="temperature"))
    (told,) = CalibratedPairJudge(Known(), found).compare([pairs[19]])
    assert told.first == found.probability(0.95)
