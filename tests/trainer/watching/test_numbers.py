"""Lines of the record as flat numbers: every number is there under a name of its own, and nothing else."""

import math

import msgspec

from tests.trainer.conftest import bare_tasks
from tests.trainer.records import a_rollout
from tests.trainer.test_doctor import HEALTHY
from trainer.evaluate import evaluation_of
from trainer.metrics import Sampled
from trainer.watching.numbers import numbers_of


def test_a_step_has_its_own_numbers_and_those_of_its_tables() -> None:
    sampled = Sampled(groups=8, admitted=6, reward_mean=None, hinted={0.25: 2})
    step = msgspec.structs.replace(HEALTHY, sampled=sampled, curriculum={"stage": 2.0}, kl=math.nan, loss=None)
    told = numbers_of(step)
    assert told["train/reward_mean"] == step.reward_mean
    assert (told["train/updated"], told["curriculum/stage"]) == (1.0, 2.0)
    assert (told["sampled/groups"], told["sampled/hinted/0.25"]) == (8.0, 2.0)
    assert {"sampled/reward_mean", "train/kl", "train/loss", "train/step", "train/outcome"}.isdisjoint(told)
    assert all(type(value) is float and math.isfinite(value) for value in told.values())
    unlearnt = numbers_of(msgspec.structs.replace(HEALTHY, outcome="no_signal"))
    assert unlearnt["train/updated"] == 0.0


def test_an_evaluation_has_those_of_its_split_and_of_its_families_and_levels() -> None:
    (task,) = bare_tasks(1)
    other = msgspec.structs.replace(task, id="other", level=5)
    made = [a_rollout(task_id=each.id, score=float(each is task)) for each in (task, other) for _ in range(2)]
    told = numbers_of(evaluation_of(3, "ood", [task, other], made))
    assert (told["ood/accuracy"], told["ood/pass_at/2"]) == (0.5, 0.5)
    assert told[f"ood/{task.family} 2"] == 1.0
    assert told[f"ood/{task.family} 5"] == 0.0
    assert {name.split("/")[0] for name in told} == {"ood"}
