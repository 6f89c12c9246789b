"""Hint escalation: which groups are asked again, with how much, and what is learnt from in the end."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from generators.arithmetic.reversed_addition import FAMILY
from generators.family import make_task
from generators.registry import family_named
from generators.worked import worked_solution
from pipeline.store import read_shards
from schemas import Rollout, Task, Verdict
from tests.trainer.records import a_rollout
from trainer.advantage import all_wrong
from trainer.config import HintConfig, TrainConfig
from trainer.hints import escalated, hinted, steps_told
from trainer.loop import train
from trainer.record import checkpoints, read_metrics
from trainer.rollout import Group, rollout_seeds
from trainer.state import read_progress

HINTS = HintConfig()
SHARES = HINTS.shares
Score = float | None


def a_task(index: int = 0, level: int = 4) -> Task:
    """Four digits: a solution of five steps, so that each of the three shares tells more than the one before."""
    return make_task(FAMILY, level=level, seed=0, index=index)


def a_group(task: Task, scores: Sequence[Score], hint: float = 0.0) -> Group:
    rollouts = tuple(a_rollout(task_id=task.id, score=score) for score in scores)
    return Group(task=task, prompt_ids=(1,), rollouts=rollouts, hint=hint)


class Asked:
    """Answers by a table: what the completions of a task score under a hint."""

    def __init__(self, table: dict[tuple[str, float], Sequence[Score]]) -> None:
        self.table, self.calls = table, list[tuple[float, list[str]]]()

    def __call__(self, tasks: Sequence[Task], counts: Sequence[int], share: float) -> list[Group]:
        self.calls.append((share, [task.id for task in tasks]))
        groups = [a_group(task, self.table.get((task.id, share), [0.0] * len(SHARES)), share) for task in tasks]
        assert [len(group.rollouts) for group in groups] == list(counts)
        return groups


def test_a_hint_under_which_nothing_has_a_verdict_has_not_helped() -> None:
    task = a_task()
    ask = Asked({(task.id, 0.25): [None, None, None], (task.id, 0.5): [None, 1.0, 0.0]})
    [now], _ = escalated([a_group(task, [0.0, 0.0, 0.0])], HINTS, ask)
    assert [share for share, _ in ask.calls] == [0.25, 0.5]
    assert now.hint == 0.5


def test_more_is_told_until_something_is_right() -> None:
    first, second, third = (a_task(index) for index in range(3))
    ask = Asked({(first.id, 0.25): [0.0, 1.0, 0.0], (second.id, 0.75): [1.0, 1.0, 1.0]})
    plain = [a_group(task, [0.0, 0.0, None]) for task in (first, second, third)]
    now, asked = escalated(plain, HINTS, ask)
    assert ask.calls == [
        (0.25, [first.id, second.id, third.id]),
        (0.5, [second.id, third.id]),
        (0.75, [second.id, third.id]),
    ]
    assert [group.hint for group in now] == [0.25, 0.75, 0.0]
    assert now[2] is plain[2]
    assert len(asked) == 7


@pytest.mark.parametrize("scores", [[0.0, 0.1, 0.0], [1.0, 1.0, 1.0], [None, None, None]])
def test_what_is_not_all_wrong_is_not_asked_again(scores: list[Score]) -> None:
    ask = Asked({})
    groups = [a_group(a_task(), scores)]
    assert escalated(groups, HINTS, ask) == (groups, [])
    assert ask.calls == []


def test_a_share_that_tells_no_more_is_not_tried() -> None:
    ask = Asked({})
    escalated([a_group(a_task(level=1), [0.0] * 3)], HINTS, ask)
    assert [share for share, _ in ask.calls] == [0.25]


def test_a_family_without_solutions_gets_no_hint() -> None:
    task = make_task(family_named("logic.zebra"), level=1, seed=0, index=0)
    ask = Asked({})
    groups = [a_group(task, [0.0] * 3)]
    assert escalated(groups, HINTS, ask) == (groups, [])
    assert ask.calls == []


outcomes = st.lists(st.sampled_from([0.0, 0.5, 1.0, None]), min_size=3, max_size=3)


@given(st.lists(st.tuples(outcomes, outcomes, outcomes, outcomes), min_size=1, max_size=5))
def test_the_first_hint_that_helps_is_what_is_learnt_from(table: list[tuple[list[Score], ...]]) -> None:
    tasks = [a_task(index) for index in range(len(table))]
    told = {
        (task.id, share): own[1 + at] for task, own in zip(tasks, table, strict=True) for at, share in enumerate(SHARES)
    }
    plain = [a_group(task, own[0]) for task, own in zip(tasks, table, strict=True)]
    now, asked = escalated(plain, HINTS, ask := Asked(told))
    for group, own in zip(now, table, strict=True):
        tried = [0.0, *SHARES]
        wanted = all_wrong(own[0])
        helps = next((at for at, scores in enumerate(own) if wanted and any(score or 0 for score in scores)), 0)
        assert group.hint == tried[helps]
        assert group.scores == own[helps]
    assert len(asked) == sum(len(tasks) for _, tasks in ask.calls)
    assert sum(all_wrong(group.scores) for group in now) <= sum(all_wrong(group.scores) for group in plain)


@pytest.mark.parametrize("name", ["arithmetic.chain", "grids.sudoku", "planning.blocks_world", "strings.word_sorting"])
def test_hints_grow_stand_last_in_the_prompt_and_never_tell_the_last_step(name: str) -> None:
    for level in (4, 6):
        task = make_task(family_named(name), level=level, seed=1, index=0)
        steps = worked_solution(task)
        told = [steps_told(task, share, 2000) for share in SHARES]
        assert all(steps[: len(some)] == some for some in told)
        assert all(0 < len(fewer) <= len(more) < len(steps) for fewer, more in pairwise(told))
        put = hinted(task, told[1])
        assert put.prompt[-1].content.startswith(task.prompt[-1].content)
        assert put.prompt[-1].content.endswith("\n".join(told[1]))
        assert (put.id, put.payload, put.answer) == (task.id, task.payload, task.answer)


def test_a_hint_is_no_longer_than_there_is_room() -> None:
    task = a_task()
    one, two, *_ = worked_solution(task)
    assert steps_told(task, 0.75, len(one)) == ()
    assert steps_told(task, 0.75, len(one) + 1) == (one,)
    assert steps_told(task, 0.75, len(one) + len(two) + 2) == (one, two)


def test_hinted_samples_have_seeds_of_their_own() -> None:
    task = a_task()
    seeds = [rollout_seeds(3, 1, [task, task], [4, 4], 0, hint) for hint in (0.0, *SHARES)]
    assert len({seed for call in seeds for own in call for seed in own}) == 4 * 2 * 4


ONLY_UNDER_A_HINT = "begins; go on"


@pytest.fixture
def right_only_under_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    def verdict(task: Task, response: str) -> Verdict:
        right = ONLY_UNDER_A_HINT in task.prompt[-1].content and len(response) % 2 == 1
        return Verdict(score=float(right), reason="correct" if right else "wrong")

    monkeypatch.setattr("generators.judging.verify", verdict)


def showing_hints(model: str) -> None:
    """The template shows the first line of a prompt and, where there is a hint, the last one."""
    signs = AutoTokenizer.from_pretrained(model)
    signs.chat_template = (
        "{% set lines = messages[-1]['content'].split('\\n') %}{{ lines[0] }}"
        f"{{% if '{ONLY_UNDER_A_HINT}' in messages[-1]['content'] %}}{{{{ lines[-1] }}}}{{% endif %}}"
    )
    signs.save_pretrained(model)


@pytest.mark.usefixtures("right_only_under_a_hint")
def test_a_run_learns_from_hints_and_believes_only_what_was_plain(a_run: Callable[..., TrainConfig]) -> None:
    shape: dict[str, Any] = {"steps": 2, "evaluation": None, "doctor": "warn", "hints": {"shares": [0.3, 0.6]}}
    config = a_run("run", **shape)
    showing_hints(config.model)
    summary = train(config)
    output = Path(config.output)
    lines = read_metrics(output)
    for line in lines:
        assert line.sampled is not None
        assert line.sampled.reward_mean == 0.0
        assert line.sampled.all_wrong == 1.0
        assert line.sampled.left_wrong < 1.0
        assert sum(line.sampled.hinted.values()) == round(2 * (1 - line.sampled.left_wrong))
        assert line.outcome == "updated"
        assert line.reward_mean
        assert line.sampler_gap_max is not None
        assert line.sampler_gap_max < 1e-4  # learnt under the very prompt that was sampled from
    written = list(read_shards(str(output / "rollouts"), Rollout))
    plain = [rollout for rollout in written if "hint" not in rollout.sampling]
    under_hint = [rollout for rollout in written if "hint" in rollout.sampling]
    assert len(plain) == 2 * 2 * 3
    assert {rollout.sampling["hint"] for rollout in under_hint} <= {0.3, 0.6}
    assert min(rollout.prompt_tokens for rollout in under_hint) > max(rollout.prompt_tokens for rollout in plain)
    assert len({rollout.seed for rollout in written}) == len(written)
    assert sum(line.sampled.completions for line in lines if line.sampled) == len(written)
    assert summary.completions == len(written)
    progress = read_progress(checkpoints(output)[-1], {})
    assert len({rollout.task_id for rollout in plain}) == len(progress.rates["seen"])
    assert all(right < 1 < wrong for right, wrong in progress.rates["seen"].values())
