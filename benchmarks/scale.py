"""Tasks generated and deduplicated by the real flows: tasks a second, memory, and how cost grows with their number.

    python -m benchmarks.scale [--sizes 10000 100000 1000000] [--workers-size 100000]

Each size is a run of its own in a process of its own: config, Prefect, store and all, with `model: null`. The families
are all that make 5,000 tasks a CPU-second or more on the middle rung of their ladder, as the generation benchmark has
measured them, on that rung and in equal parts: the cheapest ones, so that what the flows add shows most. Seconds are
CPU seconds; those of `run` are of all that the run did, with all its processes, and those of `stages` of generating and
deduplicating alone. Memory is the largest sum of their resident sets, looked at twenty times a second. An exponent is
the slope of log CPU seconds over log tasks, by least squares. Then one worker against two, in turns.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil

from generators.registry import family_named

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "scale.json"
CHEAP = 5_000.0
SHARD_SIZE = 1_000
SIZES = (10_000, 100_000, 1_000_000)
PAIRS = 3


def cheap_families() -> list[tuple[str, int]]:
    """Those families and their middle rungs, as the generation benchmark measured them."""
    ladders = json.loads((RESULTS.parent / "generation.json").read_text())["ladders"]
    found = []
    for name in sorted({row["family"] for row in ladders}):
        middle = (len(family_named(name).levels) + 1) // 2
        rates = {row["level"]: row["per_second"] for row in ladders if row["family"] == name}
        if rates.get(middle, 0.0) >= CHEAP:
            found.append((name, middle))
    return found


def config_of(folder: Path, tasks: int, workers: int) -> dict[str, Any]:
    """The config of a run of about so many tasks."""
    families = cheap_families()
    each = -(-tasks // len(families))
    return {
        "name": "scale",
        "seed": 11,
        "output": str(folder),
        "workers": workers,
        "model": None,
        "tasks": {
            "shard_size": SHARD_SIZE,
            "sources": [{"family": name, "count": each, "levels": [level]} for name, level in families],
        },
    }


def measured(tasks: int, workers: int) -> dict[str, Any]:
    """One run in a process of its own."""
    with TemporaryDirectory(prefix="taskmill-scale-") as folder:
        file = Path(folder) / "scale.yaml"
        file.write_text(json.dumps(config_of(Path(folder), tasks, workers)))
        environment = {
            **os.environ,
            "PREFECT_HOME": f"{folder}/prefect",
            "OMP_NUM_THREADS": "1",
            "POLARS_MAX_THREADS": "1",
        }
        began = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "run", str(file)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as run:
            watch = Watch(run.pid)
            _, errors = run.communicate()
            peak = watch.stopped()
        assert run.returncode == 0, errors[-2000:]
        wall = time.monotonic() - began
        return {"tasks": tasks, "workers": workers, "whole_wall": wall, "peak_mb": peak / 1e6} | told(f"{folder}/scale")


def told(run_url: str) -> dict[str, Any]:
    """What the run itself wrote down of its stages."""
    from pipeline.costs.ledger import spent
    from pipeline.store import load_run
    from schemas import Task

    costs = spent(run_url)
    unique = load_run(run_url).sealed("unique", Task)
    assert unique is not None
    stages = sum(costs[name].cpu_seconds for name in ("tasks", "unique"))
    made = costs["tasks"].rows_out
    return {
        "made": made,
        "unique": sum(info.rows for info in unique.shards()),
        "shards": unique.count,
        "bytes": costs["tasks"].bytes + costs["unique"].bytes,
        "generate_cpu": costs["tasks"].cpu_seconds,
        "dedup_cpu": costs["unique"].cpu_seconds,
        "stages_cpu": stages,
        "run_cpu": costs["run"].cpu_seconds,
        "run_wall": costs["run"].wall_seconds,
        "tasks_per_cpu_second": made / stages,
        "tasks_per_second": made / costs["run"].wall_seconds,
    }


class Watch:
    """The largest sum of the resident sets of a process and all that it has started."""

    def __init__(self, pid: int) -> None:
        self._process, self._peak, self._over = psutil.Process(pid), 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            total = 0
            with suppress(psutil.NoSuchProcess):
                for process in (self._process, *self._process.children(recursive=True)):
                    with suppress(psutil.NoSuchProcess):
                        if "prefect" not in " ".join(process.cmdline()):  # its server is not the run's
                            total += process.memory_info().rss
            self._peak = max(self._peak, total)

    def stopped(self) -> int:
        self._over.set()
        self._thread.join()
        return self._peak


def exponent(rows: Sequence[dict[str, Any]], name: str) -> float:
    """The least-squares slope of log cost over log tasks."""
    x, y = np.log([row["made"] for row in rows]), np.log([row[name] for row in rows])
    return float(np.polyfit(x, y, 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--workers-size", type=int, default=SIZES[1])
    given = parser.parse_args()
    for size in given.sizes:
        row = measured(size, 1)
        print(json.dumps(row), flush=True)
        written({"sizes": [*(each for each in before("sizes") if each["tasks"] != size), row]})
    if given.workers_size:
        pairs = []
        for _ in range(PAIRS):
            pairs.append({str(workers): measured(given.workers_size, workers) for workers in (1, 2)})
            print(json.dumps(pairs[-1]), flush=True)
        written({"workers": pairs, "speed_up": [pair["1"]["run_wall"] / pair["2"]["run_wall"] for pair in pairs]})


def before(name: str) -> list[dict[str, Any]]:
    """What the results have of it: sizes can be measured one at a time."""
    found: dict[str, list[dict[str, Any]]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return found.get(name, [])


def written(new: dict[str, Any]) -> None:
    results = {"workers": before("workers"), "speed_up": before("speed_up"), "sizes": before("sizes")} | new
    rows = sorted(results["sizes"], key=lambda row: row["tasks"])
    names = ("generate_cpu", "dedup_cpu", "stages_cpu", "run_cpu") if len(rows) > 1 else ()
    exponents = {name: exponent(rows, name) for name in names}
    head = {"families": cheap_families(), "shard_size": SHARD_SIZE, "sizes": rows, "exponent": exponents}
    RESULTS.write_text(json.dumps(head | {name: results[name] for name in ("workers", "speed_up")}, indent=1) + "\n")
    print(json.dumps({"exponent": exponents, "speed_up": results["speed_up"]}), flush=True)


if __name__ == "__main__":
    main()
