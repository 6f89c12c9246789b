"""BLEU as the field counts it: values of sacrebleu 2.6 (sentence BLEU, effective order, exponential smoothing)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.similarity import bleu, words_of

PARTY = [
    "It is a guide to action that ensures that the military will forever heed Party commands",
    "It is the guiding principle which guarantees the military forces always being under the command of the Party",
    "It is the practical guide for the army always to heed the directions of the party",
]
"""The example of Papineni et al. (2002)."""

WORDS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("candidate", "references", "value"),
    [
        ("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"], 0.0780985),
        (
            "It is a guide to action which ensures that the military always obeys the commands of the party",
            PARTY,
            0.50456668,
        ),
        ("It is to insure the troops forever hearing the activity guidebook that party direct", PARTY, 0.06963003),
        ("the cat sat on the mat", ["the cat is on the mat"], 0.37991784),
        ("a b", ["a b"], 1.0),
        ("cat the", ["the cat sat down"], 0.26013005),
        ("the cat", ["the cat sat on the mat"], 0.13533528),
        ("no word in common", ["something else entirely"], 0.0),
        ("", ["a"], 0.0),
        ("a", [], 0.0),
    ],
)
def test_known_values(candidate: str, references: list[str], value: float) -> None:
    assert bleu(candidate.split(), [one.split() for one in references]) == pytest.approx(value, abs=1e-7)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3), WORDS)
def test_it_is_a_share_that_is_whole_for_the_reference_itself(
    candidate: list[str], references: list[list[str]], more: list[str]
) -> None:
    assert 0 <= bleu(candidate, references) <= 1
    assert bleu(references[0], references) == pytest.approx(1.0)
    assert bleu(candidate, references) == bleu(candidate, references[::-1])
    assert bleu(["z"] * len(more), references) == 0


def test_words_are_letters_and_signs_and_hostile_texts_are_cut() -> None:
    assert words_of("It's 3.5, naïve: (x_1)") == ["It", "'", "s", "3", ".", "5", ",", "naïve", ":", "(", "x_1", ")"]
    assert len(words_of("a " * 1_000_000)) == 50_000
