"""Pairs of which length tells little: within the tolerance, and no fewer than need be."""

from hypothesis import given
from hypothesis import strategies as st

from generators.preferences.config import PairConfig
from generators.preferences.lengths import length_balanced, length_lead
from generators.preferences.pairs import pairs_of
from schemas import PreferencePair
from tests.generators.preferences.responses import TASK, response


def a_pair(chosen: int, rejected: int) -> PreferencePair:
    made = [
        response(sample=0, text="r", completion_tokens=chosen),
        response(sample=1, text="w", completion_tokens=rejected, score=0.0, reason="wrong"),
    ]
    [pair] = pairs_of(TASK, made, PairConfig(), {})
    return pair


PAIRS = st.lists(st.builds(a_pair, st.integers(1, 6), st.integers(1, 6)), max_size=12)


@given(pairs=PAIRS, tolerance=st.floats(0, 0.5))
def test_balanced_pairs_are_within_the_tolerance_and_none_is_left_out_for_nothing(
    pairs: list[PreferencePair], tolerance: float
) -> None:
    kept, dropped = length_balanced(pairs, tolerance)
    assert abs(length_lead(kept) - 0.5) <= tolerance
    assert sorted(map(str, kept + dropped)) == sorted(map(str, pairs))
    if dropped:
        longer = length_lead(pairs) > 0.5
        assert all((pair.chosen_tokens > pair.rejected_tokens) == longer for pair in dropped)
        assert abs(length_lead([*kept, dropped[-1]]) - 0.5) > tolerance


def test_the_most_telling_lengths_go_first() -> None:
    pairs = [a_pair(2, 1), a_pair(9, 1), a_pair(3, 2), a_pair(1, 2)]
    kept, dropped = length_balanced(pairs, 0.2)
    assert dropped == [pairs[1]]
    assert kept == [pairs[0], pairs[2], pairs[3]]


def test_equal_lengths_and_no_pairs_say_nothing() -> None:
    assert length_lead([]) == 0.5
    assert length_lead([a_pair(3, 3)]) == 0.5
