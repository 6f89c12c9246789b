"""`taskmill dedup RUN`, tasks to unique tasks: what is the same problem, by canonical key, stays once.

What is removed is kept whole, with the task that stays in its place.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import polars as pl
from prefect import flow, task

from dedup.exact import contradicted, read_keys, removals, repeated
from flows.artifacts import progress, show_stages
from flows.compared import Compared, Pile, compared_of, piled
from flows.config import RunConfig
from flows.contamination import keep_apart
from flows.contradiction import refuse_contradictions
from flows.dedup_parts import SCRATCH, write_in_parts
from flows.generate import tasks_stage
from flows.parameters import of_run
from flows.retries import TRIED
from flows.seen import put_into_index
from flows.shards import say_ignored
from flows.taken_up import finished, taken_up
from flows.work import UniqueShard, UniqueStages, write_unique_shard
from flows.workers import HERE, Place, Workers, opened_workers
from pipeline.costs.meter import Meter, all_cpu_seconds, metered
from pipeline.progress import Advance
from pipeline.store import Run, ShardInfo, Stage
from pipeline.store.files import remove
from schemas import Removed, Task


@flow(name="taskmill-dedup", flow_run_name=of_run)
def dedup_flow(run: str) -> None:
    """Leaves out the tasks of a run that are the same problem as an earlier one.

    Args:
        run: The folder or URL of a run whose tasks are made.
    """
    with taken_up(run) as (opened, config):
        tasks = tasks_stage(opened, config)
        show_stages(config.name, [deduplicate(opened, config, finished(tasks, "taskmill generate CONFIG"))])


def deduplicate(run: Run, config: RunConfig, tasks: Stage[Task], there: Workers | None = None) -> Stage[Task]:
    """The stages `unique` and `removed`, a shard of each for every shard of tasks; written by the workers that are
    `there`, or by some that are opened for it. Raises ContradictionError."""
    compared = compared_of(run, config, tasks)
    unique, removed = unique_stages(run, config, tasks, compared)
    with opened_workers(config.runner, config.workers, run.url, there) as workers:
        shards = range(tasks.count)
        screen = keep_apart(config, tasks, compared.hits, shards, workers.rules)
        deduplicate_shards(tasks, unique, removed, shards, compared._replace(screen=screen), workers.rows)
    unique.seal()
    removed.seal()
    put_into_index(run, config, unique)
    return unique


def unique_stages(
    run: Run, config: RunConfig, tasks: Stage[Task], compared: Compared | None = None
) -> tuple[Stage[Task], Stage[Removed]]:
    """The same stages, with what is already there; compared as the config says, where it is not given."""
    compared = compared or compared_of(run, config, tasks)
    key = {"tasks": tasks.key, "method": "canonical", **compared.key}
    unique = run.stage("unique", Task, count=tasks.count, key=key)
    removed = run.stage("removed", Removed, count=tasks.count, key=key)
    say_ignored(unique)
    return unique, removed


def unique_tasks(run: Run, config: RunConfig) -> Stage[Task]:
    """The unique tasks that the config asks for, with what is already there."""
    return unique_stages(run, config, tasks_stage(run, config))[0]


def deduplicate_shards(
    tasks: Stage[Task],
    unique: Stage[Task],
    removed: Stage[Removed],
    shards: range,
    compared: Compared = Compared(),
    place: Place = HERE,
) -> None:
    """Writes these shards of both stages, where one is missing. What is unique in the shards before them stays."""
    with progress("deduplicate", len(shards), "shards") as advance:
        if any(set(shards).intersection(stage.missing()) for stage in (unique, removed)):
            stages = UniqueStages(tasks, unique, removed)
            pile = piled(tasks, unique, shards, compared.apart)
            if sum(pile.rows) <= compared.keys:
                write_unique.submit(stages, pile, compared, place, advance).result()
            else:
                with _metered(stages, pile) as meter:
                    for made in write_in_parts(stages, pile, compared, place, advance):
                        _count(meter, made)
                        meter.note()
        else:
            advance(len(shards), "already there")
    remove(f"{unique.url}/{SCRATCH}")


@task(name="deduplicate", **TRIED)
def write_unique(stages: UniqueStages, pile: Pile, compared: Compared, place: Place, advance: Advance) -> None:
    """Compares keys in this process, and has the shards written side by side, which takes as long."""
    with _metered(stages, pile) as meter:
        keys, prompts = read_keys(dict(enumerate(pile.paths)))
        refuse_contradictions([contradicted(prompts)], pile.paths)
        del prompts  # before memory is needed for the rest
        found = repeated(keys, pile.settled, compared.known)
        del keys
        own = removals(found.filter(pl.col("shard") >= pile.settled), len(compared.apart))

        def written(item: tuple[int, ShardInfo]) -> UniqueShard:
            number, info = item
            dropped = own.get(number, ())
            return place(f"deduplicate shard {info.shard}", write_unique_shard, stages, info, dropped, compared.screen)

        with ThreadPoolExecutor(place.at_once) as threads:
            for made in threads.map(written, pile.numbered.items()):
                _count(meter, made)
                advance(1, "")


def _metered(stages: UniqueStages, pile: Pile) -> AbstractContextManager[Meter]:
    unique = stages.unique
    return metered(unique.run_url, unique.name, unique.key, pile.own[0].shard, all_cpu_seconds)


def _count(meter: Meter, made: UniqueShard) -> None:
    meter.rows_in += made.tasks
    meter.rows_out += made.unique
    meter.bytes += made.bytes
