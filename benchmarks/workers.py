"""Generation by one worker and by several: speed-up, and what each kind of runner takes on top.

    python -m benchmarks.workers [--workers 2] [--shards 8] [--repeats 2]

The same shards, of one to two CPU seconds each, are made through the store by this process alone, by processes of this
machine and by a local Dask cluster, in turns, each time in a fresh folder. A shard is a mix of four families, two of
which search. `wall_s` and `cpu_s` are from the first shard to the last, each of the workers having made a small one by
then; `start_s` is what that took. `speed_up` is the wall time of one over that of several, of the sums of all repeats.
Only a quiet machine shows it: `cores_had` is the cores' worth of CPU time that the shards had, and where that of one is
far below 1 other work took the machine, so that the exit code is 2 and says nothing of us. `efficiency` is the CPU time
of one over that of several: the share of the cores' time that goes into tasks, which a busy machine shows too; a quiet
one's speed-up is at most that share of the number of workers.
`call_ms` is the wall time and `call_cpu_ms` the CPU time of a piece of work that does nothing, given by one thread.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from flows.work import write_tasks
from flows.workers import Place, RunnerConfig, opened_workers
from generators.stream import Segment
from pipeline.store import Stage, open_run
from schemas import Task

RESULTS = Path(__file__).parent / "results" / "workers.json"
FAMILIES = (("grids.sudoku", 3), ("planning.sokoban", 2), ("arithmetic.chain", 3), ("strings.word_sorting", 3))
TASKS = 1500
"""Of each family in a shard: work of seconds, as shards of a run should be."""

CALLS = 30
QUIET = 0.9
"""Of a core, that one worker must have had for its speed to say something."""

WANTED = 1.7
"""The speed-up that two workers on two cores are to reach."""


def segments(shard: int, tasks: int = TASKS) -> list[Segment]:
    return [
        Segment(family=family, level=level, seed=7, start=shard * tasks, stop=(shard + 1) * tasks)
        for family, level in FAMILIES
    ]


def measured(kind: str, workers: int, shards: int) -> dict[str, float]:
    """Makes the shards once."""
    with TemporaryDirectory() as folder:
        run = open_run(f"{folder}/run", config={}, seed=7)
        stage = run.stage("tasks", Task, count=shards, key={})
        warm = run.stage("warm", Task, count=workers, key={})
        begun = time.monotonic()
        with _places(kind, workers, run.url) as place:
            _made(place, workers, warm, range(workers), 5)
            start, cpu = time.monotonic(), _cpu()
            _made(place, workers, stage, range(shards), TASKS)
            made, spent = time.monotonic(), _cpu()
            for _ in range(CALLS):
                place("nothing", int)
            called, calls = time.monotonic() - made, _cpu() - spent
    return {
        "wall_s": made - start,
        "cpu_s": spent - cpu,
        "start_s": start - begun,
        "call_ms": 1000 * called / CALLS,
        "call_cpu_ms": 1000 * calls / CALLS,
    }


def _made(place: Place, workers: int, stage: Stage[Task], shards: range, tasks: int) -> None:
    def make(shard: int) -> None:
        place(f"shard {shard}", write_tasks, stage, shard, segments(shard, tasks))

    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(make, shards))


@contextmanager
def _places(kind: str, workers: int, run_url: str) -> Iterator[Place]:
    runner = RunnerConfig.model_validate({"kind": "processes" if kind == "one" else kind})
    with opened_workers(runner, workers, run_url) as places:
        yield places.rules


def _cpu() -> float:
    """CPU seconds of this process and of the children that live."""
    spent = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=2)
    given = parser.parse_args()
    sums: dict[str, dict[str, float]] = {}
    load = []
    for _ in range(given.repeats):
        for kind in ("one", "processes", "dask"):
            load.append(os.getloadavg()[0])
            found = measured(kind, 1 if kind == "one" else given.workers, given.shards)
            own = sums.setdefault(kind, dict.fromkeys(found, 0.0))
            for name, value in found.items():
                own[name] += value
            sys.stdout.write(f"{kind}: {json.dumps({name: round(value, 2) for name, value in found.items()})}\n")
    one = sums["one"]
    told: dict[str, Any] = {
        "workers": given.workers,
        "cores": os.cpu_count(),
        "shards": given.shards,
        "tasks_a_shard": TASKS * len(FAMILIES),
        "repeats": given.repeats,
        "load_of_the_machine": [round(each, 1) for each in load],
    }
    for kind, own in sums.items():
        told[kind] = {name: round(value / given.repeats, 3) for name, value in own.items()}
        told[kind]["cores_had"] = round(own["cpu_s"] / own["wall_s"], 2)
        if kind != "one":
            told[kind] |= {
                "speed_up": round(one["wall_s"] / own["wall_s"], 2),
                "efficiency": round(one["cpu_s"] / own["cpu_s"], 2),
            }
    RESULTS.write_text(json.dumps(told, indent=1) + "\n")
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    if one["cpu_s"] < QUIET * one["wall_s"]:
        sys.stdout.write("other work took the machine: speed_up says nothing here\n")
        return 2
    return 0 if told["processes"]["speed_up"] >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
