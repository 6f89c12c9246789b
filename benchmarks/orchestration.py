"""What a Prefect task a shard costs: 100 shards that only wait, as our flow, on Dask, and by prefect-dask's own runner.

    python -m benchmarks.orchestration [--seconds 0.2 2.0] [--shards 100]

A shard is a sleep, so that whatever comes on top is orchestration; one is under way at a time, as in a run with one
worker. Each side is a process of its own at one Prefect server on loopback; the sides take turns.

- `loop`: a Python loop, no Prefect.
- `flow`: our flow, as it makes every stage: a Prefect task a shard in a thread, retries, progress and all.
- `flow on dask`: the same; the task hands its work to a worker of a local Dask cluster.
- `DaskTaskRunner`: each shard a task of prefect-dask's task runner on such a cluster.

`wall_s` is from the first shard to the end of the last, the cluster being up by then; `overhead` is what it is over the
loop's. `cpu_s` is the CPU time that the side's processes spend meanwhile, `server_cpu_s` that of Prefect's server from
the start of the side to its end; `cpu_share` is both over the time that the shards take. Where other work crowds the
machine `load` says so: then the overhead is theirs, and the share of CPU time is what there is to go by.
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


def compared(lengths: Sequence[float], sides: Sequence[str], shards: int) -> None:
    """All of it, written down as it comes."""
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
                base = next((row["wall_s"] for row in rows if row["seconds"] == seconds), took["wall_s"])
                row = {
                    "side": side,
                    "shards": shards,
                    "seconds": seconds,
                    **took,
                    "server_cpu_s": server_cpu,
                    "overhead": round(took["wall_s"] / base - 1, 4),
                    "cpu_share": round((took["cpu_s"] + server_cpu * (side != "loop")) / (shards * seconds), 4),
                    "load": round(os.getloadavg()[0], 1),
                }
                rows.append(row)
                RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
                sys.stdout.write(
                    f"{side:16} {shards} x {seconds:g} s: {row['wall_s']:.1f} s, {row['overhead']:+.1%}; "
                    f"CPU {row['cpu_share']:.1%}, load {row['load']}\n"
                )
                sys.stdout.flush()


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, nargs="+", default=[0.2, 2.0])
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--sides", choices=SIDES, nargs="+", default=list(SIDES), help="the loop first")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        measured(given.side, given.shards, given.seconds[0])
        return
    with TemporaryDirectory() as home:
        os.environ["PREFECT_HOME"] = home
        compared(given.seconds, given.sides, given.shards)


if __name__ == "__main__":
    main()
