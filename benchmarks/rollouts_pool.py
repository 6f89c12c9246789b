"""A pool of real rollouts: 64 samples of SmolLM2-135M for each of some hundred easy tasks, with what they cost.

    python -m benchmarks.rollouts_pool

Difficulty is studied on it without sampling again. The cells are rungs of families whose gold answers have at most 12
tokens and whose prompts, with 4 solved examples in the first style, at most 640 (of the first 12 tasks). The first
list took rungs 1 to 3 of one such family after the other. When after 12 cells nearly every pass rate was below 0.2, a
second list replaced what was left of it: easiest parameters off the ladder where a family has easier ones than rung 1,
and rungs 1 and 2 of the other families, as far as an hour reached. All that was sampled is in the pool. In each cell:
tasks in all styles, no problem twice; fewer where there are no more. A killed run goes on with the cells that are
missing.
"""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from rich.console import Console

from filters.config import DifficultyConfig
from filters.rollouts import roll_out
from generators.registry import family_named
from generators.stream import Segment, tasks_of
from pipeline.engines import Sampling, open_engine
from pipeline.engines.protocol import Engine
from schemas import Rollout, Task
from schemas.arrow import from_table, to_table

POOL = Path(__file__).parent / "data" / "smollm2_rollouts.parquet"
PARTS = Path("outputs") / "rollouts_pool"

MODEL, SEED, EXAMPLES, SAMPLES = "smollm2-135m", 7, 4, 64
SAMPLING = Sampling(temperature=0.7, max_tokens=16, stop=("</answer>",))
PREFILL = "<answer>"
EASIEST: dict[str, dict[str, Any]] = {
    "algebra.linear_systems": {"highest": 6},
    "algebra.polynomial_roots": {"largest": 3},
    "arithmetic.word_problems": {"largest": 5, "kinds": "add"},
    "logic.knights_knaves": {"people": 2, "depth": 1, "operations": 1},
    "numbers.base_conversion": {
        "lowest_base": 2,
        "highest_base": 2,
        "through_ten": True,
        "least_bits": 2,
        "most_bits": 3,
    },
}
"""Parameters of level 0."""

CELLS: dict[tuple[str, int], int] = {
    ("algebra.linear_systems", 1): 14,
    ("algebra.linear_systems", 2): 14,
    ("algebra.linear_systems", 3): 14,
    ("algebra.polynomial_roots", 1): 14,
    ("algebra.polynomial_roots", 2): 14,
    ("algebra.polynomial_roots", 3): 14,
    ("arithmetic.chain", 1): 14,
    ("arithmetic.chain", 2): 14,
    ("arithmetic.chain", 3): 14,
    ("arithmetic.reversed_addition", 1): 14,
    ("arithmetic.reversed_addition", 2): 14,
    ("arithmetic.reversed_addition", 3): 14,
    ("algebra.linear_systems", 0): 14,
    ("algebra.polynomial_roots", 0): 14,
    ("arithmetic.word_problems", 0): 14,
    ("logic.knights_knaves", 0): 14,
    ("calendar.date_arithmetic", 1): 12,
    ("arithmetic.word_problems", 1): 12,
    ("numbers.base_conversion", 0): 12,
    ("strings.word_sorting", 1): 12,
    ("calendar.date_arithmetic", 2): 12,
    ("arithmetic.word_problems", 2): 12,
    ("graphs.shortest_path", 2): 12,
    ("numbers.base_conversion", 1): 12,
}
"""The tasks of each cell, in the order of sampling."""

_ADDED = pa.schema(
    [
        pa.field("examples", pa.int32(), nullable=False),
        pa.field("scores", pa.list_(pa.float64()), nullable=False),
        pa.field("prompt_tokens", pa.int32(), nullable=False),
        pa.field("completion_tokens", pa.list_(pa.int32()), nullable=False),
        pa.field("cpu_seconds", pa.float64(), nullable=False),
    ]
)


class Rolled(msgspec.Struct, frozen=True, kw_only=True):
    """A task and its samples in order: scores (None where the verifier was undecided) and tokens sampled.

    `cpu_seconds` is the task's share in what its cell cost: prefill of the cell's examples once, of each prompt once,
    then all samples in full batches, and the verifier.
    """

    task: Task
    scores: tuple[float | None, ...]
    prompt_tokens: int
    completion_tokens: tuple[int, ...]
    cpu_seconds: float


