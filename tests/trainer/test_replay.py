"""Replay of rare successes: what is kept, where it is put, and that its ratio is to the weights that sampled it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store import read_shards
from schemas import Rollout, Task, Verdict
from tests.trainer.conftest import bare_tasks
from tests.trainer.records import a_rollout
from trainer.batch import collate
from trainer.config import GateConfig, LossConfig, ReplayConfig, TrainConfig
from trainer.gate import admits
from trainer.loop import train
from trainer.passrates import PassRates
from trainer.record import read_metrics
from trainer.replay import kept, with_success
from trainer.rollout import Group
from trainer.rows import rows_of
from trainer.update import batch_loss

TASKS = bare_tasks(6)
Score = float | None


def a_group(task: Task, scores: Sequence[Score], seed: int = 0) -> Group:
    rollouts = tuple(
        a_rollout(task_id=task.id, score=score, seed=seed + number, logprobs=(-1.0,))
        for number, score in enumerate(scores)
    )
    return Group(task=task, prompt_ids=(1,), rollouts=rollouts)


def config(**fields: Any) -> ReplayConfig:
    return ReplayConfig.model_validate(fields)


def run_config(**fields: Any) -> TrainConfig:
    return TrainConfig.model_validate({"model": "m", "shards": ["s"], "output": "o", "replay": {}} | fields)


scores = st.lists(st.sampled_from([0.0, 0.5, 1.0, None]), min_size=1, max_size=4)
samplings = st.lists(st.lists(st.tuples(st.integers(0, 5), scores), max_size=4), max_size=6)


@given(samplings, st.integers(1, 4), st.sampled_from([0.1, 0.3, 1.0]))
def test_the_newest_success_of_each_hard_task_is_kept_and_no_more_than_there_is_room_for(
    table: list[list[tuple[int, list[Score]]]], capacity: int, below: float
) -> None:
    rates = PassRates(TASKS, {})
    successes: list[Rollout] = []
    newest: dict[str, Rollout] = {}
    for number, sampling in enumerate(table):
        groups = [a_group(TASKS[at], own, seed=100 * number + 10 * place) for place, (at, own) in enumerate(sampling)]
        rates.observe(groups)
        successes = kept(successes, groups, rates, config(capacity=capacity, below=below))
        for group in groups:
            for rollout in group.rollouts:
                if rollout.score == 1.0 and rates.mean(group.task) <= below:
                    newest[group.task.id] = rollout
    assert len(successes) <= capacity
    assert len({rollout.task_id for rollout in successes}) == len(successes)
    assert [rollout.seed for rollout in successes] == sorted(rollout.seed for rollout in successes)
    assert all(rollout.score == 1.0 for rollout in successes)
    assert all(newest[rollout.task_id] == rollout for rollout in successes)


def test_solved_tasks_and_partial_answers_are_not_kept() -> None:
    rates = PassRates(TASKS, {})
    groups = [a_group(TASKS[0], [1.0] * 4), a_group(TASKS[1], [0.5, 0.0]), a_group(TASKS[2], [1.0, *[0.0] * 9])]
    rates.observe(groups)
    assert [rollout.task_id for rollout in kept([], groups, rates, config())] == [TASKS[2].id]


def test_only_a_group_that_is_all_wrong_gets_one_of_its_own_task() -> None:
    own, other = (a_rollout(task_id=TASKS[at].id, score=1.0, seed=7) for at in (0, 1))
    wrong, mixed = a_group(TASKS[0], [0.0, None]), a_group(TASKS[0], [0.0, 0.2])
    got = with_success(wrong, [other, own])
    assert got.rollouts == (*wrong.rollouts, own)
    assert (got.replayed, got.fresh) == (1, wrong.rollouts)
    assert with_success(mixed, [own]) == mixed
    assert with_success(wrong, [other]).rollouts == wrong.rollouts


def replayed_group(read: bool) -> Group:
    """One wrong completion and a replayed right one, which older weights gave a log-probability of -2 a token."""
    right = a_rollout(task_id=TASKS[0].id, score=1.0, token_ids=(4, 5), logprobs=(-2.0, -2.0), completion_tokens=2)
    group = with_success(a_group(TASKS[0], [0.0]), [right])
    readings = ((-1.0,), (-1.5, -1.5)) if read else ()
    return msgspec.structs.replace(group, old_logprobs=readings, entropies=((0.5,), (0.5, 0.5)) if read else ())


def test_the_ratio_of_a_replayed_completion_is_to_the_weights_that_sampled_it() -> None:
    for loss, read in (({}, False), ({"entropy_share": 0.9}, True)):
        fresh, again = rows_of([replayed_group(read)], run_config(loss=loss))
        assert list(again.old_logprobs) == [-2.0, -2.0]
        assert (fresh.replayed, again.replayed) == (False, True)
        assert list(fresh.old_logprobs) == [-1.0]


def test_with_mismatch_weights_it_is_corrected_by_learner_over_sampler() -> None:
    _, again = rows_of([replayed_group(read=True)], run_config(loss={"mismatch": "token_truncate"}))
    assert list(again.old_logprobs) == [-1.5, -1.5]
    assert list(again.sampler_logprobs) == [-2.0, -2.0]


@pytest.mark.parametrize(("now", "moves"), [(-2.6, True), (-2.0, True), (-1.9, True), (-1.5, False)])
def test_a_replayed_completion_that_has_become_likely_enough_earns_no_more(now: float, moves: bool) -> None:
    """DAPO's bound is 1.28 times as likely; below it the gradient is the ratio times the advantage."""
    _, again = rows_of([replayed_group(read=False)], run_config())
    batch = collate([again], torch.device("cpu"))
    logprobs = torch.full_like(batch.old_logprobs, now).requires_grad_()
    batch_loss(logprobs, batch, run_config()).value.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    ratio = torch.tensor(now + 2.0).exp()
    expected = -again.weight * torch.tensor(again.advantages) * ratio if moves else torch.zeros(2)
    torch.testing.assert_close(logprobs.grad[0], expected)


