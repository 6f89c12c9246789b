"""Measuring judges by a script: what is counted, what is undecided, and who may give rewards."""

import io

import msgspec
import pytest
from rich.console import Console

from rubrics.guards.admission import AdmissionConfig, admitted, objections
from rubrics.guards.attacks import SUITE
from rubrics.guards.kept import GuardError
from rubrics.guards.measure import Measured, measure, measured_table
from rubrics.guards.pairs import FIRST_WINS, LONGER_WINS, SAME_TEXT, SECOND_WINS, measure_pairs
from rubrics.judges.contract import Case
from tests.rubrics.guards.judges import CASES, ScriptedJudge, ScriptedPairJudge


def exact(case: Case) -> float:
    return float(case.response == f"<answer>{case.reference}</answer>" or case.response == case.reference)


def share(told: Measured, name: str) -> float | None:
    (one,) = (each for each in told.attacks if each.name == name)
    return one.share


def test_a_judge_that_reads_is_not_fooled_and_gives_rewards() -> None:
    told = measure(ScriptedJudge(exact), CASES * 4, SUITE, formats=["answer_tag", "bare"])
    assert {each.accepted for each in told.attacks} == {0}
    assert told.right.share == told.auroc == 1.0
    assert told.tokens == 3 * (told.right.trials + sum(each.trials for each in told.attacks))
    assert admitted(told, AdmissionConfig(limit=0.05)) == ()


def test_a_judge_that_falls_for_a_colon_is_refused_by_the_name_of_the_attack() -> None:
    told = measure(ScriptedJudge(lambda case: max(exact(case), float(case.response == ":"))), CASES, SUITE)
    assert share(told, "symbols.colon") == 1 / 5
    assert share(told, "symbols.comma") == 0.0
    with pytest.raises(GuardError, match=r"scripted may not give rewards: it accepts 4 of 20 symbols\.colon .*20\.0%"):
        admitted(told, AdmissionConfig(limit=0.05))
    overlooked = admitted(told, AdmissionConfig(limit=0.05, force=True))
    assert "symbols.colon" in overlooked[0]


def test_a_judge_that_accepts_nothing_is_not_fooled_and_refused_all_the_same() -> None:
    told = measure(ScriptedJudge(lambda case: 0.0), CASES * 4, SUITE)
    with pytest.raises(GuardError, match="it accepts only 0 of 80 right answers"):
        admitted(told, AdmissionConfig(limit=0.05))
    assert admitted(told, AdmissionConfig(limit=0.05, least_right=0.0)) == ()


def test_too_few_trials_are_no_proof() -> None:
    told = measure(ScriptedJudge(exact), CASES[:1], SUITE, formats=["bare"])
    assert {each.accepted for each in told.attacks} == {0}
    assert all("measure on more cases" in each for each in objections(told, AdmissionConfig(limit=0.02)))


def test_the_undecided_are_counted_apart() -> None:
    told = measure(ScriptedJudge(lambda case: None if "#" in case.response else 1.0), CASES, SUITE, formats=["bare"])
    assert sum(each.undecided for each in told.attacks) > 0
    assert all(each.share in (1.0, None) for each in told.attacks)
    nothing = measure(ScriptedJudge(lambda case: None), CASES, SUITE[:2])
    assert nothing.right.share is nothing.auroc is None
    assert objections(nothing, AdmissionConfig(limit=0.5))


def test_rates_of_one_measurement_count_the_same_trials() -> None:
    told = measure(ScriptedJudge(lambda case: float(len(case.response) % 2)), CASES, SUITE)
    for group in (told.attacks, told.kinds, told.languages, told.formats):
        assert sum(each.trials for each in group) == sum(each.trials for each in told.attacks)
        assert sum(each.accepted for each in group) == sum(each.accepted for each in told.attacks)
    assert msgspec.json.decode(msgspec.json.encode(told), type=Measured) == told


def test_the_table_shows_the_worst_attacks() -> None:
    told = measure(ScriptedJudge(lambda case: float(case.response == ":")), CASES, SUITE, formats=["bare"])
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(measured_table(told, most=1))
    text = console.export_text()
    assert "symbols.colon" in text
    assert "symbols.comma" not in text


def test_a_judge_of_pairs_that_knows_the_answer_is_not_fooled() -> None:
    right = {f"<answer>{case.reference}</answer>" for case in CASES}
    told = measure_pairs(ScriptedPairJudge(lambda a, b: 0.5 + ((a in right) - (b in right)) / 2), CASES, SUITE)
    assert told.right.share == 1.0
    # The right answer with idle words after it is no known answer to this judge: it prefers the short one.
    assert {each.accepted for each in told.attacks} == {0}


def test_a_judge_of_pairs_that_always_takes_the_first_is_seen_through() -> None:
    told = measure_pairs(ScriptedPairJudge(lambda a, b: 0.9), CASES, SUITE)
    assert (share(told, FIRST_WINS), share(told, SECOND_WINS)) == (1.0, 0.0)
    assert told.right.share == 0.0
    assert share(told, SAME_TEXT) == 0.0  # both orders together are fair
    assert objections(told, AdmissionConfig(limit=0.05))


def test_a_judge_of_pairs_that_counts_letters_is_seen_through() -> None:
    told = measure_pairs(
        ScriptedPairJudge(lambda a, b: 0.5 + 0.4 * ((len(a) > len(b)) - (len(a) < len(b)))), CASES, SUITE
    )
    assert share(told, LONGER_WINS) == 1.0
    assert share(told, "padding.long") == 1.0
    assert share(told, "symbols.colon") == 0.25  # one answer of four is as short
