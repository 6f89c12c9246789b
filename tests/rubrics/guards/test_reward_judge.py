"""Who may give rewards: a judge that was measured as it is asked, by all kinds of attacks, on right answers too."""

from pathlib import Path

import msgspec
import pytest

from rubrics.guards.admission import AdmissionConfig, objections
from rubrics.guards.attacks import SUITE
from rubrics.guards.kept import GuardError, keep
from rubrics.guards.measure import Measured, measure
from rubrics.guards.reward_judge import RewardJudgeConfig, refuse_unmeasured
from tests.rubrics.guards.judges import CASES, ScriptedJudge

LIMIT = AdmissionConfig(limit=0.05)
BY_CRITERION = tuple(msgspec.structs.replace(case, criterion="It is right.") for case in CASES * 4)


def measured(*, by_criterion: bool = True, right: float = 1.0) -> Measured:
    judge = ScriptedJudge(
        lambda case: right * float(case.response.removeprefix("<answer>").removesuffix("</answer>") in ANSWERS)
    )
    return measure(judge, BY_CRITERION if by_criterion else CASES * 4, SUITE, formats=["answer_tag", "bare"])


ANSWERS = {case.reference for case in CASES}


def of(folder: Path, *told: Measured, force: bool = False) -> RewardJudgeConfig:
    for each in told:
        keep(str(folder / "guards.json"), each)
    return RewardJudgeConfig(guard=str(folder / "guards.json"), admission=AdmissionConfig(limit=0.05, force=force))


def test_a_judge_that_withstood_all_attacks_when_asked_by_a_criterion_may(tmp_path: Path) -> None:
    refuse_unmeasured("scripted", of(tmp_path, measured()))


def test_a_measurement_beside_the_right_answer_says_nothing_of_a_judge_without_it(tmp_path: Path) -> None:
    config = of(tmp_path, measured(by_criterion=False))
    with pytest.raises(GuardError, match=r"not measured as rubrics ask it, by a criterion .* ask=criterion"):
        refuse_unmeasured("scripted", config)
    refuse_unmeasured("scripted", of(tmp_path, force=True))


def test_only_the_measurement_of_the_way_in_which_it_is_asked_counts(tmp_path: Path) -> None:
    refuse_unmeasured("scripted", of(tmp_path, measured(by_criterion=False, right=0.0), measured()))
    with pytest.raises(GuardError, match="it accepts only 0 of"):
        refuse_unmeasured("scripted", of(tmp_path, measured(by_criterion=False), measured(right=0.0)))


def test_kinds_that_were_never_tried_speak_against_a_judge() -> None:
    some = [attack for attack in SUITE if attack.kind in ("opener", "blank")]
    told = measure(
        ScriptedJudge(lambda case: float(case.response == case.reference)), CASES * 8, some, formats=["bare"]
    )
    [found] = objections(told, LIMIT)
    assert found.startswith("it was never tried by symbols, injection, persuasion, padding, mimicry, hedging, echo:")
    assert len(objections(measure(ScriptedJudge(lambda case: 1.0), (), SUITE), LIMIT)) == 2  # no kind, and no answer


def test_a_judge_that_was_shown_no_right_answer_may_accept_none() -> None:
    cases = [msgspec.structs.replace(case, reference="") for case in CASES * 4]
    told = measure(ScriptedJudge(lambda case: 0.0), cases, [each for each in SUITE if each.kind != "hedging"])
    assert any("shown no right answer" in each for each in objections(told, LIMIT))


def test_a_judge_that_was_not_measured_may_not() -> None:
    with pytest.raises(GuardError, match="was not measured"):
        refuse_unmeasured("scripted", RewardJudgeConfig())
