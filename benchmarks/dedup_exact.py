"""Exact dedup of tasks, at once and in parts: CPU-seconds a million tasks, and the memory that it takes.

    python -m benchmarks.dedup_exact [--sizes 200000 2000000] [--whole 200000] [--methods read "at once" "500 MB"]

Each row is a process of its own, and all of a size read the same shards; two sizes ten times apart show whether the
time is linear. `--sizes` are of tasks with short texts, where keys weigh most, `--whole` of whole tasks of the cheapest
families. The first methods compare keys alone: one reads them, one puts all of them into a dict, as one would without
further thought. The others do what a run does, and write both halves of each shard: at once, or with `dedup.memory` in
parts, piece after piece as one worker has them. Memory is the largest resident set, looked at a hundred times a second,
beyond that of the process before it began; of a key what it is beyond that of reading the shards, by the tasks, where
`read` is among the `--methods`. Rows of other sizes and methods stay in the results.
"""

import argparse
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa

from dedup.exact import BYTES_A_KEY, contradicted, duplicates, read_keys, removals, repeated
from dedup.partitions import decide, write_keys
from flows.compared import Pile, piled
from flows.dedup_parts import by_group, cut_of
from flows.work import UniqueStages, write_unique_group, write_unique_shard
from generators.stream import Segment, tasks_of
from pipeline.store import Run, Stage, load_run, open_run, read_columns, shard_urls
from schemas import Removed, Task, schema_of, to_table

SHARD_ROWS = 10_000
REPEATED = 0.15
MEMORY = {"2 GB": 2_000_000_000, "500 MB": 500_000_000, "100 MB": 100_000_000}
COMPARED = ("read", "dict", "compare at once")
METHODS = (*COMPARED, "at once", *MEMORY)
FAMILIES = (("arithmetic.chain", 2), ("strings.word_sorting", 2), ("arithmetic.reversed_addition", 3))
RESULTS = Path(__file__).parent / "results" / "dedup_exact.json"


def main(sizes: Sequence[int], whole: Sequence[int], methods: Sequence[str]) -> None:
    results = [row for size in sizes for row in compared(size, short_tasks(), "short", methods)]
    results += [row for size in whole for row in compared(size, real_tasks(), "whole", methods)]
    there = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    rows = {(row["texts"], row["tasks"], METHODS.index(row["method"])): row for row in [*there, *results]}
    RESULTS.write_text(json.dumps([rows[key] for key in sorted(rows)], indent=1) + "\n")