def read_pool(path: Path = POOL) -> list[Rolled]:
    """The tasks of a pool, in the order of their cells."""
    table = pq.read_table(path)
    tasks = from_table(table.replace_schema_metadata(None), Task)
    rows = table.select(_ADDED.names).to_pylist()
    return [
        Rolled(
            task=task,
            scores=tuple(row["scores"]),
            prompt_tokens=row["prompt_tokens"],
            completion_tokens=tuple(row["completion_tokens"]),
            cpu_seconds=row["cpu_seconds"],
        )
        for task, row in zip(tasks, rows, strict=True)
    ]


def cell_tasks(family: str, level: int, count: int) -> list[Task]:
    """The first `count` different problems of a cell, fewer where the rung has no more in four times as many."""
    styles = family_named(family).styles
    segment = Segment(
        family=family,
        level=level,
        params={} if level else EASIEST[family],
        seed=SEED,
        start=0,
        stop=4 * count,
        styles=styles,
        examples=EXAMPLES,
    )
    different: dict[str, Task] = {}
    for task in tasks_of(segment):
        if len(different) < count:
            different.setdefault(task.canonical, task)
    return list(different.values())


def rolled(tasks: list[Task], engine: Engine, sampling: Sampling, prefill: str, examples: int) -> pa.Table:
    """The rows of tasks that are rolled out together, SAMPLES times each."""
    once = DifficultyConfig(round_size=SAMPLES, cap=SAMPLES, prior="jeffreys")
    start = time.process_time()
    rollouts = [each for batch in roll_out(tasks, engine, sampling, once, SEED, prefill=prefill) for each in batch]
    cpu_seconds = (time.process_time() - start) / len(tasks)
    own: dict[str, list[Rollout]] = {task.id: [] for task in tasks}
    for rollout in sorted(rollouts, key=lambda rollout: rollout.sample):
        own[rollout.task_id].append(rollout)
    rows = [
        {
            "examples": examples,
            "scores": [rollout.score for rollout in own[task.id]],
            "prompt_tokens": own[task.id][0].prompt_tokens,
            "completion_tokens": [rollout.completion_tokens for rollout in own[task.id]],
            "cpu_seconds": cpu_seconds,
        }
        for task in tasks
    ]
    table, added = to_table(tasks, Task), pa.Table.from_pylist(rows, schema=_ADDED)
    for field in _ADDED:
        table = table.append_column(field, added[field.name])
    return table


def write_pool(path: Path, rows: pa.Table, how: dict[str, Any]) -> None:
    """The rows, and in the file's metadata how they were made."""
    metadata = {**(rows.schema.metadata or {}), b"taskmill.pool": json.dumps(how).encode()}
    path.parent.mkdir(exist_ok=True)
    pq.write_table(rows.replace_schema_metadata(metadata), path, compression="zstd", compression_level=19)


def made_how(engine: Engine, sampling: Sampling, prefill: str) -> dict[str, Any]:
    return {
        "model": engine.model,
        "revision": engine.revision,
        "engine": engine.kind,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "sampling": {**json.loads(msgspec.json.encode(sampling)), "prefill": prefill},
        "seed": SEED,
        "samples": SAMPLES,
    }


def main() -> None:
    torch.set_num_threads(1)
    engine = open_engine("transformers", MODEL)
    PARTS.mkdir(parents=True, exist_ok=True)
    console = Console()
    files = []
    for (family, level), count in CELLS.items():
        file = PARTS / f"{family}-{level}.parquet"
        files.append(file)
        if not file.exists():
            pq.write_table(
                rolled(cell_tasks(family, level, count), engine, SAMPLING, PREFILL, EXAMPLES), file.with_suffix(".part")
            )
            file.with_suffix(".part").rename(file)
        made = pq.read_table(file)
        rates = [sum(scores) / len(scores) for scores in made["scores"].to_pylist()]
        console.print(f"{file.stem}: {[round(rate, 2) for rate in rates]}, {made['cpu_seconds'][0]} s a task")
    how = {
        **made_how(engine, SAMPLING, PREFILL),
        "cells": [[*cell, count] for cell, count in CELLS.items()],
        "easiest": EASIEST,
        "rule": " ".join((__doc__ or "").split("\n\n")[-1].split()),
    }
    write_pool(POOL, pa.concat_tables([pq.read_table(file) for file in files]), how)


if __name__ == "__main__":
    main()
