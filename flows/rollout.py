"""`taskmill rollout RUN`, unique tasks to graded rollouts: one Prefect task a shard, every batch journalled."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow.compute as pc
from prefect import flow, task
from prefect.futures import PrefectFuture

from filters.budget import Left
from flows.artifacts import progress, show_stages
from flows.asking import Asking, who_asks
from flows.choose import chances
from flows.config import RunConfig, model_of
from flows.dedup import unique_tasks
from flows.parameters import of_run
from flows.retries import TRIED
from flows.shards import say_ignored, take_first
from flows.taken_up import finished, taken_up
from flows.work import ShardJob, graded_shard
from flows.workers import Workers, opened_workers
from pipeline.engines.config import ModelConfig
from pipeline.engines.contact import served_revision
from pipeline.models import resolve
from pipeline.progress import Advance
from pipeline.store import Run, ShardInfo, Stage, read_columns
from schemas import Difficulty, Rollout, Task


@flow(name="taskmill-rollout", flow_run_name=of_run)
def rollout_flow(run: str) -> None:
    """Has the model answer the unique tasks of a run, judges the answers, and measures how hard the tasks are for it.

    Args:
        run: The folder or URL of a run whose tasks are deduplicated.
    """
    with taken_up(run) as (opened, config):
        model = model_of(config)
        unique = finished(unique_tasks(opened, config), f"taskmill dedup {opened.url}")
        show_stages(config.name, roll_out_tasks(opened, config, model, unique))


def roll_out_tasks(
    run: Run,
    config: RunConfig,
    model: ModelConfig,
    unique: Stage[Task],
    suffix: str = "",
    there: Workers | None = None,
) -> tuple[Stage[Rollout], Stage[Difficulty]]:
    """The stages `rollouts` and `difficulty`, a shard of each for every shard of unique tasks.

    `suffix` ends the names of the stages: each model that is compared has stages of its own. The workers that are
    `there` are asked, or some that are opened for it.
    """
    rollouts, graded = rollout_stages(run, config, model, unique, suffix)
    with (
        opened_workers(config.runner, config.workers, run.url, there) as workers,
        who_asks(model, rollouts, workers.models) as ask,
    ):
        roll_out_shards(ask, config, unique, unique.shards(), rollouts, graded, limits_of(config))
    rollouts.seal()
    graded.seal()
    return rollouts, graded


def rollout_stages(
    run: Run, config: RunConfig, model: ModelConfig, unique: Stage[Task], suffix: str = ""
) -> tuple[Stage[Rollout], Stage[Difficulty]]:
    """The same stages, with what is already there."""
    key = {"unique": unique.key, **settings_of(config, model)}
    rollouts = run.stage(f"rollouts{suffix}", Rollout, count=unique.count, key=key, paid=True)
    graded = run.stage(f"difficulty{suffix}", Difficulty, count=unique.count, key=key)
    say_ignored(rollouts)
    return rollouts, graded


def roll_out_shards(
    ask: Asking,
    config: RunConfig,
    unique: Stage[Task],
    shards: Sequence[ShardInfo],
    rollouts: Stage[Rollout],
    graded: Stage[Difficulty],
    left: Left,
) -> None:
    """Grades those of the unique shards that are not graded by the rollouts that are there; all the shards given spend
    at most what is `left`.

    As many at once as can be asked; under a limit one after another, for then a shard gets its part of what those
    before it have left, by its tasks: what it has no use for is the next ones'.
    """
    made = {info.shard: info.sha256 for info in rollouts.shards()}
    inputs = {info.shard: [info.sha256, made.get(info.shard, "")] for info in shards}
    outdated = set(graded.outdated(inputs))
    missing = [info for info in shards if info.shard in outdated]
    tasks = to_come = sum(info.rows for info in shards)
    with progress("roll out", tasks, "tasks") as advance:
        advance(tasks - sum(info.rows for info in missing), "")
        if missing:
            ask.begin()
        under_way: list[PrefectFuture[None]] = []
        for info in shards:
            if info.shard in outdated:
                own = left.share(info.rows, max(to_come, 1))
                limits = {"max_rollouts": own.rollouts, "max_completion_tokens": own.tokens}
                job = ShardJob(
                    sampling=config.sampling,
                    difficulty=config.difficulty.model_copy(update=limits),
                    seed=config.seed,
                    unique=unique,
                    info=info,
                    rollouts=rollouts,
                    graded=graded,
                    weights=chances(config, unique, graded, info.shard) if left.limited else None,
                )
                under_way.append(grade_shard.submit(ask, job, advance))
                if len(under_way) >= (1 if left.limited else ask.at_once):
                    take_first(under_way)
            left = after(left, rollouts, [info.shard])
            to_come -= info.rows
        while under_way:
            take_first(under_way)


def limits_of(config: RunConfig) -> Left:
    return Left(config.difficulty.max_rollouts, config.difficulty.max_completion_tokens)


def after(left: Left, rollouts: Stage[Rollout], shards: Iterable[int]) -> Left:
    """What is left of it after the stored rollouts of these shards."""
    for shard in shards if left.limited else ():
        tokens = read_columns(rollouts.path(shard), Rollout, ["completion_tokens"])["completion_tokens"]
        left = left.after(len(tokens), pc.sum(tokens).as_py() or 0)
    return left


@task(name="grade shard", task_run_name="grade shard {job.info.shard}", **TRIED)
def grade_shard(ask: Asking, job: ShardJob, advance: Advance) -> None:
    """Has the shard sampled and graded, and makes the results shards of their stages."""
    made = ask(f"grade shard {job.info.shard}", graded_shard, job, ask.heard(advance))
    if made.rollouts is not None:
        job.rollouts.commit(made.rollouts)
    job.graded.commit(made.graded)
    advance(job.info.rows, "")


def settings_of(config: RunConfig, model: ModelConfig) -> dict[str, Any]:
    """What rollouts and difficulties depend on beside the tasks and the seed, as part of a stage's key."""
    return {
        "model": model.name,
        **weights_of(model),
        "engine": model.engine,
        "sampling": config.sampling.model_dump(),
        "difficulty": config.difficulty.model_dump(),
    }


def weights_of(model: ModelConfig) -> dict[str, str]:
    """What names the weights, how long a text they are given, and how prompts go to a server."""
    if model.engine != "server":
        longest = {} if model.context is None else {"context": str(model.context)}
        return {"revision": resolve(model.name).revision, **longest}
    revision = served_revision(model.name, model.url, model.key_env)
    if model.tokenizer is None:
        return {"revision": revision}
    return {"revision": revision, "tokenizer": resolve(model.tokenizer, weights=False).revision}
