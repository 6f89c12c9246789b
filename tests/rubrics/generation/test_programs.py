"""Rubrics without a model: the rule that was broken is the one that is found."""

import pytest

from generators.instructions.pairs import planted_pair
from generators.stream import Segment, tasks_of
from rubrics.criteria.contract import Subject
from rubrics.criteria.registry import arguments_of, checked
from rubrics.generation.arguments import material_of
from rubrics.generation.programs import from_programs
from tests.rubrics.generation.contrasts import BROKEN, CHOSEN, PROMPT, contrast


@pytest.mark.parametrize("checker", BROKEN)
def test_the_rule_that_the_worse_response_breaks_is_recovered(checker: str) -> None:
    (criterion,) = from_programs([contrast(BROKEN[checker])]).criteria
    assert (criterion.checker, criterion.kind) == (checker, "hard_rule")
    arguments_of(criterion)


def test_what_several_pairs_break_comes_into_one_rubric_that_tells_each_of_them() -> None:
    pairs = [contrast(text) for text in BROKEN.values()]
    told = from_programs(pairs)
    assert {each.checker for each in told.criteria} >= BROKEN.keys()
    assert told.contrasts == tuple(pairs)
    for each in pairs:
        better, worse = (Subject(response=text, prompt=PROMPT) for text in (each.chosen, each.rejected))
        assert all(checked(criterion, better).score == 1 for criterion in told.criteria)
        assert any(checked(criterion, worse).score == 0 for criterion in told.criteria)


def test_a_length_that_only_lies_between_two_responses_is_no_rule() -> None:
    longer = contrast("The dog. " * 60, prompt="Tell me about dogs.", chosen="They bark.")
    assert not any(each.checker in ("word_count", "sentence_count") for each in from_programs([longer]).criteria)


def test_a_rule_that_a_better_response_breaks_is_never_taken() -> None:
    against = contrast(CHOSEN, chosen=BROKEN["forbidden_words"])
    told = from_programs([contrast(BROKEN["forbidden_words"]), against])
    assert all(each.checker != "forbidden_words" for each in told.criteria)


def test_responses_that_are_the_same_make_no_rubric() -> None:
    assert from_programs([contrast(CHOSEN)]) == ((), ())


def test_the_same_pairs_make_the_same_rubric() -> None:
    pairs = [contrast(text) for text in BROKEN.values()]
    assert from_programs(pairs) == from_programs(pairs)


@pytest.mark.parametrize("prompt", ["", '"' * 5000, ":" + "a," * 20_000, "7 " * 20_000, "'x' " * 9000, "no " * 20_000])
def test_a_hostile_prompt_gives_few_numbers_and_phrases(prompt: str) -> None:
    material = material_of(prompt)
    assert len(material.numbers) <= 10
    assert len(material.phrases) <= 16


def test_planted_rules_of_generated_tasks_are_recovered_with_their_arguments() -> None:
    tasks = tasks_of(Segment(family="instructions.form", level=6, seed=99, start=0, stop=12))
    pairs = [pair for task in tasks if (pair := planted_pair(task, 99)) is not None and pair.broken is not None]
    found, rules = 0, []
    for pair in pairs:
        asked = {(each.checker, str(each.arguments)) for each in pair.criteria}
        planted = pair.criteria[pair.broken or 0]
        told = from_programs([contrast(pair.rejected, prompt=pair.prompt, chosen=pair.chosen)]).criteria
        found += (planted.checker, planted.arguments) in [(each.checker, each.arguments) for each in told]
        rules += [(each.checker, str(each.arguments)) in asked for each in told if each.kind == "hard_rule"]
    assert len(pairs) >= 10
    assert found >= 0.9 * len(pairs)
    assert sum(rules) >= 0.9 * len(rules)  # a text may break, unasked, what is asked in nearly the same words
