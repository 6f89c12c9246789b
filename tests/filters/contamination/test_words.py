"""Texts are compared by their words, numbers and signs; lines and borders of words count where they mean something."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.contamination.renaming import people, renaming
from filters.contamination.words import (
    GRAM,
    cut,
    drawing,
    gram_hashes,
    lines_of,
    numbers_of,
    stands_in,
    text_digest,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("He pays $1,000.50 for 3 pens.", ["he", "pays", "1000.50", "for", "3", "pens"]),
        ("What is 3+4 - 5*2?", ["what", "is", "3", "+", "4", "-", "5", "*", "2"]),
        ("5 . _ 3", ["5", ".", "_", "3"]),
        (r"Solve $\frac{1}{2} x = 3$!", ["solve", "frac", "1", "2", "x", "=", "3"]),
        ("ＦＵＬＬ width", ["full", "width"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_numbers_have_one_spelling() -> None:
    assert numbers_of("7.50 and 7.5, 1,000 and 1000, 1.0") == ["7.5", "7.5", "1000", "1000", "1"]


def test_a_part_is_cut_out_with_its_marks() -> None:
    text = "Think. Ann has 3 pens (blue). How many? Answer in a word."
    assert cut(text, 1, 8) == "Ann has 3 pens (blue)."
    assert cut(text, 50, 60) == ""


@pytest.mark.parametrize(
    ("part", "text", "stands"),
    [
        ("3 + 4?", "What is 3 + 4? Think.", True),
        ("3 + 4?", "What is 13 + 4?", False),
        ("3 + 4?", "What is 3 + 45?", False),
        ("3 + 4", "What is 13 + 4 or 3 + 4?", True),
        ("", "anything", False),
    ],
)
def test_a_part_stands_in_a_text_between_borders_of_words(part: str, text: str, stands: bool) -> None:
    assert stands_in(part, text) is stands


def test_lines_draw_and_blanks_do_not() -> None:
    assert lines_of("T S  \n\nI\n") == lines_of("T S\nI")
    assert lines_of("T S\nI") != lines_of("T S I")
    assert text_digest("T S\nI") == text_digest("t  s i")


@given(st.lists(st.integers(1, 5), max_size=40))
def test_sequences_are_equal_exactly_where_their_words_are(numbers: list[int]) -> None:
    hashes = gram_hashes(np.array(numbers, dtype=np.uint64), 3)
    assert len(hashes) == max(0, len(numbers) - 2)
    grams = [tuple(numbers[at : at + 3]) for at in range(len(hashes))]
    for one, a in zip(grams, hashes, strict=True):
        for other, b in zip(grams, hashes, strict=True):
            assert (one == other) == (a == b)
    assert GRAM == 13


def test_a_drawing_is_its_rows() -> None:
    assert drawing("Fill it:\n1 . .\n. 2 .") == [". 2 .", "1 . ."]
    assert drawing("Fill it:\n1 . .\n. 2 .") != drawing("Fill it:\n1 . .\n2 . .")
    assert drawing("Solve:\nx + 2 = 3\ny = 4") == drawing("Solve:\nb = 4\n2 + a = 3")
    assert drawing("Build:\nT S\nI") != drawing("Build:\nT S I")
    assert drawing("Only words.") == []


def test_names_are_replaced_one_by_one() -> None:
    assert renaming("Ann has 3. Ann gives 2.", "Bea has 3. Bea gives 2.") == {"Ann": "Bea"}
    assert renaming("Ann has 3. Ann gives 2.", "Bea has 3. Ann gives 2.") is None
    assert renaming("Ann has more than Bob.", "Bob has more than Ann.") == {"Ann": "Bob", "Bob": "Ann"}
    assert renaming("Ann meets Bob. Bob waves.", "Cem meets Cem. Cem waves.") is None
    assert renaming("All of it is red.", "Some of it is red.") is None
    assert renaming("He has 3 pens.", "He has 3 cups.") is None
    assert renaming("Ann has 3 pens.", "ann has 3  pens!") == {}
    assert people({"Ann": "Bob"})
    assert not people({"France": "Germany"})


def test_what_stands_after_all_that_is_read_still_counts() -> None:
    long = "one two " * 30_000
    assert text_digest(f"{long} 3") != text_digest(f"{long} 4")
    assert text_digest(f"{long} 3") == text_digest(f"{long} 3")
