"""What is rare of an item is found in a text that has it; what a template says counts for nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from filters.contamination.sequences import FEWEST, sequences_of
from filters.contamination.words import GRAM, words_of

TEMPLATE = "read the following rules with care and then answer the question that stands at the very end of them"
ITEM = "a ship with nine masts leaves the harbour of brest at dawn and meets eleven whales on its way to the azores"
OTHER = "the smith of the village makes forty horse shoes a week and sells each of them for two coins and a half"


def test_an_item_is_found_in_a_text_that_has_half_of_it() -> None:
    sequences = sequences_of([ITEM, OTHER])
    none = np.zeros(len(sequences.hashes), dtype=bool)
    words = words_of(ITEM)
    half = "so it is said that " + " ".join(words[: (len(words) + GRAM) // 2]) + " nobody knows"
    found = sequences.shared(words_of(half), none, sequences.rare(none), 0.4)
    assert [(one.item, one.whole) for one in found] == [(0, False)]
    assert found[0].share == found[0].shared / found[0].rare
    assert 0.4 < found[0].share < 0.7
    assert words_of(half)[found[0].start] == "a"  # where the item begins
    assert sequences.shared(words_of(half), none, sequences.rare(none), 0.9) == []


def test_a_whole_item_is_told_even_where_all_of_it_is_usual() -> None:
    sequences = sequences_of([ITEM, OTHER])
    usual = np.ones(len(sequences.hashes), dtype=bool)
    found = sequences.shared(words_of("Well: " + OTHER + ", they say"), usual, sequences.rare(usual), 0.5)
    assert [(one.item, one.share, one.whole) for one in found] == [(1, 0.0, True)]


def test_what_a_template_says_counts_for_nothing() -> None:
    sequences = sequences_of([f"{TEMPLATE}: {ITEM}", f"{TEMPLATE}: {OTHER}"])
    texts = [f"{TEMPLATE}: question number {n} is about the {n} th thing of all" for n in range(50)]
    usual = sequences.usual(texts, 0.01)
    rare = sequences.rare(usual)
    assert usual.sum() == len(words_of(TEMPLATE)) - GRAM + 1
    assert sequences.shared(words_of(texts[7]), usual, rare, 0.01) == []
    none = np.zeros_like(usual)
    assert sequences.shared(words_of(texts[7]), none, sequences.rare(none), 0.01) != []
    whole = sequences.shared(words_of(f"{TEMPLATE}: {ITEM}"), usual, rare, 0.5)
    assert [(one.item, one.share) for one in whole] == [(0, 1.0)]


def test_a_sequence_of_a_few_texts_is_not_usual() -> None:
    sequences = sequences_of([ITEM])
    few, enough = [ITEM] * (FEWEST - 1), [ITEM] * FEWEST
    assert not sequences.usual([*few, *["nothing"] * 10], 0.01).any()
    assert sequences.usual([*enough, *["nothing"] * 10], 0.01).all()
    assert not sequences.usual([*enough, *["nothing"] * 1000], 0.01).any()


def test_what_is_usual_among_the_items_is_known_from_them() -> None:
    sequences = sequences_of([f"{TEMPLATE} {n}" for n in range(FEWEST)] + [ITEM])
    assert sequences.usual_here(0.01).sum() == len(words_of(TEMPLATE)) - GRAM + 1


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=0, max_size=30), max_size=6), st.data())
def test_shares_are_those_counted_one_by_one(items: list[list[str]], data: st.DataObject) -> None:
    sequences = sequences_of([" ".join(words) for words in items])
    text = data.draw(st.lists(st.sampled_from("abcde"), max_size=60))
    none = np.zeros(len(sequences.hashes), dtype=bool)
    there = _grams(text)
    expected = {
        number: len(own & there) / len(own)
        for number, words in enumerate(items)
        if (own := _grams(words)) and own & there
    }
    found = sequences.shared(text, none, sequences.rare(none), 1e-9)
    assert {one.item: one.share for one in found} == expected
    assert all(one.whole == (one.share == 1) and 0 <= one.start < one.stop <= len(text) for one in found)


def _grams(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + GRAM]) for at in range(len(words) - GRAM + 1)}
