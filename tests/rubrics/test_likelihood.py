"""Rewards from likelihoods: their bounds, and the endogenous reward by hand and by the engine."""

import math
from collections.abc import Callable
from statistics import fmean
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.transformers import TransformersEngine
from rubrics.likelihood import (
    endogenous,
    endogenous_rewards,
    reference_gain,
    reference_likelihood,
    reference_logprobs,
    relative_difference,
)
from schemas import Message

LOGPROBS = st.lists(st.floats(-50, 0), min_size=1, max_size=8)


@given(ours=st.floats(-1000, 0), theirs=st.floats(-1000, 0))
def test_a_difference_is_bounded_and_has_the_sign_of_the_question_s_help(ours: float, theirs: float) -> None:
    value = relative_difference(ours, theirs)
    assert -1 <= value <= 1
    assert (value > 0) == (math.exp(min(theirs - ours, 1)) < 1)


@given(after=LOGPROBS, bare=LOGPROBS)
def test_a_gain_is_what_the_reasoning_adds_and_never_below_nothing(after: list[float], bare: list[float]) -> None:
    gain = reference_gain(after, bare)
    assert 0 <= gain <= 1
    assert reference_gain(bare, bare) == 0
    assert gain == 0 or reference_gain(bare, after) == 0


def test_log_likelihood_tells_apart_where_probabilities_are_flat() -> None:
    better, worse = [-20.0] * 50, [-30.0] * 50
    assert reference_gain(better, worse) < 1e-8
    assert reference_likelihood(better) == reference_likelihood(worse) + 10


@given(st.lists(st.tuples(st.floats(-50, 0), st.floats(-30, 30)), max_size=8), st.floats(-30, 30), st.floats(-9, 9))
def test_endogenous_rewards_sum_to_likelihood_and_the_values_at_the_ends(
    steps: list[tuple[float, float]], last: float, shift: float
) -> None:
    logprobs, values = [told for told, _ in steps], [*[value for _, value in steps], last]
    rewards = endogenous_rewards(logprobs, values)
    assert sum(rewards) == pytest.approx(sum(logprobs) + values[0] - values[-1], abs=1e-9)
    shifted = endogenous_rewards(logprobs, [value + shift for value in values])
    assert shifted == pytest.approx(rewards, abs=1e-9)


def test_the_engine_s_endogenous_rewards_are_those_of_its_logits(worded: Callable[..., Any]) -> None:
    engine, model, _ = worded()
    prompt = (Message("user", "What is 3 + 4? " * 8),)
    responses = ["7", "It is seven, since 3 + 4 = 7.", "No"]
    told = endogenous(engine, prompt, responses)
    given_ids = engine.encode(prompt)
    for rewards, response in zip(told, responses, strict=True):
        whole = engine.encode(prompt, response)
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([whole])).logits[0].double()
        by_hand = [
            float(logits[place - 1, whole[place]] - logits[place].logsumexp(-1))
            for place in range(len(given_ids), len(whole))
        ]
        assert rewards == pytest.approx(by_hand, abs=1e-4)
    with pytest.raises(ValueError):
        engine.soft_values([()], [(5,)])


def test_the_reference_is_read_behind_each_text(worded: Callable[..., Any]) -> None:
    engine, _, _ = worded()
    prompt = (Message("user", "What is 3 + 4?"),)
    bare, after = reference_logprobs(engine, prompt, ["So: ", "3 + 4 = 7. So: "], "seven")
    assert len(bare) == len(after) == 5
    assert bare != after


@pytest.mark.slow
def test_a_real_model_s_endogenous_reward_prefers_sense_to_noise(smollm2: TransformersEngine) -> None:
    prompt = (Message("user", "Name the capital of France."),)
    sense, noise = endogenous(smollm2, prompt, ["The capital of France is Paris.", "Paris capital of is France the."])
    assert fmean(sense) > fmean(noise)
