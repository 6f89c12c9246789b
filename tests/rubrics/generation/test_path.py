"""Rubrics of the way to an answer: hops are found, a miracle step meets none, nothing tells the answer."""

from rubrics.criteria.contract import Subject
from rubrics.criteria.registry import checked
from rubrics.fitness import leaked
from rubrics.generation.path import MOST_HOPS, from_steps
from tests.rubrics.generation.contrasts import contrast

PROMPT = "What is (12 + 30) * 2 - 4?"
STEPS = ("12 + 30 = 42.", "42 * 2 = 84.", "84 - 4 = 80, and that is the value: 80")
WAY = contrast("", prompt=PROMPT, answer="80", steps=STEPS)


def test_a_sound_way_meets_all_hops_and_an_answer_out_of_nowhere_none() -> None:
    criteria = from_steps(WAY)
    sound = Subject(response="First 12 + 30 = 42, twice that is 84, less 4 is 80. <answer>80</answer>")
    miracle = Subject(response="Clearly it must be 80, as one sees at once. <answer>80</answer>")
    assert [checked(each, sound).score for each in criteria] == [1.0, 1.0, 1.0]
    assert [checked(each, miracle).score for each in criteria] == [0.0, 0.0, 0.0]


def test_each_hop_counts_only_behind_the_one_before_it() -> None:
    titles = [each.title for each in from_steps(WAY)]
    assert [each.requires for each in from_steps(WAY)] == [(), *((title,) for title in titles[:-1])]


def test_neither_the_answer_nor_what_the_prompt_tells_is_a_hop() -> None:
    assert all(leaked(each, PROMPT, "80") is None for each in from_steps(WAY))
    told = contrast("", prompt=f"{PROMPT} Hint: 42 and 84.", answer="80", steps=STEPS)
    assert from_steps(told) == ()


def test_a_long_way_is_told_by_some_of_its_hops_the_last_one_among_them() -> None:
    steps = tuple(f"It goes on to {1000 + place}." for place in range(50))
    criteria = from_steps(contrast("", prompt="Count.", answer="0", steps=steps))
    assert len(criteria) == MOST_HOPS + 1
    assert "to 1049" in criteria[-2].arguments["words"]


def test_a_result_that_is_only_used_is_not_found() -> None:
    first, *_ = from_steps(WAY)
    used = Subject(response="42 * 2 = 84. 84 - 4 = 80. <answer>80</answer>")
    assert checked(first, used).score == 0.0
