"""What the report counts of a run's problems, shows of what was removed, and keeps of an encoder's vectors."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from filters.diversity import novelty
from flows.report_diversity import diversity_of, looked_into, map_of
from flows.report_frames import looked_at, task_frame
from flows.report_removed import EXAMPLES, removed_of
from flows.report_vectors import NAME, embedded
from pipeline.store import Run, Stage, load_run, open_run
from schemas import Removed, Task
from tests.flows.graded_run import made_run, tasks_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run in which two tasks more were removed: the same problem of another run."""
    folder = tmp_path_factory.mktemp("run")
    made = load_run(made_run(folder).url)
    run = open_run(f"{folder}/again", config={}, seed=3)
    unique, removed = list(stage_of(made, "unique", Task).records()), list(removed_in(made).records())
    others = [task for task in unique if task.family == "logic.zebra"][:2]
    removed += [
        Removed(
            **msgspec.structs.asdict(task),
            kept_id="elsewhere",
            method="index",
            score=1.0,
            reason="seen in a former run",
        )
        for task in others
    ]
    unique = [task for task in unique if task not in others]
    for name, record, rows in (("unique", Task, unique), ("removed", Removed, removed)):
        stage: Stage[Task] = run.stage(name, record, count=1, key=0)
        stage.write(0, rows)
        stage.seal()
    return run


def stage_of(run: Run, name: str, record: type[Task]) -> Stage[Task]:
    found = run.sealed(name, record)
    assert found is not None
    return found


def removed_in(run: Run) -> Stage[Removed]:
    found = run.sealed("removed", Removed)
    assert found is not None
    return found


def test_every_task_made_is_counted_once_and_every_problem_once(run: Run) -> None:
    unique, removed = stage_of(run, "unique", Task), removed_in(run)
    tasks = task_frame(unique, None)
    looked = looked_into(unique, tasks, 3)
    told = diversity_of(tasks, removed, looked, None, 3)
    assert told is not None
    rows = list(removed.records())
    assert sum(each.made for each in told.families) == tasks.height + len(rows)
    assert sum(each.distinct for each in told.families) == tasks.height + 1
    zebra = next(each for each in told.families if each.family == "logic.zebra")
    assert (zebra.made, zebra.distinct) == (10, 9)
    assert zebra.new == pytest.approx(novelty({1: 8, 2: 1}, 10).new / 10)
    alone = diversity_of(tasks, None, looked, None, 3)
    assert alone is not None
    assert all(each.made == each.distinct for each in alone.families)


def test_the_sample_is_the_same_again_and_has_every_family_and_level(run: Run) -> None:
    unique = stage_of(run, "unique", Task)
    tasks = task_frame(unique, None)
    near = tasks.filter(tasks["shard"].is_in(looked_at(tasks)))
    looked = looked_into(unique, near, 3)
    assert looked.tasks == looked_into(unique, near, 3).tasks
    cells = tasks.select("family", "level").unique().height
    assert len({(task.family, task.level) for task in looked.tasks[:cells]}) == cells
    found = map_of(looked, None)
    assert found is not None
    assert [(spot.family, spot.level) for spot in found.spots] == [(task.family, task.level) for task in looked.tasks]


def test_examples_stand_beside_what_stays_and_have_its_name_where_it_is_elsewhere(run: Run) -> None:
    unique, removed = stage_of(run, "unique", Task), removed_in(run)
    told = removed_of(unique, task_frame(unique, None), removed, 3)
    assert told is not None
    rows = list(removed.records())
    assert told.counts == {"canonical": len(rows) - 2, "index": 2}
    assert sum(problems * (copies - 1) for copies, problems in told.copies.items()) == len(rows)
    texts = {task.id: task.prompt[-1].content for task in unique.records()}
    assert len(told.examples["canonical"]) == EXAMPLES
    for twin in told.examples["canonical"]:
        assert twin.kept.endswith(texts[twin.kept_id])
        assert twin.reason
    assert [(twin.kept, twin.kept_id) for twin in told.examples["index"]] == [("", "elsewhere")] * 2


def test_nothing_removed_is_nothing_told(tmp_path: Path) -> None:
    run = load_run(tasks_run(tmp_path).url)
    unique = stage_of(run, "unique", Task)
    assert removed_of(unique, task_frame(unique, None), removed_in(run), 3) is None


def test_vectors_that_are_damaged_are_as_good_as_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"PAR1 and no more")
    assert embedded(str(tmp_path), list(stage_of(run, "unique", Task).records())[:5], None) is None


@pytest.mark.slow
def test_vectors_are_kept_and_taken_up_again_without_the_encoder(run: Run, tmp_path: Path) -> None:
    tasks = list(stage_of(run, "unique", Task).records())[:5]
    assert embedded(str(tmp_path), tasks, None) is None
    made = embedded(str(tmp_path), tasks, "all-minilm-l6-v2")
    assert made is not None
    kept = (tmp_path / NAME).read_bytes()
    again = embedded(str(tmp_path), tasks[::-1], None)
    assert again is not None
    assert again.encoder == made.encoder
    assert again.encoder.startswith("all-minilm-l6-v2")
    assert np.allclose(again.vectors[::-1], made.vectors)
    assert np.allclose(np.linalg.norm(made.vectors, axis=1), 1)
    assert embedded(str(tmp_path), [*tasks, msgspec.structs.replace(tasks[0], id="other")], None) is None
    assert embedded(str(tmp_path), tasks, "all-minilm-l6-v2") is not None
    assert (tmp_path / NAME).read_bytes() == kept
