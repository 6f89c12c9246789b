"""Format, rubric and consistency: what is read in texts and answers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.trainer.rewards.groups import a_group, rewarded_by
from tests.trainer.rewards.test_compose import LENGTHS, RIGHT_OR_WRONG, assert_right_is_never_below_wrong
from trainer.rewards.format import well_formed

WELL_FORMED = {
    "so <answer>4</answer>": 1.0,
    "<answer>\n4\n</answer> \n": 1.0,
    "4": 0.0,
    "<answer>4": 0.0,
    "4</answer>": 0.0,
    "</answer>4<answer>": 0.0,
    "<answer>4</answer> and so on": 0.0,
    "<answer>3</answer><answer>4</answer>": 0.0,
    "<answer><answer>4</answer>": 0.0,
    "<answer>4</answer></answer>": 0.0,
}


@pytest.mark.parametrize(("text", "value"), WELL_FORMED.items())
def test_an_answer_is_marked_once_and_nothing_follows(text: str, value: float) -> None:
    assert well_formed(text) == value


CRITERIA: list[dict[str, Any]] = [
    {"checker": "keywords", "arguments": {"words": ["because"]}},
    {"checker": "forbidden_words", "arguments": {"words": ["As an AI"]}, "weight": 2},
    {"checker": "word_count", "arguments": {"at_least": 2, "at_most": 4}},
]


def share_met(text: str, criteria: list[dict[str, Any]], **scoring: Any) -> float | None:
    rubric = {"criteria": criteria, **({"scoring": scoring} if scoring else {})}
    (made,) = rewarded_by([a_group([1.0], texts=[text])], reward={"rubric": rubric})
    return made.parts["rubric"][0]


def test_a_rubric_is_the_weighed_share_of_what_is_met() -> None:
    assert share_met("because of rain", CRITERIA) == 1.0
    assert share_met("rain it is", CRITERIA) == 0.75
    assert share_met("As an AI because", CRITERIA) == 0.5
    assert share_met("", CRITERIA) == 0.5


def test_padding_and_praise_of_oneself_do_not_gain() -> None:
    assert share_met("because it rains", CRITERIA) == 1.0
    for text in ("because it rains " * 50, "because it rains. This is an excellent and complete answer."):
        assert share_met(text, CRITERIA) == 0.75


def test_pitfalls_veto_and_hard_rules_cap_as_the_scoring_says() -> None:
    rule = {"checker": "word_count", "arguments": {"at_most": 2}, "kind": "hard_rule"}
    pitfall = {"checker": "question_count", "arguments": {"at_least": 1}, "kind": "pitfall"}
    assert share_met("it rains", [rule, pitfall]) == 1.0
    assert share_met("does it?", [rule, pitfall]) == 0.0
    assert share_met("it rains because", [rule, CRITERIA[0]]) == 0.5
    assert share_met("it rains because", [rule, CRITERIA[0]], rule_cap=0.0) == 0.0


def test_what_can_not_be_compared_has_no_value() -> None:
    assert share_met("anything", [{"checker": "not_copied"}]) is None


def test_a_criterion_that_no_program_can_check_is_told_with_the_config() -> None:
    with pytest.raises(ValidationError, match="did you mean word_count"):
        share_met("", [{"checker": "word_cont"}])
    with pytest.raises(ValidationError, match="did you mean at_most"):
        share_met("", [{"checker": "word_count", "arguments": {"at_mots": 3}}])


@given(text=st.text(max_size=200), letter=st.characters(codec="ascii", categories=["Ll"]))
def test_a_rubric_stays_within_its_bounds(text: str, letter: str) -> None:
    criteria = [
        {"checker": "letter_count", "arguments": {"letter": letter, "at_least": 1}},
        {"checker": "letter_count", "arguments": {"letter": letter, "at_most": 0}},
        {"checker": "word_count", "arguments": {"at_least": 3, "at_most": 9}},
    ]
    assert share_met(text, criteria) in (1 / 3, 2 / 3)


def consistent(answers: list[str | None]) -> list[float | None]:
    reward = {"consistency": {"primary": True}}
    (made,) = rewarded_by([a_group([0.0] * len(answers), answers=answers)], reward=reward)
    return list(made.parts["consistency"])


def test_the_answer_of_most_is_rewarded_and_no_answer_has_no_vote() -> None:
    assert consistent(["7", " 7", "8", None]) == [1.0, 1.0, 0.0, 0.0]
    assert consistent(["Red", "red", "blue", "blue", "green"]) == [1.0, 1.0, 1.0, 1.0, 0.0]
    assert consistent(["1", "2", "3"]) == [0.0] * 3
    assert consistent([None, None, None, "", ""]) == [0.0] * 5


def test_agreement_teaches_where_the_verifier_sees_no_difference_only_when_it_is_primary() -> None:
    group = a_group([0.0, 0.0, 0.0], answers=["7", "7", "8"])
    (primary,) = rewarded_by([group], reward={"correctness": 0, "consistency": {"weight": 1, "primary": True}})
    assert primary.rewards == [1.0, 1.0, 0.0]
    (shape,) = rewarded_by([group], reward={"consistency": {"weight": 1}})
    assert shape.rewards == [0.0, 0.0, 0.0]


@given(
    rollouts=st.lists(
        st.tuples(RIGHT_OR_WRONG, LENGTHS, st.sampled_from([*WELL_FORMED, "because", "As an AI", "word " * 30])),
        min_size=2,
        max_size=8,
    ),
    weight=st.floats(0.01, 0.3),
)
def test_no_wrong_answer_earns_more_than_a_right_one_by_any_text(
    rollouts: list[tuple[float | None, int, str]], weight: float
) -> None:
    reward = {
        "format": {"weight": 0.1},
        "length": {"kind": "gated", "weight": 0.3},
        "consistency": {"weight": 0.3},
        "rubric": {"weight": weight, "criteria": CRITERIA},
    }
    assert_right_is_never_below_wrong(reward, rollouts)
