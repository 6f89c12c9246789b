"""A criterion that can't be checked says which it is, which argument, what is allowed; what nobody knows is None."""

from typing import Any

import pytest

from rubrics.criteria.contract import LONGEST_RESPONSE, LONGEST_SOURCE, Subject
from rubrics.criteria.registry import CHECKERS, IDEAS, CriterionError, checked, sentence_of
from schemas.rubric import Criterion


def criterion(checker: str | None, **arguments: Any) -> Criterion:
    return Criterion(title="short", text="", kind="principle", weight=1.0, checker=checker, arguments=arguments)


def test_there_are_more_than_sixty_checkers_and_no_name_is_given_twice() -> None:
    assert len(CHECKERS) == sum(len(idea.CHECKERS) for idea in IDEAS) >= 60


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (criterion(None), "criterion 'short' names no checker, so a judge must decide it"),
        (criterion("words_count"), "criterion 'short': there is no checker 'words_count'; did you mean word_count?"),
        (
            criterion("word_count", at_leest=1),
            "checker word_count: there is no argument 'at_leest'; did you mean at_least?",
        ),
        (
            criterion("word_count", at_least=-1),
            "at_least: expected a whole number >= 0; allowed: at_least (whole number",
        ),
        (criterion("word_count", at_least="one"), "at_least: expected a whole number, found text"),
        (criterion("word_count", at_least=5, at_most=2), "at_least 5 is above at_most 2; no number fits"),
        (criterion("word_count"), "give at_least, at_most or both"),
        (criterion("keywords", words=["a", ""]), "words[1]: expected text of length >= 1"),
        (
            criterion("some_keywords", words=["a", "A"], at_least=2),
            "at_least 2 is more than there are different words, 1",
        ),
        (criterion("forbidden_words", words=["a", "\u200b"]), "has no sign that can be seen"),
        (criterion("units", units=["km", " \n"]), "has no sign that can be seen"),
        (criterion("parts", separator="\u00ad", at_least=1), "has no sign that can be seen"),
        (criterion("word_at", word="a", number=0), "number counts from 1"),
        (
            criterion("letter_case", style="caps"),
            "style: Invalid enum value 'caps'; allowed: style (lower or sentence or",
        ),
        (criterion("pattern", pattern="(?=a)"), "no look-around, no back references"),
        (criterion("pattern_count", pattern="a)|(?:b", at_least=1), "the pattern can't be read"),
        (criterion("pattern", pattern=r"\Qab"), "the pattern can't be read"),
        (criterion("pattern", pattern="a{50}" * 3), "at most 1000 characters"),
        (criterion("json_schema", schema={"type": "text"}), "schema.type: text can't stand here"),
        (criterion("json_schema", schema={"items": {"$ref": "#"}}), "schema.items.$ref: this keyword is not read"),
        (criterion("sql", tables={"a b": ["c"]}), "tables"),
        (criterion("reading_grade", lowest=9, highest=3), "no grade fits"),
        (criterion("numbers_stated", numbers=[float("nan")]), "is not a number that can be compared"),
    ],
)
def test_what_can_not_be_checked_is_told_before_any_response(asked: Criterion, problem: str) -> None:
    with pytest.raises(CriterionError) as told:
        checked(asked, Subject(response=""))
    assert problem in str(told.value)


def test_what_has_nothing_to_compare_with_is_undecided() -> None:
    asked = criterion("quotes_from_source")
    assert checked(asked, Subject(response='"a"')).score is None
    assert checked(asked, Subject(response='"a"', source="x" * (LONGEST_SOURCE + 1))).score is None
    assert checked(asked, Subject(response='"a"', source="a")).score == 1.0


def test_a_response_beyond_the_bound_fails_also_by_what_it_would_grow_to() -> None:
    asked = criterion("word_count", at_least=1)
    assert checked(asked, Subject(response="a " * (LONGEST_RESPONSE // 2))).score == 1.0
    assert checked(asked, Subject(response="a " * LONGEST_RESPONSE)).score == 0.0
    assert checked(asked, Subject(response="\ufdfa" * (LONGEST_RESPONSE // 2))).score == 0.0


def test_a_sentence_says_the_arguments() -> None:
    assert sentence_of(criterion("word_count", at_least=3, at_most=5)) == "Write 3 to 5 words."
    assert sentence_of(criterion("sentence_count", at_least=1, at_most=1)) == "Write exactly 1 sentence."
