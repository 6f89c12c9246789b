"""What a model writes as a rubric: read where it can be, refused with a reason where not, and never in its own time."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.generation.parsing import MOST_CRITERIA, SCHEMA, parsed
from schemas import Rubric, to_table


def rubric(*criteria: object) -> str:
    return json.dumps({"criteria": list(criteria)})


ONE = {"title": "Units", "text": "Each length has its unit.", "kind": "principle", "weight": 2}


@pytest.mark.parametrize("around", ["{}", "Here it is:\n```json\n{}\n```\nDone {{ok}}", "[1] {}", "{{broken {}"])
def test_json_is_found_in_whatever_stands_around_it(around: str) -> None:
    (criterion,) = parsed(around.format(rubric(ONE))).criteria
    assert (criterion.title, criterion.kind, criterion.weight) == ("Units", "principle", 2.0)


def test_a_list_of_lines_is_read_where_there_is_no_json() -> None:
    told = parsed("Rubric:\n1. Every length has its unit. [Hard Rule]\n- The text names both towns.\nfin")
    assert [(each.text, each.kind) for each in told.criteria] == [
        ("Every length has its unit.", "hard_rule"),
        ("The text names both towns.", "principle"),
    ]


def test_a_check_of_ours_with_its_arguments_is_taken() -> None:
    asked = ONE | {"checker": "word_count", "arguments": {"at_most": 40}}
    (criterion,) = parsed(rubric(asked)).criteria
    assert (criterion.checker, criterion.arguments) == ("word_count", {"at_most": 40})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"checker": "os.system", "arguments": {"at_most": 4}}, "no checker 'os.system'"),
        ({"checker": "word_count", "arguments": {"at_most": "many"}}, "at_most"),
        ({"checker": "word_count", "arguments": {"at_mst": 4}}, "at_mst"),
        ({"checker": "word_count", "arguments": {}}, "at_least"),
        ({"checker": ["word_count"]}, "no name"),
        ({"kind": "wish"}, "no kind"),
        ({"weight": float("nan")}, "weight"),
        ({"weight": -1}, "weight"),
        ({"weight": True}, "weight"),
        ({"weight": 10**400}, "weight"),
        ({"text": ""}, "no text"),
        ({"text": "x" * 401}, "longer than"),
        ({"text": 7}, "no text"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(changed: dict[str, object], words: str) -> None:
    told = parsed(rubric(ONE | changed, ONE | {"title": "Other"}))
    assert [each.title for each in told.criteria] == ["Other"]
    (refused,) = told.refused
    assert words in refused.why


def test_titles_are_told_apart_and_a_rubric_has_an_end() -> None:
    assert len(parsed(rubric(ONE, ONE | {"title": "UNITS"})).criteria) == 1
    many = parsed(rubric(*(ONE | {"title": str(place)} for place in range(40))))
    assert len(many.criteria) == MOST_CRITERIA
    assert len(many.refused) == 40 - MOST_CRITERIA


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, '{"criteria": [' * 1000, "- " * 90_000, "9" * 100_000, "{" + "[]" * 9000]
)
def test_hostile_texts_are_no_rubric(text: str) -> None:
    assert parsed(text).criteria == ()


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=300) | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_any_text_is_read_and_what_is_read_can_be_stored(text: str) -> None:
    for wrapped in (text, f'{{"criteria": [{{"text": {text}, "arguments": {text}}}]}}'):
        to_table([Rubric(id="", task_id="", criteria=parsed(wrapped).criteria, method="")], Rubric)


def test_halves_of_characters_are_replaced_before_they_reach_a_file() -> None:
    text = r'{"criteria": [{"title": "a\ud800", "text": "b \udfff c d", "kind": "principle"}]}'
    to_table([Rubric(id="", task_id="", criteria=parsed(text).criteria, method="")], Rubric)
    check = r'{"criteria": [{"text": "b", "checker": "keywords", "arguments": {"words": ["\ud800"]}}]}'
    assert parsed(check).criteria == ()


def test_the_form_that_engines_are_given_is_the_one_that_is_read() -> None:
    assert json.loads(SCHEMA)["properties"]["criteria"]["items"]["properties"].keys() >= ONE.keys()
