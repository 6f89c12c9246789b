"""Scores of several samples a task: by hand, and against drawing at random."""

from collections.abc import Callable
from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics import pass_at
from schemas import Rollout, Task
from tests.trainer.records import a_rollout
from trainer.scores import scores_of, support


def rollout(task: str, sample: int, answer: str | None, score: float | None, tokens: int = 10) -> Rollout:
    return a_rollout(
        task_id=task,
        sample=sample,
        completion_tokens=tokens,
        finish="length" if answer is None else "stop",
        score=score,
        reason="correct" if score == 1.0 else "wrong",
        extracted=answer,
    )


def answered(task: str, *answers: tuple[str | None, float | None]) -> list[Rollout]:
    return [rollout(task, sample, *answer) for sample, answer in enumerate(answers)]


@given(st.integers(1, 8), st.data())
def test_pass_at_k_is_the_share_of_draws_that_hold_a_right_one(samples: int, data: st.DataObject) -> None:
    right, k = data.draw(st.integers(0, samples)), data.draw(st.integers(1, samples))
    draws = list(combinations([True] * right + [False] * (samples - right), k))
    assert pass_at(samples, right, k) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_scores_by_hand(some_tasks: Callable[..., list[Task]]) -> None:
    first, second = some_tasks(2)
    second = msgspec.structs.replace(second, level=5)
    made = [
        *answered(first.id, ("7", 1.0), ("8", 0.0), ("7", 1.0), (None, 0.0)),
        *answered(second.id, ("1", 0.0), ("1", 0.0), ("2", 1.0), ("3", None)),
    ]
    total, low, high = scores_of([first, second], made)
    assert (total.family, total.tasks, total.samples, total.undecided) == ("all", 2, 8, 1)
    assert total.pass_at_1 == pytest.approx((0.5 + 1 / 3) / 2)
    assert total.pass_at == {2: pytest.approx((pass_at(4, 2, 2) + pass_at(3, 1, 2)) / 2)}
    assert total.majority == 0.5
    assert total.tokens_per_right == pytest.approx(80 / 3)
    assert total.truncated == pytest.approx(1 / 8)
    assert (low.level, low.pass_at_1, low.majority) == (first.level, 0.5, 1.0)
    assert (high.level, high.majority) == (5, 0.0)


def test_equally_common_answers_share_the_vote(some_tasks: Callable[..., list[Task]]) -> None:
    (task,) = some_tasks(1)
    assert scores_of([task], answered(task.id, ("7", 1.0), ("8", 0.0)))[0].majority == 0.5


def test_a_task_without_any_answer_counts_as_wrong_in_the_vote(some_tasks: Callable[..., list[Task]]) -> None:
    first, second = some_tasks(2)
    made = [*answered(first.id, ("7", 1.0)), *answered(second.id, (None, 0.0))]
    assert scores_of([first, second], made)[0].majority == 0.5


def test_samples_of_one_task_do_not_narrow_the_interval_as_other_tasks_do(
    some_tasks: Callable[..., list[Task]],
) -> None:
    """Twenty tasks, half solved always, half never: as many trials as tasks, not as samples."""
    tasks = some_tasks(20)
    made = [each for place, task in enumerate(tasks) for each in answered(task.id, *[("7", float(place < 10))] * 16)]
    total = scores_of(tasks, made)[0]
    assert total.low is not None
    assert total.high is not None
    assert total.high - total.low > 0.35
    assert total.low < 0.5 < total.high


def test_nothing_judged_is_none_not_nought(some_tasks: Callable[..., list[Task]]) -> None:
    (task,) = some_tasks(1)
    total = scores_of([task], answered(task.id, ("7", None)))[0]
    assert (total.pass_at_1, total.low, total.majority, total.tokens_per_right) == (None, None, None, None)
    assert total.pass_at == {}
    assert total.undecided == 1


def test_support_gained_and_lost_is_of_tasks_in_both() -> None:
    before = [*answered("a", ("7", 1.0)), *answered("b", ("7", 0.0)), *answered("c", ("7", 1.0))]
    after = [*answered("a", ("7", 0.0)), *answered("b", ("7", 0.0), ("8", 1.0)), *answered("d", ("7", 1.0))]
    change = support(before, after)
    assert (change.gained, change.lost) == (("b",), ("a",))
