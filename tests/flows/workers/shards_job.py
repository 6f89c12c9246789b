"""Makes shards of tasks on the two workers of a Dask cluster: python shards_job.py FOLDER ADDRESS."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from flows.work import write_tasks
from flows.workers import RunnerConfig, opened_workers
from generators.stream import Segment
from pipeline.store import open_run
from schemas import Task

SHARDS = 8


def segments(shard: int) -> list[Segment]:
    return [Segment(family="arithmetic.chain", level=2, seed=7, start=100 * shard, stop=100 * shard + 100)]


def main(folder: str, address: str) -> None:
    run = open_run(f"{folder}/run", config={}, seed=7)
    stage = run.stage("tasks", Task, count=SHARDS, key={})
    with opened_workers(RunnerConfig(kind="dask", address=address), 1, run.url) as workers:
        while workers.rules.at_once < 2:
            time.sleep(0.1)
        with ThreadPoolExecutor(2) as threads:
            place = workers.rules
            list(
                threads.map(lambda shard: place(f"{shard}", write_tasks, stage, shard, segments(shard)), range(SHARDS))
            )
    stage.seal()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
