"""The export for TRL by TRL itself: GRPO and DPO train two steps by the scripts of the folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import datasets
import pyarrow.parquet as pq
import pytest
import torch

from flows.export.command import export_run
from generators.verify import verify
from pipeline.store import Run
from schemas import Task, jsontext
from trainer import tiny
from trainer.batch import Row

ROOT = Path(__file__).parents[3]
OPTIONS = {
    "max_steps": 2,
    "per_device_train_batch_size": 8,
    "use_cpu": True,
    "bf16": False,
    "gradient_checkpointing": False,
    "report_to": "none",
    "logging_steps": 1,
    "disable_tqdm": True,
    "save_strategy": "no",
    "seed": 1,
    "learning_rate": 1e-3,
}


@pytest.fixture(scope="module")
def folder(full_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("export") / "trl"
    export_run(full_run.url, "trl", str(output), [], [])
    return output


@pytest.fixture(scope="module")
def model(folder: Path, tasks: dict[str, Task]) -> Path:
    """A tiny model that has learnt of each training problem its answer and `?`: it gives one or the other."""
    torch.set_num_threads(1)
    signs = tiny.tokenizer()
    learner = tiny.model(0, len(signs))
    optimizer = torch.optim.AdamW(learner.parameters(), lr=2e-3)
    rows = []
    for row in pq.read_table(folder / "prompts/train.parquet").to_pylist():
        shown = signs.apply_chat_template(row["prompt"], tokenize=False)
        prompt = signs(shown, add_special_tokens=False)["input_ids"]
        for answer in (tasks[row["task_id"]].answer, "?"):
            said = signs(f"{tiny.OPEN}{answer}{tiny.CLOSE}{tiny.END}", add_special_tokens=False)["input_ids"]
            zeros = [0.0] * len(said)
            rows.append(Row(prompt, said, zeros, zeros, zeros, weight=1.0))
    draw = Random(0)
    for _ in range(80):
        tiny._teach(learner, optimizer, draw.sample(rows, 16))
    learner.save_pretrained(folder.parent / "model")
    signs.save_pretrained(folder.parent / "model")
    return folder.parent / "model"


# One after the other in a process of their own, which has to import TRL once.
BOTH = """
import json, runpy, sys
for arguments in json.loads(sys.argv[1]):
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def trained(folder: Path, model: Path) -> Path:
    """Where both scripts wrote, in `grpo` and `dpo`."""
    output = folder.parent / "trained"
    grpo = {"num_generations": 4, "max_completion_length": 12, "log_completions": True}
    calls = []
    for name, own in (("grpo", grpo), ("dpo", {})):
        given = {"model": model, "output_dir": output / name, **OPTIONS, **own}
        options = [text for option, value in given.items() for text in (f"--{option}", str(value))]
        calls.append([str(folder / f"train_{name}.py"), *options])
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(folder.parent / "hub"),
    }
    command = [sys.executable, "-c", BOTH, json.dumps(calls)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return output


def steps_of(output: Path) -> list[dict[str, float]]:
    """What a trainer logged, a line a step."""
    state = json.loads((output / "trainer_state.json").read_text())
    assert state["global_step"] == 2
    assert (output / "model.safetensors").is_file()
    return [line for line in state["log_history"] if "loss" in line]


@pytest.mark.slow
def test_grpo_trains_by_the_script_and_is_paid_what_the_verifier_says(trained: Path, tasks: dict[str, Task]) -> None:
    by_prompt = {jsontext.dumps(task.prompt): task for task in tasks.values()}
    paid = []
    for file in sorted((trained / "grpo").rglob("completions_*.parquet")):
        for row in pq.read_table(file).to_pylist():
            verdict = verify(by_prompt[jsontext.dumps(row["prompt"])], row["completion"][0]["content"])
            assert row["verified"] == verdict.score
            paid.append(verdict.score or 0.0)
    assert len(paid) == 16
    assert 0 < sum(paid) < 16, "some are right and some are wrong, or this compares nothing"
    steps = steps_of(trained / "grpo")
    assert [step["undecided"] for step in steps] == [0.0, 0.0]
    assert all(0 <= step["reward"] <= 1 for step in steps)
    assert any(step["grad_norm"] > 0 for step in steps)


@pytest.mark.slow
def test_dpo_trains_by_the_script(trained: Path) -> None:
    steps = steps_of(trained / "dpo")
    assert len(steps) == 2
    assert all(step["grad_norm"] > 0 for step in steps)


def test_files_stream_with_their_declared_types(folder: Path) -> None:
    for part in ("prompts", "pairs", "steps"):
        files = {path.stem: str(path) for path in (folder / part).iterdir()}
        rows = datasets.load_dataset("parquet", data_files=files, split="train", streaming=True)
        first = next(iter(rows))
        assert set(first) == set(pq.read_schema(files["train"]).names)


def test_steps_have_the_text_that_prm_trainers_read(folder: Path) -> None:
    row = pq.read_table(folder / "steps/train.parquet").to_pylist()[0]
    assert row["prompt"] == "\n\n".join(message["content"] for message in row["messages"]) + "\n"
    assert [type(label) for label in row["labels"]] == [bool] * len(row["completions"])
    assert all(row["completions"])
