"""Measures of diversity: against what is known of made-up runs, and in their bounds for any."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.diversity import FEWEST, GRAM, novelty, spread, wording


@given(st.lists(st.integers(0, 1000), max_size=30))
def test_there_are_as_good_as_one_kind_up_to_all(counts: list[int]) -> None:
    own = spread(counts)
    assert own.kinds == sum(map(bool, counts))
    assert min(own.kinds, 1) - 1e-9 <= own.effective <= own.kinds + 1e-9
    assert own.effective == pytest.approx(2**own.bits if own.kinds else 0)
    assert spread([3 * count for count in counts]).effective == pytest.approx(own.effective)


@given(st.dictionaries(st.integers(1, 40), st.integers(1, 200), min_size=1), st.integers(1, 5000))
def test_further_tasks_bring_no_more_new_problems_than_they_are(times: dict[int, int], further: int) -> None:
    own = novelty(times, further)
    assert own.distinct <= own.problems
    assert 0 <= own.new <= min(further, own.problems - own.distinct) + 1e-6
    assert own.new <= novelty(times, further + 1).new + 1e-9


@pytest.mark.parametrize("problems", [60, 400, 3000])
def test_what_the_next_tasks_bring_is_about_what_they_then_bring(problems: int) -> None:
    rng = np.random.default_rng(problems)
    told, came = [], []
    for _ in range(60):
        made = rng.integers(0, problems, 800)
        told.append(novelty(Counter(Counter(made[:400].tolist()).values()), 400).new)
        came.append(len(set(made.tolist())) - len(set(made[:400].tolist())))
    assert np.mean(told) == pytest.approx(np.mean(came), rel=0.1, abs=0.5)


def test_a_family_whose_rungs_are_one_dry_and_one_fresh_brings_what_the_fresh_one_does() -> None:
    assert novelty({50: 10, 1: 500}, 1000).new == pytest.approx(500, rel=0.01)


def prompts(count: int) -> list[str]:
    """Six words and a full stop that are in all, four that are in one each."""
    own = [" ".join(f"w{number}x{place}" for place in range(4)) for number in range(count)]
    return [f"{words} Sort these words by their length." for words in own]


def test_what_all_prompts_say_is_their_template_and_what_one_says_is_not() -> None:
    told = wording(prompts(20))
    assert told is not None
    assert told.template == pytest.approx(7 / 11)
    assert [(each.text, each.share) for each in told.templates] == [("Sort these words by their length.", 1.0)]


def test_a_style_of_several_is_a_template_with_the_share_of_its_prompts() -> None:
    told = wording([*prompts(15), *(f"Which of n{number} and m{number} comes first in order?" for number in range(5))])
    assert told is not None
    assert [(each.text, each.share) for each in told.templates] == [
        ("Sort these words by their length.", 0.75),
        ("comes first in order?", 0.25),
    ]


def test_a_few_prompts_say_nothing_of_a_template_and_empty_ones_have_none() -> None:
    assert wording(prompts(FEWEST - 1)) is None
    assert wording([""] * FEWEST) == (0.0, ())


@given(st.lists(st.text("ab .", max_size=60), min_size=FEWEST, max_size=20))
def test_shares_are_shares_and_templates_stand_in_the_prompts(texts: list[str]) -> None:
    told = wording(texts)
    assert told is not None
    assert 0 <= told.template <= 1
    for each in told.templates:
        assert 0.1 < each.share <= 1
        assert len(re.findall(r"\w+|\.", each.text)) >= GRAM
        assert any(each.text in " ".join(text.split()) for text in texts)
