"""Held-out evaluation: the same samples each time, every split apart, and what a run writes down of it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from generators.judging import judge_here
from pipeline.statistics import wilson
from pipeline.store import read_shards
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Rollout, Task
from tests.trainer.conftest import bare_tasks
from tests.trainer.records import a_rollout
from tests.trainer.test_rollout import SAMPLING, Backwards
from trainer.config import EvaluationConfig, TrainConfig
from trainer.evaluate import evaluation_of, held_out_rollouts
from trainer.loop import train
from trainer.record import cut_after, read_evaluations
from trainer.tasks import TaskError

ARun = Callable[..., TrainConfig]


def test_an_evaluation_counts_right_answers_and_is_the_same_each_time() -> None:
    tasks = bare_tasks(30)
    engine = Backwards(["</answer>", "000</answer>", *(f"{task.answer}</answer>" for task in tasks[:1])])
    first, again = (held_out_rollouts(engine, tasks, SAMPLING, judge_here, seed=1, samples=3) for _ in range(2))
    assert first == again
    assert [rollout.task_id for rollout in first] == [task.id for task in tasks for _ in range(3)]
    assert len({rollout.seed for rollout in first}) == 90
    told = evaluation_of(4, "held_out", tasks, first)
    assert (told.step, told.tasks, told.samples, set(told.pass_at)) == (4, 30, 3, {2})


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40))
def test_with_one_sample_a_task_the_interval_is_wilsons_of_the_right_ones(scores: list[float]) -> None:
    tasks = [msgspec.structs.replace(TASK, id=str(place)) for place in range(len(scores))]
    made = [a_rollout(task_id=task.id, score=score) for task, score in zip(tasks, scores, strict=True)]
    told = evaluation_of(0, "held_out", tasks, made)
    assert told.accuracy == pytest.approx(sum(scores) / len(scores))
    assert (told.low, told.high) == pytest.approx(wilson(sum(scores), len(scores)))
    assert (told.samples, told.pass_at, told.cells) == (1, {}, ())


(TASK,) = bare_tasks(1)


def test_families_and_levels_are_told_apart_where_there_are_several() -> None:
    first, second = TASK, msgspec.structs.replace(TASK, id="other", level=5)
    made = [a_rollout(task_id=first.id, score=1.0), a_rollout(task_id=second.id, score=0.0)]
    told = evaluation_of(0, "ood", [first, second], made)
    assert [(cell.split, cell.level, cell.pass_at_1) for cell in told.cells] == [("ood", 2, 1.0), ("ood", 5, 0.0)]


@pytest.mark.usefixtures("share_of_digits")
def test_a_run_evaluates_every_split_apart_and_keeps_the_rollouts(a_run: ARun, tmp_path: Path) -> None:
    further = bare_tasks(5, seed=7)
    write_whole(str(tmp_path / "ood.parquet"), shard_bytes(further, Task)[0])
    held_out = str(tmp_path / "held_out.parquet")
    evaluation = {"shards": [held_out], "splits": {"ood": [str(tmp_path / "ood.parquet")]}, "every": 2, "samples": 2}
    config = a_run("run", steps=2, evaluation=evaluation)
    train(config)
    output = Path(config.output)
    told = read_evaluations(output)
    assert [(each.step, each.split, each.tasks) for each in told] == [
        (0, "held_out", 3),
        (0, "ood", 5),
        (2, "held_out", 3),
        (2, "ood", 5),
    ]
    assert all(each.pass_at.keys() == {2} for each in told)
    made = list(read_shards(str(output / "evaluations" / "ood" / "step-000002.parquet"), Rollout))
    assert [rollout.task_id for rollout in made] == [task.id for task in further for _ in range(2)]
    assert {rollout.revision.rpartition("+")[2] for rollout in made} == {"step2"}
    cut_after(output, step=1)
    assert [each.step for each in read_evaluations(output)] == [0, 0]
    kept = sorted(str(path.relative_to(output)) for path in output.glob("evaluations/*/*"))
    assert kept == ["evaluations/held_out/step-000000.parquet", "evaluations/ood/step-000000.parquet"]


@pytest.mark.usefixtures("share_of_digits")
def test_a_run_that_was_stopped_evaluates_as_the_one_that_never_was(a_run: ARun) -> None:
    """Stopped after step 3, which was evaluated as its last: that evaluation is no part of the longer run."""
    train(a_run("straight"))
    train(a_run("stopped", steps=3))
    train(a_run("stopped"))
    straight, stopped = (Path(a_run(name).output) for name in ("straight", "stopped"))
    assert [each for each in read_evaluations(stopped) if each.step != 3] == read_evaluations(straight)
    files = [path.relative_to(straight) for path in straight.glob("evaluations/*/*")]
    assert len(files) == 3
    for path in files:
        assert (straight / path).read_bytes() == (stopped / path).read_bytes()


def test_a_problem_of_any_split_that_is_trained_on_is_refused(a_run: ARun, tmp_path: Path) -> None:
    splits = {"ood": [str(tmp_path / "train.parquet")]}
    with pytest.raises(TaskError, match="9 held-out problems are also in the training shards"):
        train(a_run("run", evaluation={"shards": [str(tmp_path / "held_out.parquet")], "splits": splits}))


@pytest.mark.parametrize("splits", [{"held_out": ["x"]}, {"": ["x"]}, {"../up": ["x"]}, {"ood": []}])
def test_splits_need_names_of_their_own_and_shards(splits: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError):
        EvaluationConfig(shards=["s"], splits=splits)
