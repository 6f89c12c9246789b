"""Exact dedup against a plain dict: CPU-seconds a million keys and peak memory, each in a process of its own.

    python -m benchmarks.dedup_exact [ROWS ...]

Two sizes by default, ten times apart, so that it shows whether the time is linear. Both methods read the same shards.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from dedup.exact import duplicates
from pipeline.store import open_run, read_columns, shard_urls
from schemas import Task, schema_of

SIZES = (200_000, 2_000_000)
SHARD_ROWS = 50_000
REPEATED = 0.15
METHODS = ("reading only", "dict", "1 partition", "4 partitions", "16 partitions", "64 partitions")
RESULTS = Path(__file__).parent / "results" / "dedup_exact.json"


def main(sizes: Sequence[int]) -> None:
    results = [row for size in sizes for row in compared(size)]
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def compared(size: int) -> list[dict[str, Any]]:
    print(f"{size:,} tasks, {REPEATED:.0%} of them repeated, in shards of {SHARD_ROWS:,}")
    print(f"{'method':<16}{'dropped':>10}{'CPU-s / 1M keys':>17}{'dict / method':>15}{'peak MB over reading':>22}")
    with tempfile.TemporaryDirectory() as folder:
        write_tasks(folder, size)
        found = {method: in_own_process(method, folder) for method in METHODS}
    assert len({found[method]["dropped"] for method in METHODS[1:]}) == 1, "the methods disagree"
    rows = [
        {
            "tasks": size,
            "method": method,
            "dropped": row["dropped"],
            "cpu_seconds_per_million": row["cpu"] / size * 1e6,
            "dict_over_method": found["dict"]["cpu"] / row["cpu"],
            "peak_mb_over_reading": row["peak_mb"] - found["reading only"]["peak_mb"],
        }
        for method, row in found.items()
    ]
    for row in rows:
        cpu, ratio = row["cpu_seconds_per_million"], row["dict_over_method"]
        print(
            f"{row['method']:<16}{row['dropped']:>10,}{cpu:>17.2f}{ratio:>14.1f}x{row['peak_mb_over_reading']:>22.0f}"
        )
    print()
    return rows


def measured(method: str, folder: str) -> dict[str, Any]:
    shards = shard_urls(f"{folder}/run/tasks")
    start = time.process_time()
    if method == "reading only":
        dropped = 0
        for url in shards:
            read_columns(url, Task, ["index", "id", "level", "seed", "canonical"])
    elif method == "dict":
        dropped = len(dict_duplicates(shards))
    else:
        dropped = len(duplicates(shards, int(method.split()[0])))
    cpu = time.process_time() - start
    return {"dropped": dropped, "cpu": cpu, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def dict_duplicates(shards: Sequence[str]) -> list[tuple[int, int, str, str]]:
    """What one would write without further thought: every key in one dict, twice through the rows."""
    rows = [
        (index, task_id, shard, row, canonical)
        for shard, url in enumerate(shards)
        for row, (index, task_id, canonical) in enumerate(
            zip(*(column.to_pylist() for column in read_columns(url, Task, ["index", "id", "canonical"])), strict=True)
        )
    ]
    best: dict[str, tuple[int, str, int, int]] = {}
    for *rank, canonical in rows:
        best[canonical] = min(best.get(canonical, tuple(rank)), tuple(rank))
    return [
        (shard, row, task_id, best[canonical][1])
        for index, task_id, shard, row, canonical in rows
        if best[canonical] != (index, task_id, shard, row)
    ]


def in_own_process(method: str, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.dedup_exact", "measure", method, folder]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def write_tasks(folder: str, rows: int) -> None:
    rng = random.Random(7)
    keys = [f"{rng.getrandbits(128):032x}" for _ in range(int(rows * (1 - REPEATED)))]
    keys += rng.choices(keys, k=rows - len(keys))
    rng.shuffle(keys)
    starts = range(0, rows, SHARD_ROWS)
    stage = open_run(f"{folder}/run", config={}, seed=7).stage("tasks", Task, count=len(starts), key=0)
    for shard, start in enumerate(starts):
        part = keys[start : start + SHARD_ROWS]
        columns: dict[str, list[Any]] = {name: ["x"] * len(part) for name in schema_of(Task).names}
        columns |= {name: ["{}"] * len(part) for name in ("payload", "params", "features")}
        columns |= {name: [1] * len(part) for name in ("level", "seed", "version")}
        columns["canonical"] = part
        columns["id"] = [f"{rng.getrandbits(128):032x}" for _ in part]
        columns["index"] = list(range(start, start + len(part)))
        columns["prompt"] = [[{"role": "user", "content": key}] for key in part]
        stage.write(shard, pa.table(columns, schema=schema_of(Task)))
    stage.seal()


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        print(json.dumps(measured(*sys.argv[2:])))
    else:
        main([int(size) for size in sys.argv[1:]] or SIZES)
