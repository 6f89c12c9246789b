"""Augmented pairs: exactly one criterion tells causal ones apart, none tells neutral ones apart, by checking again."""

from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.family import make_task
from generators.registry import family_named
from generators.verify import verify
from rubrics.augment import Origin, attack_pairs, causal_pairs, displaced, held_by, neutral_pairs
from rubrics.edits import CONTENT, STYLE
from rubrics.guards.attacks import SUITE
from schemas import Criterion, Message, PreferencePair


def criterion(title: str, checker: str, **arguments: object) -> Criterion:
    return Criterion(title=title, text=title, kind="hard_rule", weight=1.0, checker=checker, arguments=arguments)


CRITERIA = (
    criterion("two bullets", "bullet_count", at_least=2, at_most=2),
    criterion("names the river", "keywords", words=["Danube"]),
    criterion("short", "word_count", at_most=60),
    criterion("not shouted", "exclamation_count", at_most=1),
    criterion("three numbers", "number_count", at_least=3),
)
JUDGED = Criterion(title="vivid", text="It is vivid.", kind="principle", weight=1.0)
PROMPT = (Message("user", "Tell me of the Danube."),)
RESPONSE = (
    "The Danube is 2850 km long, and therefore the second river of Europe.\n- It passes 10 countries.\n"
    "- It ends in the Black Sea after 4 capitals."
)
ORIGIN = Origin(task_id="t", prompt=PROMPT, response=RESPONSE, model="m", sample=3, tokens=40)
held = held_by((*CRITERIA, JUDGED), PROMPT[0].content)


def texts(pair: PreferencePair) -> tuple[str, str]:
    return pair.chosen[0].content, pair.rejected[0].content


def test_a_causal_pair_differs_in_the_one_criterion_that_it_names() -> None:
    pairs = causal_pairs(ORIGIN, held, seed=0)
    named = [pair.method.partition(": ")[2] for pair in pairs]
    assert {"two bullets", "names the river", "three numbers"} <= set(named)
    assert len(set(named)) == len(named)
    for pair, title in zip(pairs, named, strict=True):
        good, bad = (held(text) for text in texts(pair))
        assert [each for each in good if good[each] != bad[each]] == [title]
        assert good[title] is True
        assert (pair.kind, pair.chosen_score - pair.rejected_score) == ("causal", pytest.approx(pair.margin))
        assert pair.margin == pytest.approx(1 / len(CRITERIA))


def test_a_change_that_mends_a_criterion_is_chosen_over_the_response() -> None:
    shouted = Origin(task_id="t", prompt=PROMPT, response=RESPONSE + " See! There!")
    (mended,) = (pair for pair in causal_pairs(shouted, held, seed=0) if pair.method.endswith("not shouted"))
    assert texts(mended)[1] == shouted.response
    assert (mended.chosen_model, mended.chosen_sample) == ("taskmill", -1)


def test_neutral_pairs_keep_every_criterion_and_are_ties() -> None:
    pairs = neutral_pairs(ORIGIN, held, seed=0)
    assert len(pairs) > 5
    for pair in pairs:
        assert held(texts(pair)[0]) == held(texts(pair)[1])
        assert (pair.kind, pair.margin, pair.chosen_score) == ("neutral", 0.0, pair.rejected_score)
    assert {RESPONSE in texts(pair)[:1] for pair in pairs} == {True, False}  # now chosen, now rejected


def test_a_style_that_breaks_a_criterion_is_not_neutral() -> None:
    strict = held_by([criterion("begins at once", "starts_with", text="The Danube")], "")
    methods = {pair.method for pair in neutral_pairs(ORIGIN, strict, seed=0)}
    assert "neutral polite_closing" in methods
    assert not methods & {"neutral polite_opening", "neutral heading", "neutral idle_opening"}


@pytest.mark.parametrize("name", ["arithmetic.chain", "planning.blocks_world", "logic.zebra"])
def test_neutral_changes_of_a_right_answer_stay_right_and_attacks_are_wrong(name: str) -> None:
    task = make_task(family_named(name), level=2, seed=5, index=1)
    origin = Origin(task_id=task.id, prompt=task.prompt, response=f"Thus we get\n\n<answer>{task.answer}</answer>")
    neutral = neutral_pairs(origin, lambda text: {}, 0, lambda text: verify(task, text).score == 1.0)
    assert len(neutral) >= len(STYLE) - 2
    assert all(verify(task, text).score == 1.0 for pair in neutral for text in texts(pair))
    attacks = attack_pairs(origin, task.answer, SUITE, seed=0, most=20)
    assert len({pair.method for pair in attacks}) == 20
    for pair in attacks:
        assert (pair.kind, pair.margin, pair.rejected_model) == ("attack", 1.0, "taskmill")
        assert [verify(task, text).score == 1.0 for text in texts(pair)] == [True, False]


def test_the_texts_of_a_pair_are_a_tie_on_another_prompt() -> None:
    pair = causal_pairs(ORIGIN, held, seed=0)[0]
    other = displaced(pair, "u", (Message("user", "What is 2 + 2?"),))
    assert texts(other) == texts(pair)
    assert (other.task_id, other.kind, other.margin, other.chosen_score) == ("u", "neutral", 0.0, 0.0)


def test_tokens_of_a_changed_text_are_told_in_proportion() -> None:
    for pair in neutral_pairs(ORIGIN, held, seed=0):
        own = pair.chosen_sample == 3
        text, tokens = (texts(pair)[own], (pair.chosen_tokens, pair.rejected_tokens)[own])
        assert tokens == round(40 * len(text) / len(RESPONSE))


def test_the_same_seed_makes_the_same_pairs() -> None:
    assert causal_pairs(ORIGIN, held, 1) == causal_pairs(ORIGIN, held, 1)
    assert attack_pairs(ORIGIN, "7", SUITE, 1) != attack_pairs(ORIGIN, "7", SUITE, 2)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.integers(0, 99))
def test_no_text_is_too_odd_to_be_edited(text: str, seed: int) -> None:
    for edit in (*CONTENT, *STYLE):
        changed = list(islice(edit.ways(text, Random(seed)), 5))
        assert all(len(each) <= 2 * len(text) + 120 for each in changed)
        assert changed == list(islice(edit.ways(text, Random(seed)), 5))
