"""What a Prefect task a shard costs: 100 shards that only wait, as our flow, on Dask, and by prefect-dask's own runner.

    python -m benchmarks.orchestration [--seconds 0.1] [--shards 100]

A shard is a sleep, so that whatever comes on top is orchestration; one is under way at a time, as in a run with one
worker. What comes on top of a shard does not depend on how long it sleeps, so short sleeps tell it for long shards too;
`--seconds 0.1 2` shows that, in a quarter of an hour. Each side is a process of its own at one Prefect server on
loopback; the sides take turns.

- `loop`: a Python loop, no Prefect.
- `flow`: our flow, as it makes every stage: a Prefect task a shard in a thread, retries, progress and all.
- `flow on dask`: the same; the task hands its work to a worker of a local Dask cluster.
- `DaskTaskRunner`: each shard a task of prefect-dask's task runner on such a cluster.

`wall_s` is from the first shard to the end of the last, the cluster being up by then; `overhead_ms` is what it is over
the sleeps, a shard, and `of_2_s` its share of a shard of 2 s, which is to be below 5 % for our flow. `cpu_s` is the CPU
time that the side's processes spend meanwhile, `server_cpu_s` that of Prefect's server from the start of the side to
its end; `cpu_of_2_s` is both, a shard, as a share of 2 s. Where other work crowds the machine `load` says so: then the
overhead is theirs, and the share of CPU time is what there is to go by.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil

RESULTS = Path(__file__).parent / "results" / "orchestration.json"
LONG = 2.0
"""Seconds of the shard whose share the overhead is told as."""

WANTED = 0.05
"""What that share is to stay below."""


class Took(NamedTuple):
    wall_s: float
    cpu_s: float


class Clock:
    """What has passed since it was made, and what this process and its children have computed."""

    def __init__(self) -> None:
        self._start, self._spent = time.monotonic(), _cpu_of(psutil.Process())

    def took(self) -> Took:
        return Took(round(time.monotonic() - self._start, 2), round(_cpu_of(psutil.Process()) - self._spent, 2))


def loop(shards: int, seconds: float, folder: str) -> Took:
    clock = Clock()
    for _ in range(shards):
        time.sleep(seconds)
    return clock.took()


def our_flow(shards: int, seconds: float, folder: str, kind: str = "threads") -> Took:
    from prefect import flow, task

    from flows.retries import TRIED
    from flows.shards import each_missing
    from flows.workers import Place, RunnerConfig, opened_workers
    from pipeline.store import open_run
    from schemas import Task

    @task(name="sleep", task_run_name="sleep {shard}", **TRIED)
    def sleep(place: Place, shard: int) -> None:
        place(f"shard {shard}", time.sleep, seconds)

    @flow
    def waits() -> Took:
        run = open_run(folder, config={}, seed=0)
        stage = run.stage("sleeps", Task, count=shards, key=0)
        with opened_workers(RunnerConfig.model_validate({"kind": kind}), 1, run.url) as workers:
            workers.rules("the first of all", time.sleep, 0.0)
            clock = Clock()
            each_missing(stage, range(shards), "sleep", lambda shard: sleep.submit(workers.rules, shard), workers.rules)
            return clock.took()

    return waits()


def our_flow_on_dask(shards: int, seconds: float, folder: str) -> Took:
    return our_flow(shards, seconds, folder, "dask")


def dask_task_runner(shards: int, seconds: float, folder: str) -> Took:
    from prefect import flow, task
    from prefect.cache_policies import NO_CACHE
    from prefect_dask import DaskTaskRunner

    @task(cache_policy=NO_CACHE)
    def sleep(seconds: float) -> None:
        time.sleep(seconds)

    cluster = {"n_workers": 1, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}

    @flow(task_runner=DaskTaskRunner(cluster_kwargs=cluster))
    def waits() -> Took:
        sleep.submit(0.0).result()
        clock = Clock()
        for future in [sleep.submit(seconds) for _ in range(shards)]:
            future.result()
        return clock.took()

    return waits()


SIDES: dict[str, Callable[[int, float, str], Took]] = {
    "loop": loop,
    "flow": our_flow,
    "flow on dask": our_flow_on_dask,
    "DaskTaskRunner": dask_task_runner,
}


def measured(side: str, shards: int, seconds: float) -> None:
    """Does one side, and writes what it took as a line of JSON."""
    with TemporaryDirectory() as folder:
        took = SIDES[side](shards, seconds, folder)
    sys.stdout.write(json.dumps(took._asdict()) + "\n")


def _cpu_of(process: psutil.Process) -> float:
    """CPU seconds of a process, of the children it has and of those it had."""
    own = process.cpu_times()
    spent = float(own.user + own.system + own.children_user + own.children_system)
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            spent += _cpu_of(child)
    return spent


def compared(lengths: Sequence[float], sides: Sequence[str], shards: int) -> list[dict[str, Any]]:
    """A row a side, of each length; told as they come."""
    from flows.serve.server import server

    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    rows: list[dict[str, Any]] = []
    with server(port) as api:
        [prefect] = psutil.Process().children()
        for seconds in lengths:
            for side in sides:
                before = _cpu_of(prefect)
                took = json.loads(_done(side, shards, seconds, api).splitlines()[-1])
                server_cpu = round(_cpu_of(prefect) - before, 2)
                on_top = took["wall_s"] / shards - seconds
                spent = (took["cpu_s"] + server_cpu * (side != "loop")) / shards
                row = {
                    "side": side,
                    "shards": shards,
                    "seconds": seconds,
                    **took,
                    "server_cpu_s": server_cpu,
                    "overhead_ms": round(1000 * on_top, 1),
                    "of_2_s": round(on_top / LONG, 4),
                    "cpu_of_2_s": round(spent / LONG, 4),
                    "load": round(os.getloadavg()[0], 1),
                }
                rows.append(row)
                sys.stdout.write(
                    f"{side:16} {shards} x {seconds:g} s: {row['wall_s']:.1f} s, {row['overhead_ms']:.1f} ms a shard, "
                    f"{row['of_2_s']:.2%} of 2 s; CPU {row['cpu_of_2_s']:.2%}, load {row['load']}\n"
                )
                sys.stdout.flush()
    return rows


def _done(side: str, shards: int, seconds: float, api: str) -> str:
    command = [sys.executable, "-m", "benchmarks.orchestration", "--side", side]
    done = subprocess.run(
        [*command, "--seconds", str(seconds), "--shards", str(shards)],
        env={**os.environ, "PREFECT_API_URL": api, "PREFECT_LOGGING_LEVEL": "CRITICAL", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, nargs="+", default=[0.1])
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--sides", choices=SIDES, nargs="+", default=list(SIDES))
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        measured(given.side, given.shards, given.seconds[0])
        return 0
    with TemporaryDirectory() as home:
        os.environ["PREFECT_HOME"] = home
        rows = compared(given.seconds, given.sides, given.shards)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if all(row["of_2_s"] < WANTED for row in rows if row["side"] == "flow") else 1


if __name__ == "__main__":
    sys.exit(main())
