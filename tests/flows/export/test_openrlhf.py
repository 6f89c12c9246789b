"""The export for OpenRLHF: by its documented keys, and by OpenRLHF's own readers and executor."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import datasets
import pytest

from flows.export.command import export_run
from pipeline.store import Run
from schemas import Task
from tests.flows.export.consumers import told_by


@pytest.fixture(scope="module")
def folder(full_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("export") / "openrlhf"
    export_run(full_run.url, "openrlhf", str(output), [], [])
    return output


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def reward_of(folder: Path) -> Any:
    """`reward_func` as OpenRLHF finds it: by the file's path."""
    spec = importlib.util.spec_from_file_location("reward_func", folder / "reward_func.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.reward_func


def test_labels_are_texts_that_the_reward_reads(folder: Path, tasks: dict[str, Task]) -> None:
    reward_func = reward_of(folder)
    rows = lines(folder / "prompts/test.jsonl")
    answers = [tasks[row["task_id"]].answer for row in rows]
    prompts = [f"{row['input'][-1]['content']}\n" for row in rows]
    for said, paid in ((lambda answer: f"<answer>{answer}</answer>", 1.0), (lambda answer: "no", 0.0)):
        queries = [prompt + said(answer) + "<end>" for prompt, answer in zip(prompts, answers, strict=True)]
        told = reward_func(queries, prompts, [row["label"] for row in rows])
        assert told["rewards"].tolist() == [paid] * len(rows)
        assert told["scores"].shape == told["extra_logs"]["undecided"].shape == (len(rows),)


def test_pairs_are_chats_that_go_on_from_their_prompts(folder: Path) -> None:
    for row in lines(folder / "pairs/train.jsonl"):
        assert [message["role"] for message in row["chosen"] + row["rejected"]] == ["assistant", "assistant"]
        assert row["prompt"][-1]["role"] == "user"
        assert row["chosen"] != row["rejected"]


def test_each_file_loads_as_one_table(folder: Path) -> None:
    for part, key in (("prompts", "input"), ("pairs", "chosen")):
        files = {path.stem: str(path) for path in (folder / part).iterdir()}
        loaded = datasets.load_dataset("json", data_files=files, split="train", streaming=True)
        assert next(iter(loaded))[key]


@pytest.mark.slow
def test_openrlhf_reads_the_rows_and_pays_by_the_file(folder: Path, tasks: dict[str, Task]) -> None:
    told = told_by("openrlhf", folder, {task.id: task.answer for task in tasks.values()})
    assert told == {
        "rows": len(lines(folder / "prompts/train.jsonl")),
        "pairs": len(lines(folder / "pairs/train.jsonl")),
        "a batch of pairs": 2,
        "paid": [[[1.0, 0.0], [0.0, 0.0]]] * 6,
    }
