"""Rollouts to be read: which are shown, and what is said of them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Message
from tests.trainer.conftest import bare_tasks
from tests.trainer.records import a_rollout
from trainer.samples import asked, picked, sample_text

PAIR = ["user", "assistant"]
scores = st.lists(st.none() | st.floats(0, 1))


@given(scores)
def test_best_median_and_worst_are_of_what_was_judged_each_once(told: list[float | None]) -> None:
    chosen = picked([a_rollout(sample=place, score=score) for place, score in enumerate(told)])
    judged = sorted(score for score in told if score is not None)
    assert len(chosen) == min(3, len(judged))
    assert len({each.sample for each in chosen.values()}) == len(chosen)
    if judged:
        assert chosen["best"].score == judged[-1]
        assert list(chosen.values()) == sorted(chosen.values(), key=lambda each: -(each.score or 0.0))
    if len(judged) > 2:
        assert (chosen["median"].score, chosen["worst"].score) == (judged[len(judged) // 2], judged[0])


@pytest.mark.parametrize("known", [True, False])
def test_a_sample_is_told_with_its_prompt_where_that_is_known(known: bool) -> None:
    (task,) = bare_tasks(1)
    rollout = a_rollout(text="12\x1b[2J", score=0.5, reason="partial", finish="length", sampling={"hint": 0.25})
    told = sample_text(rollout, task if known else None)
    assert told.startswith("score 0.50 · partial · 1 tokens, cut off · told 25% of a solution\n")
    assert told.endswith("completion\n12␛[2J")
    assert (task.prompt[-1].content in told) is known


@pytest.mark.parametrize(
    ("before", "told"),
    [([], ""), (["system"], ""), (["user", "assistant"], "1 solved example"), (["system", *PAIR * 2], "2 solved")],
)
def test_only_solved_ones_are_told_as_solved(before: list[str], told: str) -> None:
    (task,) = bare_tasks(1)
    earlier = tuple(Message(role, "what stands before") for role in before)
    said = asked(msgspec.structs.replace(task, prompt=(*earlier, *task.prompt)))
    assert said.endswith(task.prompt[-1].content)
    assert told in said
    assert ("solved" in said) == bool(told)
