"""The places that a config names."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from flows.workers.cluster import Cluster, OnCluster
from flows.workers.config import RunnerConfig
from flows.workers.place import HERE, Here, Place
from flows.workers.processes import Processes


class Workers(NamedTuple):
    """Where what is done: `rules` makes tasks, which is Python's own work; `rows` reads, thins out and writes shards,
    in libraries that need no process of their own; `models` asks the model, None in the process that asks."""

    rules: Place
    rows: Place
    models: Place | None


@contextmanager
def opened_workers(runner: RunnerConfig, count: int, run_url: str, there: Workers | None = None) -> Iterator[Workers]:
    """Whatever is needed of them starts when it is, and ends with the context; those that are `there` already are
    taken as they are. Their use raises WorkersError."""
    with ExitStack() as open_ones:
        if there is not None:
            yield there
        elif runner.kind == "dask":
            cluster = Cluster(runner, count, f"{run_url}/run.json")
            open_ones.callback(cluster.close)
            anywhere = OnCluster(cluster, {}, single=False)
            yield Workers(anywhere, anywhere, OnCluster(cluster, runner.resources, single=True))
        elif runner.kind == "threads":
            yield Workers(Here(count), Here(count), None)
        else:
            yield Workers(
                HERE if count == 1 else _processes(open_ones, count, 1),
                Here(count),
                None if runner.engines == 1 else _processes(open_ones, runner.engines, _cores_each(runner.engines)),
            )


def _processes(open_ones: ExitStack, count: int, threads: int) -> Processes:
    processes = Processes(count, threads)
    open_ones.callback(processes.rest)
    return processes


def _cores_each(processes: int) -> int:
    return max(1, (os.cpu_count() or 1) // processes)
