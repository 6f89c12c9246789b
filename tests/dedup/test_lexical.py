"""Candidates by words: names, numbers and order of sentences don't keep texts apart, and no template makes too many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.candidates import Pairs, grouped, merged, pairs_of
from dedup.lexical import BANDS, band_pairs, masked_words, sketches

STORY = (
    "Every morning {0} picks {1} apples in the orchard. Later {0} gives half of them to {2}. "
    "How many apples are left for {0} at night?"
)


def pairs(texts: list[str], groups: list[int] | None = None, window: int = 8) -> Pairs:
    told = sketches(texts)
    of = np.array(groups or [0] * len(texts), dtype=np.int64)
    return merged([band_pairs(band, told, of, window) for band in range(BANDS)])


def found(told: Pairs) -> set[tuple[int, int]]:
    return set(zip(told.one.tolist(), told.other.tolist(), strict=True))


def test_names_and_numbers_are_masked_but_not_the_first_word_of_a_sentence() -> None:
    assert masked_words("Then Ann gave x 3,5 coins. They left!") == [
        *("then", "@", "gave", "@", "#", "coins", ".", "they", "left", "!")
    ]


def test_another_name_or_order_of_sentences_is_met_and_another_matter_is_not() -> None:
    first, second, third = STORY.format("Ann", 8, "Bob").split(". ")
    texts = [
        f"{first}. {second}. {third}",
        STORY.format("Zoe", 8, "Carl"),
        f"{second}. {first}. {third}",
        "A train leaves at noon and drives north at constant speed until it meets another one coming from the sea.",
    ]
    assert found(pairs(texts)) == {(0, 1), (0, 2), (1, 2)}


def test_only_texts_of_one_group_are_paired() -> None:
    texts = [STORY.format("Ann", 8, "Bob")] * 4
    assert found(pairs(texts, [7, 9, 7, 9])) == {(0, 2), (1, 3)}


def test_a_template_makes_few_pairs_a_text_and_the_like_are_beside_each_other() -> None:
    words = ["red", "green", "blue", "gold", "pink", "grey", "teal", "plum", "jade", "rose"]
    texts = [
        f"The {words[k % 10]} box is above the {words[k // 10 % 10]} one. Which of all the boxes is on top of the pile?"
        for k in range(300)
    ]
    told = pairs(texts, window=4)
    assert len(told) <= 4 * BANDS * len(texts)
    same = {(a, b) for a in range(300) for b in range(a + 1, 300) if texts[a] == texts[b]}
    assert len(found(told) & same) == len(same)  # each text is there three times: within the window


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_pairs_hang_on_the_texts_and_not_on_what_else_is_sketched(texts: list[str]) -> None:
    alone = [sketches([text]) for text in texts]
    told = sketches(texts)
    for place, one in enumerate(alone):
        assert (told.buckets[place] == one.buckets[0]).all()
        assert told.looks[place] == one.looks[0]
        assert told.bags[place] == one.bags[0]


def test_no_texts_and_hostile_ones_are_taken() -> None:
    assert len(pairs([])) == 0
    hostile = ["", "A" * 2_000_000, "\ud800 \udfff", "." * 300_000, "1" * 300_000]
    assert found(pairs([*hostile, *hostile])) >= {(k, k + 5) for k in range(5)}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0, 1, width=32))))
def test_pairs_are_there_once_with_the_best_score_in_whatever_order_they_come(
    given_: list[tuple[int, int, float]],
) -> None:
    best: dict[tuple[int, int], float] = {}
    for a, b, score in given_:
        if a != b:
            best[min(a, b), max(a, b)] = max(score, best.get((min(a, b), max(a, b)), 0.0))
    told = pairs_of([a for a, _, _ in given_], [b for _, b, _ in given_], [score for _, _, score in given_])
    assert dict(zip(zip(told.one.tolist(), told.other.tolist(), strict=True), told.score.tolist(), strict=True)) == best
    half = len(given_) // 2
    parts = [pairs_of(*zip(*part, strict=True)) for part in (given_[half:], given_[:half]) if part]
    for one, other in zip(merged(parts), told, strict=True):
        assert (one == other).all()


@pytest.mark.parametrize("groups", [[5, 1, 5, 1, 3], [2**63 + 1, 2**63, 2**63 + 1]])
def test_groups_of_one_have_no_pairs(groups: list[int]) -> None:
    told = [part.tolist() for part in grouped(np.array(groups, dtype=np.uint64))]
    assert told == ([[1, 3], [0, 2]] if len(groups) == 5 else [[0, 2]])


def test_in_a_small_group_all_are_paired_whatever_their_words() -> None:
    told = sketches(["Ann sings.", "The stone fell into deep water.", "No 3 trains ran."])
    groups = np.array([5, 5, 6])
    assert found(band_pairs(BANDS, told, groups)) == {(0, 1)}
