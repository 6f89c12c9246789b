"""Which tasks are trained on, and in which order."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pipeline.store import StoreError
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import CurriculumRow, Task
from tests.trainer.records import measured_row
from trainer.tasks import TaskError, read_tasks, refuse_shared_problems

SomeTasks = Callable[..., list[Task]]


def test_shards_are_read_in_order_by_path_glob_or_folder(some_tasks: SomeTasks, tmp_path: Path) -> None:
    tasks = some_tasks(6)
    for number in (1, 0):
        write_whole(str(tmp_path / f"{number}.parquet"), shard_bytes(tasks[number * 3 : number * 3 + 3], Task)[0])
    paths = [str(tmp_path / "0.parquet"), str(tmp_path / "1.parquet")]
    for sources in (paths, [str(tmp_path / "*.parquet")], [str(tmp_path)]):
        assert read_tasks(sources) == tasks


def test_curriculum_rows_are_read_as_their_tasks(some_tasks: SomeTasks, tmp_path: Path) -> None:
    tasks = some_tasks(2)
    rows = [measured_row(task, 4, 8) for task in tasks]
    write_whole(str(tmp_path / "rows.parquet"), shard_bytes(rows, CurriculumRow)[0])
    assert read_tasks([str(tmp_path / "rows.parquet")]) == tasks


def test_missing_and_empty_shards_are_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"absent\.parquet"):
        read_tasks([str(tmp_path / "absent.parquet")])
    write_whole(str(tmp_path / "empty.parquet"), shard_bytes([], Task)[0])
    with pytest.raises(TaskError, match=r"empty\.parquet: no tasks"):
        read_tasks([str(tmp_path / "empty.parquet")])


def test_a_held_out_problem_in_other_words_is_refused(some_tasks: SomeTasks) -> None:
    tasks = some_tasks(5)
    other_words = msgspec.structs.replace(tasks[0], id="another", style="plain")
    refuse_shared_problems(tasks[1:], [other_words])
    with pytest.raises(TaskError, match="1 held-out problems"):
        refuse_shared_problems(tasks, [other_words])
