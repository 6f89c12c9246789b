"""Criteria that are fit for use: decidable, said once, and silent about the answer."""

from typing import Any

import pytest

from rubrics.fitness import content_of, leaked, sorted_out
from schemas import Criterion


def criterion(text: str, **changed: Any) -> Criterion:
    return Criterion(**{"title": text[:20], "text": text, "kind": "principle", "weight": 1.0} | changed)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("The response is clear, accurate and well written.", "vague"),
        ("Is of high quality and appropriate in tone.", "vague"),
        ("", "vague"),
        ("It comes to 42 in the end, in metres.", "leak"),
        ("Each length is given with its unit.", None),
        ("It names the town before the river.", None),
    ],
)
def test_what_is_vague_or_tells_the_answer_is_left_out(text: str, cause: str | None) -> None:
    found = sorted_out([criterion(text)], "How long is the river?", "42 m", judged=True)
    assert [each.cause for each in found.unfit] == ([cause] if cause else [])
    assert len(found.fit) == (cause is None)


@pytest.mark.parametrize(
    ("answer", "prompt", "text", "piece"),
    [
        ("x = -5", "Solve it.", "It finds that the unknown is 5.", "5"),
        ("x = -5", "Solve it, with 5 lines.", "It has 5 lines.", None),
        ("42", "Solve it.", "It has 420 words.", None),
        ("42", "Solve it, with 42.5 m.", "It comes to 42.0 in the end.", "42"),
        ("Tom", "Who has it?", "It says that TOM has it.", "tom"),
        ("yes", "Is it so?", "It is a yesterday's matter.", None),
        ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18", "Sort.", "It has 7 lines.", None),
        ("", "Sort.", "It has 7 lines.", None),
    ],
)
def test_a_leak_is_the_answer_or_its_number_as_whole_words(
    answer: str, prompt: str, text: str, piece: str | None
) -> None:
    assert leaked(criterion(text), prompt, answer) == piece


def test_arguments_and_titles_can_leak_too() -> None:
    checked = criterion("It has the word.", checker="keywords", arguments={"words": ["Tom"]})
    assert leaked(checked, "Who?", "Tom") == "tom"
    assert leaked(criterion("It names one.", title="Tom it is"), "Who?", "Tom") == "tom"


def test_what_no_program_decides_needs_a_judge() -> None:
    own = criterion("It has at most forty words.", checker="word_count", arguments={"at_most": 40})
    found = sorted_out([criterion("It names the town before the river."), own], "", "", judged=False)
    assert found.fit == (own,)
    assert [each.cause for each in found.unfit] == ["undecidable"]


def test_the_same_words_and_the_same_check_count_once_and_requirements_follow() -> None:
    first = criterion("At most 40 words, one river.", title="a", checker="word_count", arguments={"at_most": 40})
    same_check = criterion("Not above 40 words.", title="b", checker="word_count", arguments={"at_most": 40})
    same_words = criterion("at most  40 WORDS, one river.", title="c")
    needs = criterion("It names the town before the river.", title="d", requires=("a", "b"))
    found = sorted_out([first, same_check, same_words, needs], "", "", judged=True)
    assert [each.title for each in found.fit] == ["a", "d"]
    assert found.fit[1].requires == ("a",)
    assert [each.cause for each in found.unfit] == ["redundant", "redundant"]


def test_a_chain_holds_together_where_a_part_of_it_is_left_out() -> None:
    texts = "It names the town first.", "It comes to 42 metres there.", "It is good.", "It names the old mill river."
    chain = [
        criterion(text, title=f"hop {place}", requires=(f"hop {place - 1}",) if place > 1 else ())
        for place, text in enumerate(texts, 1)
    ]
    found = sorted_out(chain, "Where?", "42", judged=True)
    assert [each.cause for each in found.unfit] == ["leak", "vague"]
    assert [(each.title, each.requires) for each in found.fit] == [("hop 1", ()), ("hop 4", ("hop 1",))]


def test_praise_has_no_content() -> None:
    assert content_of("A very good, helpful and comprehensive response overall") == set()
