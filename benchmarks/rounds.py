"""A second round of training on what failed in the first, against one on as many tasks of all levels alike.

    python -m benchmarks.rounds [--seeds 6]

After SwS (arXiv 2506.08989: weakness-driven augmentation against random augmentation of equal size). The world is that
of the papers' claims (`benchmarks/papers/sums.py`): four levels of sums, on which a model of half a million parameters
is good, middling, bad and hopeless. Both ways share the first round: 16 rollouts of each of its tasks, a training on
them, and the visits of both. Then each makes as many tasks more and goes on training from there, for as many steps on
as many completions: `alike` with the same number of each level, `weak` as `filters.weakness` allots them. They take
turns seed by seed. Held-out pass rates are the model's own probability of the right answer, without sampling error.
"""

import argparse
import json
import platform
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.papers.claim import Row, interval
from benchmarks.papers.sums import DIGITS, FOLDER, World, world
from benchmarks.papers.training import PLAIN, held_out_rates
from filters.aiming import Cell, evidence
from filters.config import DifficultyConfig
from filters.rollouts import difficulties, roll_out
from filters.weakness import Course, Visit, course_of, next_allotment, same_again, visits_of
from pipeline.config import checked
from pipeline.engines import open_engine
from pipeline.seeding import generator
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Task
from trainer.config import SamplingConfig, TrainConfig
from trainer.loop import train
from trainer.record import read_rollouts, sampled_steps

RESULTS = Path(__file__).parent / "results" / "rounds.json"
SEEDS = 6
COUNT = 48
"""Tasks of each level in a round."""
STEPS = 30
EXPLORE = 0.2
CAP = 16
WAYS = ("alike", "weak")
CELLS = [
    Cell(source=0, family="sums", level=level, params={"level": level}, place=float(level), count=COUNT)
    for level in DIGITS
]


def stream(of: World, level: int, seed: int) -> list[Task]:
    """The problems of a level, in an order of their own."""
    own = [task for task in of.training if task.level == level]
    generator(seed, "rounds stream", level).shuffle(own)
    return own


def trained(name: str, model: str, tasks: Sequence[Task], seed: int) -> tuple[str, list[Visit]]:
    """The model after STEPS steps on the tasks, and the visits of the training."""
    output = FOLDER / "runs" / name
    shutil.rmtree(output, ignore_errors=True)
    write_whole(str(output.with_suffix(".parquet")), shard_bytes(tasks, Task)[0])
    given = {"model": model, "shards": [str(output.with_suffix(".parquet"))], "output": str(output), "seed": seed}
    summary = train(checked({**PLAIN, **given, "steps": STEPS, "save_every": STEPS}, TrainConfig))
    visits = [visit for step in sampled_steps(output) for visit in visits_of(read_rollouts(output, step), step)]
    return summary.model, visits


def one_seed(seed: int) -> Row:
    """Both ways, from the shared first round."""
    own = world(seed)
    streams = {level: stream(own, level, seed) for level in DIGITS}
    first = [task for level in DIGITS for task in streams[level][:COUNT]]
    cell_of = {task.id: cell.key for cell in CELLS for task in streams[cell.level]}
    engine = open_engine("transformers", own.model)
    sampling, cap = SamplingConfig(**PLAIN["sampling"]), DifficultyConfig(cap=CAP, round_size=CAP, prior="jeffreys")
    passed = roll_out(first, engine, sampling.for_engine(), cap, seed, prefill=sampling.prefill)
    made = [rollout for batch in passed for rollout in batch]
    graded = difficulties(first, made, cap, engine.model, engine.revision)
    engine.close()
    model, visits = trained(f"rounds-first-{seed}", own.model, first, seed)
    by_cell: dict[Any, list[Visit]] = defaultdict(list)
    for visit in [*visits_of(made, 0), *visits]:
        by_cell[cell_of[visit.task]].append(visit)
    courses: dict[Any, Course] = {key: course_of(visits) for key, visits in by_cell.items()}
    seen = evidence(
        ((cell_of[task.id], task.canonical) for task in first), ((cell_of[each.task_id], each) for each in graded)
    )
    used = {cell.key: COUNT for cell in CELLS}
    plans = {
        "alike": same_again(CELLS, used),
        "weak": next_allotment(CELLS, used, courses, seen, EXPLORE, cap.band_low),
    }
    row: Row = {
        "courses": [msgspec.to_builtins(courses[cell.key]) for cell in CELLS],
        "tasks": {way: [each.count for each in plan] for way, plan in plans.items()},
        "first": {"before": held_out_rates(own, Path(own.model)), "after": held_out_rates(own, Path(model))},
    }
    for way in WAYS if seed % 2 == 0 else reversed(WAYS):
        start = time.process_time()
        tasks = [task for each in plans[way] for task in streams[each.level][each.start : each.stop]]
        end, _ = trained(f"rounds-{way}-{seed}", model, tasks, seed + 1000)
        row[way] = {**held_out_rates(own, Path(end)), "cpu_seconds": round(time.process_time() - start, 1)}
        shutil.rmtree(FOLDER / "runs" / f"rounds-{way}-{seed}")
    shutil.rmtree(FOLDER / "runs" / f"rounds-first-{seed}")
    return row


def summary(rows: Sequence[Row]) -> list[Row]:
    """What each way comes to, in mean and 95 % interval over seeds, and `weak` less `alike`, paired by seed."""
    told: list[Row] = []
    for column in ("accuracy", *(f"level {level}" for level in DIGITS)):
        ends = {way: [row[way][column] for row in rows] for way in WAYS}
        told.append(
            {
                "column": column,
                "after round 1": interval([row["first"]["after"][column] for row in rows]),
                **{way: interval(ends[way]) for way in WAYS},
                "weak less alike": interval([a - b for a, b in zip(ends["weak"], ends["alike"], strict=True)]),
            }
        )
    counts = [fmean(row["tasks"]["weak"][place] for row in rows) for place in range(len(CELLS))]
    told.append({"column": "tasks by level, weak", "mean": [round(count, 1) for count in counts]})
    return told


def main(seeds: int) -> None:
    torch.set_num_threads(1)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    rows: dict[str, Row] = results.get("seeds", {})
    for seed in range(seeds):
        if str(seed) not in rows:
            rows[str(seed)] = one_seed(seed)
        results = {
            "machine": {"python": sys.version.split()[0], "torch": torch.__version__, "cpu": platform.machine()},
            "settings": {"count": COUNT, "steps": STEPS, "explore": EXPLORE, "cap": CAP, "training": dict(PLAIN)},
            "summary": summary(list(rows.values())),
            "seeds": rows,
        }
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    table = Table("held-out pass rate", "after round 1", *WAYS, "weak less alike")
    for row in results["summary"][:-1]:
        table.add_row(row["column"], *(_shown(row[name]) for name in ("after round 1", *WAYS, "weak less alike")))
    Console().print(table)
    Console().print(results["summary"][-1])


def _shown(told: Row) -> str:
    return f"{told['mean']:.3f}" + (f" [{told['low']:.3f}, {told['high']:.3f}]" if told["low"] is not None else "")


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--seeds", type=int, default=SEEDS)
    main(reader.parse_args().seeds)
