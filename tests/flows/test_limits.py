"""A budget over shards: never passed, what one shard leaves is the next ones', the same however often it is killed."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import flows.rollout
from filters.beta import JEFFREYS
from filters.difficulty import Tally, difficulty_of
from flows.asking import Alone
from flows.choose import chances
from flows.config import RunConfig
from flows.rollout import after, grade_shard, limits_of, roll_out_shards
from generators.judging import judge_here
from pipeline.store import Stage, open_run
from schemas import Difficulty, Rollout, Task
from tests.filters.scripted import KilledError, ScriptedEngine, scripted, sums

SHARDS, TASKS = 3, 12
LIMITS = {"max_rollouts": 330, "max_completion_tokens": 7_500}


class _Now:
    """A Prefect task that is done at once, in this thread."""

    def submit(self, *given: Any) -> SimpleNamespace:
        done = grade_shard.fn(*given)
        return SimpleNamespace(result=lambda: done)


@pytest.fixture(autouse=True)
def without_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows.rollout, "grade_shard", _Now())
    monkeypatch.setattr(flows.rollout, "take_first", lambda under_way: under_way.pop())


def config_of(folder: Path, limit: str | None) -> RunConfig:
    given = {
        "name": "run",
        "output": str(folder),
        "tasks": {"sources": [{"family": "arithmetic.chain", "count": 1}]},
        "sampling": {"max_tokens": 32},
        "difficulty": {"prior": "jeffreys"} | ({} if limit is None else {limit: LIMITS[limit]}),
    }
    return RunConfig.model_validate(given)


def stages(config: RunConfig) -> tuple[Stage[Task], Stage[Rollout], Stage[Difficulty]]:
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    unique = run.stage("unique", Task, count=SHARDS, key={})
    for shard in unique.missing():
        unique.write(shard, _tasks()[shard * TASKS : (shard + 1) * TASKS])
    return unique, *(run.stage(name, kind, count=SHARDS, key={}) for name, kind in _MADE)  # type: ignore[return-value]


_MADE: tuple[tuple[str, Any], ...] = (("rollouts", Rollout), ("difficulty", Difficulty))


def _tasks() -> list[Task]:
    return sums(SHARDS * TASKS)


def engine_of(lives: int | None = None) -> ScriptedEngine:
    """The first shard's tasks are all too hard, which is found soon; the others' are at the edge of the band."""
    return scripted(_tasks(), [0.0] * TASKS + [0.2] * (2 * TASKS), lives)


def roll_out(config: RunConfig, engine: Callable[[], ScriptedEngine]) -> list[Rollout]:
    unique, rollouts, graded = stages(config)
    roll_out_shards(Alone(engine, judge_here), config, unique, unique.shards(), rollouts, graded, limits_of(config))
    return list(rollouts.records())


@pytest.mark.parametrize("limit", list(LIMITS))
def test_what_a_shard_leaves_is_the_next_ones_and_the_limit_is_never_passed(tmp_path: Path, limit: str) -> None:
    config = config_of(tmp_path, limit)
    made = roll_out(config, engine_of)
    shard_of = {task.id: number // TASKS for number, task in enumerate(_tasks())}
    spent = [0] * SHARDS
    for rollout in made:
        spent[shard_of[rollout.task_id]] += 1 if limit == "max_rollouts" else rollout.completion_tokens
    part = LIMITS[limit] / SHARDS
    assert spent[0] < 0.9 * part
    assert min(spent[1:]) > part
    last_look = 8 if limit == "max_rollouts" else 8 * 32
    assert LIMITS[limit] - last_look < sum(spent) <= LIMITS[limit]
    unlimited = roll_out(config_of(tmp_path / "unlimited", None), engine_of)
    assert len(unlimited) > len(made)


@pytest.mark.parametrize("limit", list(LIMITS))
def test_a_run_killed_again_and_again_spends_the_same_on_the_same(tmp_path: Path, limit: str) -> None:
    whole = roll_out(config_of(tmp_path / "whole", limit), engine_of)
    config = config_of(tmp_path / "killed", limit)
    for lives in (1, 70, 100, 65):
        with pytest.raises(KilledError):
            roll_out(config, lambda lives=lives: engine_of(lives))  # type: ignore[misc]
    assert roll_out(config, engine_of) == whole


@pytest.mark.parametrize(("limit", "at_once"), [(None, [2, 2, 1]), ("max_rollouts", [1, 1, 1])])
def test_shards_go_side_by_side_unless_a_limit_puts_them_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str | None, at_once: list[int]
) -> None:
    seen: list[int] = []

    def take(under_way: list[Any]) -> None:
        seen.append(len(under_way))
        under_way.pop()

    monkeypatch.setattr(flows.rollout, "take_first", take)
    monkeypatch.setattr(Alone, "at_once", 2)
    made = roll_out(config_of(tmp_path / "side by side", limit), engine_of)
    assert seen == at_once
    monkeypatch.setattr(Alone, "at_once", 1)
    assert roll_out(config_of(tmp_path / "in order", limit), engine_of) == made


def test_what_is_left_is_told_by_what_is_stored(tmp_path: Path) -> None:
    config = config_of(tmp_path, "max_completion_tokens")
    made = roll_out(config, engine_of)
    _, rollouts, _ = stages(config)
    left = after(limits_of(config), rollouts, range(SHARDS))
    assert left == (None, 7_500 - sum(rollout.completion_tokens for rollout in made))


def test_tasks_are_worth_their_chance_as_the_shards_before_teach(tmp_path: Path) -> None:
    config = config_of(tmp_path, "max_rollouts")
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    hard, easy = sums(60, level=6), sums(60, level=1)
    unique = run.stage("unique", Task, count=2, key={})
    graded = run.stage("difficulty", Difficulty, count=2, key={})
    unique.write(0, hard[:30] + easy[:30])
    unique.write(1, hard[30:] + easy[30:])
    tallies = [Tally(0, 16)] * 30 + [Tally(8, 8)] * 30
    told = [
        difficulty_of(task.id, "m", "r", tally, config.difficulty, JEFFREYS)
        for task, tally in zip(hard[:30] + easy[:30], tallies, strict=True)
    ]
    graded.write(0, told)
    assert chances(config, unique, graded, 0) is None
    found = chances(config, unique, graded, 1)
    assert found is not None
    assert min(found[task.id] for task in easy[30:]) > 0.8
    assert {found[task.id] for task in hard[30:]} == {0.05}
