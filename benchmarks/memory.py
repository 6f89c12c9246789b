"""What training SmolLM2-135M takes, in memory and in CPU time, by what is trained and in which precision.

    python -m benchmarks.memory [--rounds 2]

Each case is a training of two steps (2 prompts × 8 completions of at most 48 tokens) in a fresh process of one thread;
the cases take turns. `taken` is what the process grew by at its peak, beyond the libraries; `told` is what
`trainer.memory` says before the first step. Seconds are of the second step: the first one compiles 8-bit moments.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformers.models.llama.modeling_llama
from rich.console import Console
from rich.table import Table

from generators.family import make_task
from generators.registry import family_named
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Task
from trainer.config import TrainConfig
from trainer.loop import train
from trainer.memory import Memory
from trainer.metrics import StepMetrics

RESULTS = Path(__file__).parent / "results" / "memory.json"
CASES: dict[str, dict[str, Any]] = {
    "all weights, float32": {},
    "all weights, bfloat16": {"precision": "bfloat16"},
    "all weights, adamw8bit": {"optimizer": "adamw8bit"},
    "adapters, float32": {"lora": {"rank": 8}},
    "adapters, bfloat16": {"lora": {"rank": 8}, "precision": "bfloat16"},
}


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    """A training on random rewards, so that there is something to learn whatever the model says."""
    family = family_named("strings.word_sorting")
    tasks = [make_task(family, level=1, seed=3, index=index) for index in range(8)]
    write_whole(str(folder / "tasks.parquet"), shard_bytes(tasks, Task)[0])
    return {
        "model": "smollm2-135m",
        "shards": [str(folder / "tasks.parquet")],
        "output": str(folder / "out"),
        "steps": 2,
        "prompts_per_step": 2,
        "group_size": 8,
        "sampling": {"max_tokens": 48},
        "control": {"kind": "random"},
        "warmup_steps": 0,
        "verifiers": 0,
        "threads": 1,
    } | changes


def measured(given: dict[str, Any]) -> dict[str, float]:
    """Trains in a fresh process: bytes told and taken, and the seconds of the last step."""
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", "--here", json.dumps(given)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return told


def here(given: dict[str, Any]) -> dict[str, float]:
    """The same in this process."""
    assert transformers.models.llama.modeling_llama, "imported before the measuring begins, as torch is"
    torch.ones(64, 64).mm(torch.ones(64, 64))
    before = _resident("VmRSS")
    told: list[Memory] = []
    steps: list[StepMetrics] = []
    train(TrainConfig.model_validate(given), steps.append, told.append)
    return {
        "told": told[0].peak,
        "taken": _resident("VmHWM") - before,
        "update_seconds": steps[-1].update_seconds,
        "generation_seconds": steps[-1].generation_seconds,
        "sampler_gap_mean": steps[-1].sampler_gap_mean or 0.0,
        "updates": sum(step.outcome == "updated" for step in steps),
    }


def _resident(key: str) -> int:
    """Bytes of this process: VmRSS now, VmHWM the most there has been."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) * 1024


def main(rounds: int) -> None:
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, changes in CASES.items():
            with TemporaryDirectory() as folder:
                runs[name].append(measured(settings(Path(folder), **changes)))
    told = {name: {key: fmean(run[key] for run in own) for key in own[0]} for name, own in runs.items()}
    RESULTS.write_text(json.dumps({"rounds": rounds, "cases": told}, indent=2) + "\n")
    table = Table("case", "taken, GB", "told, GB", "update, CPU s", "sampling, CPU s", "sampler gap")
    for name, one in told.items():
        sizes = [f"{one[key] / 1e9:.2f}" for key in ("taken", "told")]
        seconds = [f"{one[key]:.1f}" for key in ("update_seconds", "generation_seconds")]
        table.add_row(name, *sizes, *seconds, f"{one['sampler_gap_mean']:.1e}")
    Console().print(table)


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description="Memory and CPU time of a training, by what is trained and how.")
    reader.add_argument("--rounds", type=int, default=2)
    reader.add_argument("--here", help="settings of one training, as JSON: do it here and tell what it took")
    wanted = reader.parse_args()
    if wanted.here:
        print(json.dumps(here(json.loads(wanted.here))))
    else:
        main(wanted.rounds)
