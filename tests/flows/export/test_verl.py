"""The export for verl: by its documented columns, and by verl's own reader and reward manager."""

import importlib.util
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from flows.export.command import export_run
from pipeline.store import Run
from schemas import Task
from tests.flows.export.consumers import told_by


@pytest.fixture(scope="module")
def folder(full_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("export") / "verl"
    export_run(full_run.url, "verl", str(output), [], [])
    return output


def test_rows_have_the_columns_that_verl_documents(folder: Path, tasks: dict[str, Task]) -> None:
    for file in sorted((folder / "prompts").iterdir()):
        rows = pq.read_table(file).to_pylist()
        assert [row["extra_info"]["index"] for row in rows] == list(range(len(rows)))
        for row in rows:
            assert set(row) == {"data_source", "prompt", "ability", "reward_model", "extra_info"}
            task = tasks[row["extra_info"]["task_id"]]
            assert row["reward_model"] == {"style": "rule", "ground_truth": task.answer}
            assert (row["data_source"], row["ability"]) == (f"taskmill/{task.family}", task.domain)
            assert row["extra_info"]["split"] == file.stem


def reward_of(folder: Path) -> Any:
    """`compute_score` as verl finds it: by the file's path."""
    spec = importlib.util.spec_from_file_location("custom_module", folder / "compute_score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compute_score


def test_the_reward_reads_the_rows(folder: Path) -> None:
    compute_score = reward_of(folder)
    for row in pq.read_table(folder / "prompts/test.parquet").to_pylist():
        asked = {"data_source": row["data_source"], "extra_info": row["extra_info"]}
        gold = row["reward_model"]["ground_truth"]
        right = compute_score(solution_str=f"<answer>{gold}</answer>", ground_truth=gold, **asked)
        assert right == {"score": 1.0, "acc": 1.0, "undecided": 0.0}
        assert compute_score(solution_str="I can't", ground_truth=gold, **asked)["score"] == 0.0


@pytest.mark.slow
def test_verl_reads_the_rows_and_pays_by_the_file(folder: Path, tasks: dict[str, Task]) -> None:
    told = told_by("verl", folder, {task.id: task.answer for task in tasks.values()})
    assert told == {
        "rows": pq.read_metadata(folder / "prompts/train.parquet").num_rows,
        "paid": [[[1.0, 1.0], [0.0, 0.0]]] * 6,
    }
