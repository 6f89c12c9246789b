"""Pairs: both orders are asked, and what is for a place is not for a response."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.judges.contract import Comparison
from rubrics.judges.pairwise import PairwiseJudge
from rubrics.judges.verdict import ByVerdict
from rubrics.judges.yesno import ByLikelihood
from tests.rubrics.judges.scripted import Scripted, Writes

PAIR = Comparison(prompt="What is 3 + 4?", first="seven", second="eleven", criteria=("It is right.",))


def by_verdict(writes: Writes, order_swap: bool = True) -> tuple[PairwiseJudge, Scripted]:
    engine = Scripted(writes=writes)
    asker = ByVerdict(engine, samples=1, temperature=0.0, max_tokens=64, longest=4096, seed=0)
    return PairwiseJudge(asker, order_swap=order_swap, seed=0), engine


def likes_the_text(text: str) -> Writes:
    def writes(prompt: str, sample: int) -> str:
        return f"Verdict: {'A' if prompt.index(text) < prompt.index('response B') else 'B'}"

    return writes


def test_a_judge_that_knows_the_better_one_finds_it_in_both_places() -> None:
    for text, first in (("seven", 1.0), ("eleven", 0.0)):
        judge, engine = by_verdict(likes_the_text(text))
        (told,) = judge.compare([PAIR])
        assert told.first == first
        assert len(engine.requests) == 2
        assert all("It is right." in asked for asked in engine.asked)
        assert told.tokens == sum(len(asked) for asked in engine.asked) + 2 * len("Verdict: A")


@pytest.mark.parametrize("letter", "AB")
def test_a_judge_that_likes_a_place_prefers_nothing(letter: str) -> None:
    judge, _ = by_verdict(lambda prompt, sample: f"Verdict: {letter}")
    assert judge.compare([PAIR, PAIR])[1].first == 0.5
    alone, engine = by_verdict(lambda prompt, sample: f"Verdict: {letter}", order_swap=False)
    assert alone.compare([PAIR])[0].first == float(letter == "A")
    assert len(engine.requests) == 1


def test_undecided_in_one_order_is_undecided() -> None:
    judge, _ = by_verdict(
        lambda prompt, sample: "Verdict: A" if prompt.index("seven") < prompt.index("eleven") else "Well."
    )
    assert judge.compare([PAIR])[0].first is None


@given(quality=st.floats(-4, 4), place=st.floats(-4, 4))
def test_a_liking_for_a_place_leaves_the_likelihood_preference_as_it_is(quality: float, place: float) -> None:
    def likes(prompt: str, word: str) -> float:
        if word not in "AB":
            return -math.inf
        of_first = quality if prompt.index("seven") < prompt.index("eleven") else -quality
        chance = 1 / (1 + math.exp(-(of_first + place)))
        return math.log(chance if word == "A" else 1 - chance)

    judge = PairwiseJudge(ByLikelihood(Scripted(likes=likes), longest=4096), order_swap=True, seed=0)
    (told,) = judge.compare([PAIR])
    assert told.first == pytest.approx(1 / (1 + math.exp(-quality)))


def test_alike_responses_are_at_a_half_by_a_real_model(worded) -> None:  # type: ignore[no-untyped-def]
    engine, _, _ = worded()
    judge = PairwiseJudge(ByLikelihood(engine, longest=2000), order_swap=True, seed=0)
    same, other = judge.compare(
        [Comparison(prompt="?", first="7", second="7"), Comparison(prompt="?", first="7", second="8 8 8")]
    )
    (mirrored,) = judge.compare([Comparison(prompt="?", first="8 8 8", second="7")])
    assert same.first == pytest.approx(0.5)
    assert other.first is not None
    assert other.first != pytest.approx(0.5, abs=1e-4)
    assert mirrored.first == pytest.approx(1 - other.first)
