"""Every curriculum: goes on exactly from its state, draws what it says, and moves where it should."""

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import torch
from pydantic import TypeAdapter
from torch import Tensor

from pipeline.seeding import generator
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import CurriculumRow, Rollout, Task
from tests.trainer.records import a_rollout, measured_row
from trainer.config import TrainConfig
from trainer.curriculum import Curriculum, open_curriculum
from trainer.curriculum.bandits import Dump, Sec, softmax
from trainer.curriculum.candidates import Value
from trainer.loop import train
from trainer.orders import Order
from trainer.passrates import PassRates
from trainer.record import read_metrics
from trainer.rollout import Group
from trainer.tasks import TaskError, measured_in

ORDERS: dict[str, Any] = {
    "shuffled": "shuffled",
    "given": "given",
    "staged": {"kind": "staged", "stages": 3, "steps": 2},
    "retained": {"kind": "retained", "broad_steps": 2, "share": 0.2, "refresh": 2},
    "cyclical": {"kind": "cyclical", "steps": 3},
    "sec": {"kind": "sec"},
    "dump": {"kind": "dump"},
    "variance": {"kind": "variance"},
    "value": {"kind": "value"},
}
LEVELS = 5


def ladder(some_tasks: Callable[..., list[Task]], each: int = 8) -> list[Task]:
    """Tasks on five levels; the family's own levels do not matter here."""
    return [
        msgspec.structs.replace(task, level=1 + place // each) for place, task in enumerate(some_tasks(LEVELS * each))
    ]


def measured(tasks: Sequence[Task]) -> dict[str, tuple[int, int]]:
    """The higher the level, the rarer a success."""
    return {task.id: (2 * (LEVELS - task.level), 8) for task in tasks}


def states_of(tasks: Sequence[Task]) -> Tensor:
    """States in which the level can be read, among noise of each task's own."""
    rows = [
        [task.level / LEVELS, 1.0, *(generator(0, "state", task.id).gauss(0, 0.3) for _ in range(6))] for task in tasks
    ]
    return torch.tensor(rows)


def opened(order: Any, tasks: list[Task], rates: PassRates, quotas: dict[str, float] | None = None) -> Curriculum:
    return open_curriculum(TypeAdapter(Order).validate_python(order), quotas or {}, tasks, rates, states_of, 3)


def group_of(task: Task, rollout: Rollout, scores: Sequence[float | None]) -> Group:
    rollouts = tuple(msgspec.structs.replace(rollout, task_id=task.id, score=score) for score in scores)
    return Group(task=task, prompt_ids=(5,), rollouts=rollouts)


@pytest.fixture
def rollout() -> Rollout:
    return a_rollout()


def seen(tasks: Sequence[Task], rollout: Rollout, step: int, chance: Callable[[Task], float]) -> list[Group]:
    """Eight rollouts a task, right with its chance."""
    rng = Random(step)
    return [group_of(task, rollout, [float(rng.random() < chance(task)) for _ in range(8)]) for task in tasks]


def by_level(task: Task) -> float:
    return 1 - task.level / (LEVELS + 1)


@pytest.mark.parametrize("quotas", [{}, {"a": 0.25, "b": 0.75}], ids=["all", "quotas"])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("stop", [1, 3, 4])
def test_a_curriculum_goes_on_exactly_from_its_state(
    some_tasks: Callable[..., list[Task]], rollout: Rollout, order: Any, quotas: dict[str, float], stop: int
) -> None:
    tasks = ladder(some_tasks)
    if quotas:
        tasks = [msgspec.structs.replace(task, domain="ab"[place % 2]) for place, task in enumerate(tasks)]

    def begun() -> tuple[PassRates, Curriculum]:
        rates = PassRates(tasks, measured(tasks))
        return rates, opened(order, tasks, rates, quotas)

    def steps(rates: PassRates, curriculum: Curriculum, numbers: range) -> list[list[str]]:
        drawn = []
        for step in numbers:
            chosen = curriculum.next(6, step)
            groups = seen(chosen, rollout, step, by_level)
            rates.observe(groups)
            curriculum.observe(groups)
            drawn.append([task.id for task in chosen])
        return drawn

    straight = steps(*begun(), range(1, 8))
    rates, curriculum = begun()
    before = steps(rates, curriculum, range(1, stop + 1))
    saved = json.loads(json.dumps([rates.state(), curriculum.state()]))
    rates, curriculum = begun()
    rates.restore(saved[0])
    curriculum.restore(saved[1])
    assert before + steps(rates, curriculum, range(stop + 1, 8)) == straight
    assert all(math.isfinite(value) for value in curriculum.metrics().values())
    assert all(len(chosen) == 6 for chosen in straight)


def test_each_epoch_is_a_shuffle_of_its_own(some_tasks: Callable[..., list[Task]]) -> None:
    tasks = some_tasks(20)
    order = opened("shuffled", tasks, PassRates(tasks, {}))
    first, second = order.next(20, 1), order.next(20, 2)
    everything = sorted(task.id for task in tasks)
    assert sorted(task.id for task in first) == sorted(task.id for task in second) == everything
    assert first != second
    assert first != tasks


def test_the_given_order_is_kept(some_tasks: Callable[..., list[Task]]) -> None:
    tasks = some_tasks(3)
    assert opened("given", tasks, PassRates(tasks, {})).next(7, 1) == [*tasks, *tasks, tasks[0]]


def test_stages_open_harder_tasks_and_keep_the_easy_ones(some_tasks: Callable[..., list[Task]]) -> None:
    tasks = ladder(some_tasks)
    order = opened({"kind": "staged", "stages": LEVELS, "steps": 2}, tasks, PassRates(tasks, measured(tasks)))
    for step in range(1, 14):
        levels = {task.level for task in order.next(40, step)}
        assert levels == set(range(1, min(LEVELS, 1 + (step - 1) // 2) + 1))


def test_the_hardest_are_those_that_training_finds_so(some_tasks: Callable[..., list[Task]], rollout: Rollout) -> None:
    """The shards say level 5 is hardest; in training it is level 1 that is never solved."""
    tasks = ladder(some_tasks)
    rates = PassRates(tasks, measured(tasks))
    order = opened({"kind": "retained", "broad_steps": 1, "share": 0.2, "refresh": 1}, tasks, rates)
    assert {task.level for task in order.next(40, 1)} == set(range(1, LEVELS + 1))
    for step in range(2, 6):
        rates.observe(seen(tasks, rollout, step, lambda task: float(task.level != 1)))
    assert {task.level for task in order.next(8, 6)} == {1}


def test_a_cycle_widens_and_begins_again(some_tasks: Callable[..., list[Task]]) -> None:
    tasks = ladder(some_tasks)
    order = opened({"kind": "cyclical", "steps": 5, "start": 0.2}, tasks, PassRates(tasks, measured(tasks)))
    hardest = [max(task.level for task in order.next(40, step)) for step in range(1, 11)]
    assert hardest == [1, 2, 3, 4, 5] * 2


def test_sec_by_hand(some_tasks: Callable[..., list[Task]], rollout: Rollout) -> None:
    tasks = ladder(some_tasks)
    order = Sec(tasks, PassRates(tasks, {}), lambda task: str(task.level), 3, rate=0.5, temperature=1.0)
    assert order.values == dict.fromkeys("12345", 1.0)  # E|A| at one half, for want of a measurement
    size = 0.5 / (4 * 0.25 / 3) ** 0.5
    order.observe([group_of(tasks[0], rollout, [1.0, 0.0, 1.0, None, 0.0]), group_of(tasks[-1], rollout, [0.0, 0.0])])
    assert order.values == pytest.approx({"1": 0.5 + 0.5 * size, "2": 1.0, "3": 1.0, "4": 1.0, "5": 0.5})


def test_dump_by_hand(some_tasks: Callable[..., list[Task]], rollout: Rollout) -> None:
    tasks = ladder(some_tasks)
    order = Dump(tasks, lambda task: str(task.level), 3, window=6, temperature=0.1)
    order.observe([group_of(tasks[0], rollout, [1.0, 0.0]), group_of(tasks[0], rollout, [0.0] * 6)])
    bonus = 2 * math.log(9)
    assert order.values["1"] == pytest.approx(0.0 + math.sqrt(bonus / 9))  # the window holds the last six
    assert order.values["2"] == pytest.approx(math.sqrt(bonus))
    assert max(order.values, key=order.values.__getitem__) != "1"
    assert sum(softmax(order.values, 0.1).values()) == pytest.approx(1.0)


def practised(step: int, task: Task) -> float:
    return 1 / (1 + math.exp(3 * (task.level - 1 - 0.08 * step)))


@pytest.mark.parametrize("kind", ["sec", "dump"])
def test_a_bandit_follows_a_learner_from_easy_to_hard(
    some_tasks: Callable[..., list[Task]], rollout: Rollout, kind: str
) -> None:
    """A learner whose level 1 is at one half and whose levels rise one after the other with practice."""
    tasks = ladder(some_tasks)
    order = opened({"kind": kind}, tasks, PassRates(tasks, {}))
    shares: list[Counter[int]] = []
    for step in range(1, 61):
        chosen = order.next(16, step)
        shares.append(Counter(task.level for task in chosen))
        order.observe(seen(chosen, rollout, step, partial(practised, step)))
    early, late = sum(shares[3:13], Counter()), sum(shares[50:], Counter())
    assert early[1] > 1.4 * early[5]
    assert late[1] < late[5]
    assert late[1] < 0.6 * early[1]
    assert len(late) == LEVELS, "no level is given up for good"


def test_the_value_head_learns_to_read_difficulty_and_aims_at_one_half(
    some_tasks: Callable[..., list[Task]], rollout: Rollout
) -> None:
    tasks = ladder(some_tasks, each=40)
    order = Value(tasks, states_of, 3, candidates=4, target=0.5)
    assert order.values(tasks[:3]) == [0.5] * 3
    near: list[float] = []
    for step in range(1, 31):
        chosen = order.next(8, step)
        near.append(sum(abs(by_level(task) - 0.5) for task in chosen) / len(chosen))
        order.observe(seen(chosen, rollout, step, by_level))
    told = torch.tensor(order.values(tasks))
    true = torch.tensor([by_level(task) for task in tasks])
    assert torch.corrcoef(torch.stack([told, true]))[0, 1] > 0.7
    assert sum(near[-10:]) < 0.75 * sum(near[:3]) / 3 * 10


def test_variance_prefers_what_is_neither_known_to_be_solved_nor_to_be_dead(
    some_tasks: Callable[..., list[Task]], rollout: Rollout
) -> None:
    tasks = ladder(some_tasks)
    rates = PassRates(tasks, {task.id: (round(8 * by_level(task)), 8) for task in tasks})
    order = opened({"kind": "variance", "candidates": 5}, tasks, rates)
    assert {task.level for task in order.next(8, 1)} == {3}


def test_quotas_hold_at_every_moment(some_tasks: Callable[..., list[Task]]) -> None:
    tasks = [msgspec.structs.replace(task, domain="abc"[place % 3]) for place, task in enumerate(some_tasks(30))]
    shares = {"a": 0.5, "b": 0.3, "c": 0.2}
    order = opened("shuffled", tasks, PassRates(tasks, {}), shares)
    drawn: Counter[str] = Counter()
    for step in range(1, 30):
        drawn.update(task.domain for task in order.next(7, step))
        for name, share in shares.items():
            assert abs(drawn[name] - share * sum(drawn.values())) < 1


def test_beliefs_begin_with_the_shards_and_follow_what_is_seen(
    some_tasks: Callable[..., list[Task]], rollout: Rollout
) -> None:
    solved, dead, unknown = some_tasks(3)
    rates = PassRates([solved, dead, unknown], {solved.id: (64, 64), dead.id: (0, 64)})
    assert rates.mean(unknown) == 0.5
    assert rates.mean(solved) == pytest.approx(8.5 / 9)  # 64 rollouts of older weights count for eight
    assert rates.variance(unknown) == pytest.approx(0.125)
    for _ in range(4):
        rates.observe([group_of(dead, rollout, [1.0] * 8), group_of(unknown, rollout, [None, None])])
    assert rates.mean(dead) > 0.9
    assert rates.first_mean(dead) < 0.1
    assert rates.mean(unknown) == 0.5


def test_shards_tell_what_was_measured(some_tasks: Callable[..., list[Task]], tmp_path: Path) -> None:
    (task,) = some_tasks(1)
    write_whole(str(tmp_path / "rows.parquet"), shard_bytes([measured_row(task, 4, 9)], CurriculumRow)[0])
    assert measured_in([str(tmp_path / "rows.parquet")]) == {task.id: (4, 9)}
    write_whole(str(tmp_path / "bare.parquet"), shard_bytes([task], Task)[0])
    assert measured_in([str(tmp_path / "bare.parquet")]) == {}


def weights_of(config: TrainConfig) -> bytes:
    return (Path(config.output) / "checkpoints/step-000004/model/model.safetensors").read_bytes()


@pytest.mark.usefixtures("share_of_digits")
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_training_resumes_bit_for_bit_under_every_curriculum(a_run: Callable[..., Any], order: Any) -> None:
    shape: dict[str, Any] = {
        "order": order,
        "updates_per_rollout": 2,
        "evaluation": None,
        "gate": {"low": 0.05, "high": 0.95, "most": 2},
        "budget": {"low": 2, "high": 6},
    }
    straight = a_run("straight", **shape)
    train(straight)
    for stop in (1, 2):
        train(a_run(f"stopped_{stop}", steps=stop, **shape))
        train(a_run(f"stopped_{stop}", **shape))
        weights = [
            Path(a_run(name).output) / "checkpoints/step-000004/model" for name in ("straight", f"stopped_{stop}")
        ]
        assert (weights[0] / "model.safetensors").read_bytes() == (weights[1] / "model.safetensors").read_bytes()
    lines = read_metrics(Path(straight.output))
    assert [line.sampled is not None for line in lines] == [True, False, True, False]
    assert all(2 <= line.completions <= 12 for line in lines)


@pytest.mark.usefixtures("share_of_digits")
def test_a_gate_fills_the_step_with_groups_that_teach_or_says_that_it_could_not(a_run: Callable[..., Any]) -> None:
    config = a_run("wide", steps=2, evaluation=None, gate={"low": 0.0, "high": 1.0, "most": 5})
    train(config)
    for line in read_metrics(Path(config.output)):
        assert line.sampled is not None
        assert line.sampled.admitted == 2
        assert line.zero_variance == 0.0
    shut = a_run("shut", steps=1, evaluation=None, gate={"low": 1.0, "high": 1.0, "most": 3})
    train(shut)
    (line,) = read_metrics(Path(shut.output))
    assert line.sampled is not None
    assert (line.sampled.admitted, line.sampled.groups) == (0, 6)
    assert line.completions == 6


def test_domains_without_a_share_are_refused(a_run: Callable[..., Any]) -> None:
    with pytest.raises(TaskError, match="quotas names logic and the shards hold arithmetic"):
        train(a_run("quotas", quotas={"logic": 1.0}))