def compared(size: int, pattern: pa.Table, texts: str, methods: Sequence[str]) -> list[dict[str, Any]]:
    print(f"{size:,} tasks with {texts} texts, {REPEATED:.0%} of them repeated, in shards of {SHARD_ROWS:,}")
    print(
        f"{'method':<18}{'removed':>10}{'parts':>7}{'compare':>9}{'write':>8}  CPU-s / 1M{'peak MB':>9}{'B / key':>9}"
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        write_tasks(folder, size, pattern)
        for method in methods:
            found = in_own_process(method, folder)
            row = {"tasks": size, "texts": texts, "method": method} | found
            rows.append(row)
            if rows[0]["method"] == "read":
                row["bytes_a_key"] = (row["peak_mb"] - rows[0]["peak_mb"]) * 1e6 / size
            a_key = row.get("bytes_a_key", math.nan)
            print(
                f"{method:<18}{row['removed']:>10,}{row['parts']:>7}{row['compare_per_million']:>9.2f}"
                f"{row['write_per_million']:>8.2f}{'':>12}{row['peak_mb']:>9.0f}{a_key:>9.0f}",
                flush=True,
            )
            for half in ("unique", "removed"):  # the next method needs the room
                shutil.rmtree(f"{folder}/run/{half}", ignore_errors=True)
    assert len({row["removed"] for row in rows if row["method"] != "read"}) <= 1, "the methods disagree"
    assert len({row["halves"] for row in rows if row["method"] not in COMPARED}) <= 1, "the bytes differ"
    for row in rows:
        del row["halves"]
    print()
    return rows


def measured(method: str, folder: str) -> dict[str, Any]:
    run = load_run(f"{folder}/run")
    tasks = run.sealed("tasks", Task)
    assert tasks is not None
    rows = sum(info.rows for info in tasks.shards())
    memory, clock = _Memory(), _Clock()
    if method in COMPARED:
        parts, scratch, removed, halves = 1, 0, _compare(method, shard_urls(f"{folder}/run/tasks")), ""
        clock.lap("compare")
    else:
        stages = _stages(run, tasks, method)
        pile = piled(tasks, stages.unique, range(tasks.count), ())
        do = _at_once if method == "at once" else _in_parts
        parts, scratch = do(stages, pile, MEMORY.get(method, 0) // BYTES_A_KEY, clock.lap)
        removed = sum(info.rows for info in stages.removed.shards())
        halves = "".join(info.sha256[:4] for half in stages[1:] for info in half.shards())
    return {
        "removed": removed,
        "parts": parts,
        "scratch_bytes": scratch,
        "halves": halves,
        "compare_per_million": clock.spent.get("compare", 0.0) / rows * 1e6,
        "write_per_million": clock.spent.get("write", 0.0) / rows * 1e6,
        "peak_mb": memory.peak() / 1e6,
    }


class _Memory:
    """Bytes of the resident set beyond those at the beginning."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = self._most = self._process.memory_info().rss
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def _watch(self) -> None:
        while not self._ended.wait(0.01):
            self._most = max(self._most, self._process.memory_info().rss)

    def peak(self) -> int:
        self._ended.set()
        self._watching.join()
        return self._most - self._before


class _Clock:
    """CPU seconds between laps, by name."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._last = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.spent[name] = self.spent.get(name, 0.0) + now - self._last
        self._last = now


def _compare(method: str, shards: Sequence[str]) -> int:
    if method == "dict":
        return len(dict_duplicates(shards))
    if method == "compare at once":
        return duplicates(shards).height
    for url in shards:
        read_columns(url, Task, ["index", "id", "level", "seed", "canonical", "prompt"])
    return 0


def _at_once(stages: UniqueStages, pile: Pile, keys: int, lap: Callable[[str], None]) -> tuple[int, int]:
    keys, prompts = read_keys(dict(enumerate(pile.paths)))
    assert contradicted(prompts) is None
    del prompts
    found = removals(repeated(keys), apart=0)
    del keys
    lap("compare")
    for number, info in pile.numbered.items():
        write_unique_shard(stages, info, found.get(number, ()))
    lap("write")
    return 1, 0


def _in_parts(stages: UniqueStages, pile: Pile, keys: int, lap: Callable[[str], None]) -> tuple[int, int]:
    cut = cut_of(stages, pile, keys)
    for group, shards in by_group(cut, dict(enumerate(pile.paths))).items():
        write_keys(cut, group, shards)
    for part in range(cut.partitions):
        assert decide(cut, part) is None
    lap("compare")
    for group, infos in by_group(cut, pile.numbered).items():
        write_unique_group(stages, cut, group, infos, 0, None)
    lap("write")
    return cut.partitions, sum(path.stat().st_size for path in Path(cut.folder).rglob("*") if path.is_file())


def _stages(run: Run, tasks: Stage[Task], method: str) -> UniqueStages:
    halves = (
        run.stage("unique", Task, count=tasks.count, key=method),
        run.stage("removed", Removed, count=tasks.count, key=method),
    )
    return UniqueStages(tasks, *halves)


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
    command = [sys.executable, "-m", "benchmarks.dedup_exact", "--measure", method, folder]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def short_tasks() -> pa.Table:
    """Tasks of which only the keys have a length."""
    columns: dict[str, list[Any]] = {name: ["x"] for name in schema_of(Task).names}
    columns |= {name: ["{}"] for name in ("payload", "params", "features")}
    columns |= {name: [1] for name in ("level", "seed", "version", "index")}
    return pa.table(columns | {"prompt": [[{"role": "user", "content": "x"}]]}, schema=schema_of(Task))


def real_tasks() -> pa.Table:
    """A shard of tasks as families make them."""
    each = -(-SHARD_ROWS // len(FAMILIES))
    made = [
        task
        for family, level in FAMILIES
        for task in tasks_of(Segment(family=family, level=level, params={}, seed=7, start=0, stop=each))
    ]
    return to_table(made[:SHARD_ROWS], Task)


def write_tasks(folder: str, rows: int, pattern: pa.Table) -> None:
    """Shards of tasks like those of the pattern, with keys, ids and prompts of their own."""
    rng = random.Random(7)
    keys = [f"{rng.getrandbits(128):032x}" for _ in range(int(rows * (1 - REPEATED)))]
    keys += rng.choices(keys, k=rows - len(keys))
    rng.shuffle(keys)
    starts = range(0, rows, SHARD_ROWS)
    stage = open_run(f"{folder}/run", config={}, seed=7).stage("tasks", Task, count=len(starts), key=0)
    prompts = [messages[0]["content"] for messages in pattern["prompt"].to_pylist()]
    for shard, start in enumerate(starts):
        part = keys[start : start + SHARD_ROWS]
        own = {
            "canonical": part,
            "id": [f"{rng.getrandbits(128):032x}" for _ in part],
            "index": list(range(start, start + len(part))),
            "prompt": [
                [{"role": "user", "content": f"{key} {prompts[row % len(prompts)]}"}] for row, key in enumerate(part)
            ],
        }
        table = pattern.take([row % pattern.num_rows for row in range(len(part))])
        columns = {name: own.get(name, table[name]) for name in schema_of(Task).names}
        stage.write(shard, pa.table(columns, schema=schema_of(Task)))
    stage.seal()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Exact dedup of tasks, at once and in parts.")
    parser.add_argument("--sizes", type=int, nargs="*", default=[200_000, 2_000_000])
    parser.add_argument("--whole", type=int, nargs="*", default=[200_000])
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=METHODS)
    parser.add_argument("--measure", nargs=2, metavar=("METHOD", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measured(*given.measure)))
    else:
        main(given.sizes, given.whole, [method for method in METHODS if method in given.methods])
