"""The faults of rollouts, on texts that SmolLM2-135M-Instruct really wrote and on counts made by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from filters.config import QualityConfig
from filters.quality import REPEATING, RolloutQuality, fault, qualities, repetition
from schemas import Rollout

LOOP = (
    "A move takes one block that has no block on it and puts it on the table, or on another block that has no block on "
    "it.\n\n" + "A move that leaves a block where it is, is not allowed.\n\n" * 8 + "A"
)
SUMS = (
    "20 * 4 = 80\n\nMultiplication and division: 20 * 4 = 80\n\n"
    "The final answer is 12, which is the result of 20 multiplied by 4."
)
TWICE = "7 + 14 = 21\n" + "Sam has traveled 21 kilometers more than Raj.\n" * 2 + "The answer is 21."


def rollout(sample: int, text: str, *, task: str = "t", finish: str = "stop", ids: tuple[int, ...] = ()) -> Rollout:
    return Rollout(
        task_id=task,
        sample=sample,
        model="m",
        revision="r",
        engine="transformers",
        sampling={},
        seed=0,
        text=text,
        prompt_tokens=1,
        completion_tokens=len(ids) or len(text.split()),
        token_ids=ids,
        logprobs=(),
        mean_logprob=0.0,
        finish="length" if finish == "length" else "stop",
        score=0.0,
        reason="wrong",
        detail="",
        extracted=None,
        found="none",
    )


def test_a_loop_repeats_itself_and_ordinary_text_does_not() -> None:
    assert repetition(LOOP.split()) > 0.7 > REPEATING
    assert repetition(SUMS.split()) < 0.2
    assert 0.2 < repetition(TWICE.split()) < 0.3


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(2, 20))
def test_saying_it_again_repeats_and_saying_little_does_not(units: list[int], times: int) -> None:
    assert 0.0 <= repetition(units) < 1.0
    assert repetition(units * times) >= repetition(units) - 1e-9
    assert repetition(units[:3]) == 0.0


def test_tokens_are_compared_where_there_are_any() -> None:
    """A loop without spaces is one word and many tokens."""
    looped = qualities([rollout(0, "ab" * 40, ids=(5, 6) * 40)])["t"]
    by_words = qualities([rollout(0, "ab " * 40)])["t"]
    assert looped.repeating == by_words.repeating == 1.0
    assert qualities([rollout(0, "ab" * 40)])["t"].repeating == 0.0


def test_each_task_has_its_own_shares() -> None:
    found = qualities(
        [
            rollout(0, LOOP, finish="length"),
            rollout(1, SUMS),
            rollout(2, SUMS),
            rollout(3, TWICE),
            rollout(0, TWICE, task="u"),
        ]
    )
    assert found["t"] == RolloutQuality(
        rollouts=4, truncated=0.25, repeating=0.25, duplicated=0.25, length=len(SUMS.split())
    )
    assert found["u"] == RolloutQuality(
        rollouts=1, truncated=0.0, repeating=0.0, duplicated=0.0, length=len(TWICE.split())
    )


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, None),
        ({"truncated": 0.5, "repeating": 0.5, "duplicated": 0.5, "shortest": 8, "longest": 8}, None),
        ({"truncated": 0.49}, ("truncated", "50% of 4 rollouts were cut off, 49% may")),
        ({"repeating": 0.0}, ("repeating", "50% of 4 rollouts repeat themselves, 0% may")),
        ({"duplicated": 0.2}, ("duplicated", "50% of 4 rollouts say what an earlier one says, 20% may")),
        ({"shortest": 9}, ("too_short", "the median rollout has 8 tokens, under 9")),
        ({"longest": 7}, ("too_long", "the median rollout has 8 tokens, over 7")),
        ({"longest": 7, "truncated": 0.0}, ("truncated", "50% of 4 rollouts were cut off, 0% may")),
    ],
)
def test_the_first_fault_is_named_with_its_figures(config: dict[str, float], expected: tuple[str, str] | None) -> None:
    quality = RolloutQuality(rollouts=4, truncated=0.5, repeating=0.5, duplicated=0.5, length=8)
    assert fault(quality, QualityConfig.model_validate(config)) == expected


def test_a_band_without_a_length_is_refused() -> None:
    with pytest.raises(ValidationError, match="no length is at least 9 and at most 5 tokens"):
        QualityConfig(shortest=9, longest=5)