def test_a_loss_without_a_ratio_is_refused() -> None:
    with pytest.raises(ValueError, match="rloo has no ratio"):
        run_config(loss=LossConfig(variant="rloo").model_dump())
    run_config(loss={"variant": "rloo", "mismatch": "sequence_truncate"})


@pytest.fixture
def rarely_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model is right about once in eight completions."""

    def verdict(task: Task, response: str) -> Verdict:
        right = sum(map(ord, response)) % 8 == 0
        return Verdict(score=float(right), reason="correct" if right else "wrong")

    monkeypatch.setattr("generators.judging.verify", verdict)


@pytest.mark.usefixtures("rarely_right")
def test_a_run_learns_from_what_was_right_before(a_run: Callable[..., TrainConfig]) -> None:
    shape: dict[str, Any] = {"steps": 8, "prompts_per_step": 3, "evaluation": None, "doctor": "warn", "lr": 1e-4}
    told = a_run("run", replay={"below": 0.6}, **shape)
    train(told)
    lines = read_metrics(Path(told.output))
    again = [line for line in lines if line.sampled and line.sampled.replayed]
    assert again
    for line in again:
        assert line.outcome == "updated"
        assert line.sampled is not None
        assert line.sampled.left_wrong < line.sampled.all_wrong
        assert line.completions == 9
    assert max(line.sampler_gap_max or 0.0 for line in lines) < 1e-4  # what is replayed does not count as a gap
    written = list(read_shards(str(Path(told.output) / "rollouts"), Rollout))
    assert len({rollout.seed for rollout in written}) == len(written) == 8 * 9


def test_the_default_gate_lets_a_group_in_that_was_helped_and_no_other_of_that_mean() -> None:
    alone = a_group(TASKS[0], [0.0] * 8)
    success = a_rollout(task_id=TASKS[0].id, score=1.0)
    assert not admits(GateConfig(), alone)
    assert admits(GateConfig(), with_success(alone, [success]))
    assert not admits(GateConfig(), a_group(TASKS[0], [0.0] * 8 + [1.0]))
