"""Likelihood: read by the model that sampled, kept with the group, and of the order that the papers tell."""

import math
from collections.abc import Callable, Iterator
from statistics import fmean
from typing import Any

import msgspec
import pytest

from pipeline.engines.protocol import Engine
from pipeline.engines.transformers import TransformersEngine
from schemas import Message
from tests.trainer.rewards.groups import a_group
from trainer import tiny
from trainer.rewards.likelihood import reference_values, self_aligned_values
from trainer.rollout import Group


def test_undecided_and_empty_completions_are_not_read(random_model: Callable[..., Any]) -> None:
    engine = TransformersEngine(random_model(), tiny.tokenizer(), name="random", revision="0")
    group = a_group([1.0, None, 0.0], [3, 3, 0])
    (values,) = self_aligned_values([group], engine, tiny.OPEN)
    assert [value is None for value in values] == [False, True, True]
    blind = engine.encode((Message("user", ""),), tiny.OPEN)
    ours, theirs = engine.score([group.prompt_ids, blind], [(5, 5, 5)] * 2)
    assert values[0] == pytest.approx(max(-1.0, 1 - math.exp(fmean(theirs) - fmean(ours))))


def test_behind_a_prefill_that_opens_the_answer_there_is_no_reasoning_to_reward(
    random_model: Callable[..., Any],
) -> None:
    engine = TransformersEngine(random_model(), tiny.tokenizer(), name="random", revision="0")
    group = a_group([1.0, 0.0], texts=[f"{tiny.OPEN}12{tiny.CLOSE}", f"{tiny.OPEN}3"])
    assert reference_values([group], engine, tiny.OPEN) == [[0.0, 0.0]]
    spoken = a_group([1.0, 0.0], texts=[f"{sign}{tiny.OPEN}12{tiny.CLOSE}" for sign in "12"])
    assert max(value or 0.0 for value in reference_values([spoken], engine, "")[0]) > 0


CASES = {
    "How many apples has Tom, who has 3 apples and buys 4 more?": (
        "7",
        "Tom has 3 + 4 = 7 apples now. ",
        "Tom has 3 + 4 = 8 apples. ",
    ),
    "A box holds 6 eggs. How many eggs do 5 boxes hold?": (
        "30",
        "5 boxes hold 5 x 6 = 30 eggs. ",
        "5 boxes and 6 eggs, 5 + 6 = 11 eggs. ",
    ),
    "What is the sum of 25 and 14?": ("39", "25 + 14 = 39. ", "25 + 14 = 49. "),
}
PADDING = (
    "Let me think about this carefully. I will work through it step by step, and then check my work again to be sure. "
)
ASIDE = "My favourite colour is blue, because the sky is blue. <answer>blue</answer>"


@pytest.fixture(scope="module")
def smollm2() -> Iterator[TransformersEngine]:
    engine = TransformersEngine.load("smollm2-135m", device="cpu")
    yield engine
    engine.close()


def answered(engine: Engine, question: str, gold: str, texts: list[str]) -> Group:
    """The texts as if the model had written them."""
    prompt = (Message("user", question),)
    start = engine.encode(prompt)
    group = a_group([1.0] * len(texts), texts=texts)
    rollouts = [
        msgspec.structs.replace(rollout, token_ids=engine.encode(prompt, text)[len(start) :])
        for rollout, text in zip(group.rollouts, texts, strict=True)
    ]
    task = msgspec.structs.replace(group.task, prompt=prompt, answer=gold)
    return msgspec.structs.replace(group, task=task, prompt_ids=start, rollouts=tuple(rollouts))


@pytest.mark.slow
def test_a_short_answer_to_the_question_is_aligned_padding_less_and_an_aside_not_at_all(
    smollm2: TransformersEngine,
) -> None:
    groups = []
    for question, (gold, right, wrong) in list(CASES.items())[:2]:
        texts = [f"{right}<answer>{gold}</answer>", f"{PADDING}{right}<answer>{gold}</answer>", wrong, ASIDE]
        groups.append(answered(smollm2, question, gold, texts))
    for values in self_aligned_values(groups, smollm2, ""):
        short, padded, wrong, aside = (value for value in values if value is not None)
        assert short > padded > aside
        assert wrong > aside  # right from wrong, as the paper's models do, one of this size does not tell


@pytest.mark.slow
def test_reasoning_that_finds_the_answer_makes_it_likelier_than_reasoning_that_errs(
    smollm2: TransformersEngine,
) -> None:
    groups = [
        answered(smollm2, question, gold, [f"{right}<answer>", f"{wrong}<answer>", "<answer>"])
        for question, (gold, right, wrong) in CASES.items()
    ]
    told = reference_values(groups, smollm2, "")
    assert fmean(values[0] or 0.0 for values in told) > fmean(values[1] or 0.0 for values in told) + 0.05
    assert all(values[2] == 0.0 for values in told)
    assert all(0 <= (value or 0.0) <= 1 for values in told for value in values)
