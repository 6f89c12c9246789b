"""`taskmill rollout RUN`, unique tasks to graded rollouts: one engine, one Prefect task a shard, batches journalled."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow.compute as pc
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from filters.budget import Left
from filters.config import DifficultyConfig
from filters.rollouts import difficulties, roll_out
from flows.cached import say_hits
from flows.choose import chances
from flows.config import RunConfig, model_of
from flows.dedup import unique_tasks
from flows.shards import say_ignored
from flows.taken_up import finished, taken_up
from generators.judging import Judge, Verifiers, judge_here
from pipeline.costs.ledger import ledger_of, next_part
from pipeline.costs.meter import Meter, all_cpu_seconds, device_of, metered
from pipeline.engines.budget import Tokens
from pipeline.engines.config import ModelConfig
from pipeline.engines.contact import served_revision
from pipeline.engines.opening import opened
from pipeline.engines.protocol import Engine
from pipeline.models import resolve
from pipeline.progress import Advance, progress
from pipeline.store import Run, ShardInfo, Stage, read_columns
from schemas import Difficulty, Rollout, Task, from_table
from trainer.config import SamplingConfig

VERIFIERS = 1
"""Processes that verify beside the engine; they are idle for most of the time."""

VERIFIER_SECONDS = 30.0
"""Wall time of one answer on a machine that the engine keeps busy; it is undecided after that."""


@flow(name="taskmill-rollout", flow_run_name="{run}")
def rollout_flow(run: str) -> None:
    """Has the model answer the unique tasks of a run, judges the answers, and measures how hard the tasks are for it.

    Args:
        run: The folder or URL of a run whose tasks are deduplicated.
    """
    with taken_up(run) as (opened, config):
        model = model_of(config)
        unique = finished(unique_tasks(opened, config), f"taskmill dedup {opened.url}")
        roll_out_tasks(opened, config, model, unique)


def roll_out_tasks(
    run: Run, config: RunConfig, model: ModelConfig, unique: Stage[Task], suffix: str = ""
) -> tuple[Stage[Rollout], Stage[Difficulty]]:
    """The stages `rollouts` and `difficulty`, a shard of each for every shard of unique tasks.

    `suffix` ends the names of the stages: each model that is compared has stages of its own.
    """
    rollouts, graded = rollout_stages(run, config, model, unique, suffix)
    with opened_when_needed(model, rollouts) as engine:
        roll_out_shards(engine, config, unique, unique.shards(), rollouts, graded, limits_of(config))
    rollouts.seal()
    graded.seal()
    return rollouts, graded


def rollout_stages(
    run: Run, config: RunConfig, model: ModelConfig, unique: Stage[Task], suffix: str = ""
) -> tuple[Stage[Rollout], Stage[Difficulty]]:
    """The same stages, with what is already there."""
    key = {"unique": unique.key, **settings_of(config, model)}
    rollouts = run.stage(f"rollouts{suffix}", Rollout, count=unique.count, key=key)
    graded = run.stage(f"difficulty{suffix}", Difficulty, count=unique.count, key=key)
    say_ignored(rollouts)
    return rollouts, graded


def roll_out_shards(
    engine: Callable[[], Engine],
    config: RunConfig,
    unique: Stage[Task],
    shards: Sequence[ShardInfo],
    rollouts: Stage[Rollout],
    graded: Stage[Difficulty],
    left: Left,
) -> None:
    """Grades those of the unique shards that are not graded yet; all the shards given spend at most what is `left`.

    A shard gets its part of what those before it have left, by its tasks; what it has no use for is the next ones'.
    """
    missing = [info for info in shards if not graded.has(info.shard)]
    tasks = sum(info.rows for info in shards)
    with progress("roll out", tasks, "tasks") as advance:
        advance(tasks - sum(info.rows for info in missing), "")
        with Verifiers(VERIFIERS, VERIFIER_SECONDS) as verifiers:
            to_come = tasks
            for info in shards:
                if not graded.has(info.shard):
                    own = left.share(info.rows, max(to_come, 1))
                    limits = {"max_rollouts": own.rollouts, "max_completion_tokens": own.tokens}
                    grade_shard.submit(
                        engine(),
                        config.sampling,
                        config.difficulty.model_copy(update=limits),
                        config.seed,
                        unique,
                        info,
                        rollouts,
                        graded,
                        advance,
                        verifiers.judge,
                        chances(config, unique, graded, info.shard) if left.limited else None,
                    ).result()
                left = after(left, rollouts, [info.shard])
                to_come -= info.rows


def limits_of(config: RunConfig) -> Left:
    return Left(config.difficulty.max_rollouts, config.difficulty.max_completion_tokens)


def after(left: Left, rollouts: Stage[Rollout], shards: Iterable[int]) -> Left:
    """What is left of it after the stored rollouts of these shards."""
    for shard in shards if left.limited else ():
        tokens = read_columns(rollouts.path(shard), Rollout, ["completion_tokens"])["completion_tokens"]
        left = left.after(len(tokens), pc.sum(tokens).as_py() or 0)
    return left


@contextmanager
def opened_when_needed(
    model: ModelConfig, rollouts: Stage[Rollout], beside: Callable[[], Tokens] = Tokens
) -> Iterator[Callable[[], Engine]]:
    """Gives a function that opens the engine when it is first called; whatever was opened is closed at the end.

    At a server the tokens of the stored rollouts, and what was spent `beside` them, count against its budget.
    """
    held: list[Engine] = []

    def engine() -> Engine:
        if not held:
            with _opening(rollouts):
                held.append(opened(model, lambda: _spent(rollouts).plus(beside())))
        return held[0]

    try:
        yield engine
    finally:
        for each in held:
            say_hits(each)
            each.close()


@task(name="grade shard", task_run_name="grade shard {info.shard}", cache_policy=NO_CACHE)
def grade_shard(
    engine: Engine,
    sampling: SamplingConfig,
    config: DifficultyConfig,
    seed: int,
    unique: Stage[Task],
    info: ShardInfo,
    rollouts: Stage[Rollout],
    graded: Stage[Difficulty],
    advance: Advance,
    judge: Judge = judge_here,
    weights: Mapping[str, float] | None = None,
) -> None:
    """Samples what is not yet journalled, then writes the shard's rollouts and difficulties.

    `weights` are what decisions are worth under a limit, by task id; all the same where they are not given.
    """
    with metered(rollouts.run_url, rollouts.name, rollouts.key, info.shard, all_cpu_seconds) as meter:
        meter.device = device_of(engine.kind)
        _grade_shard(engine, sampling, config, seed, unique, info, rollouts, graded, advance, judge, weights, meter)


def _grade_shard(
    engine: Engine,
    sampling: SamplingConfig,
    config: DifficultyConfig,
    seed: int,
    unique: Stage[Task],
    info: ShardInfo,
    rollouts: Stage[Rollout],
    graded: Stage[Difficulty],
    advance: Advance,
    judge: Judge,
    weights: Mapping[str, float] | None,
    meter: Meter,
) -> None:
    tasks = from_table(unique.read(info.shard), Task)
    if rollouts.has(info.shard):
        made = from_table(rollouts.read(info.shard), Rollout)
    else:
        journal = rollouts.journal(info.shard)
        made = journal.records()
        asked = sampling.for_engine()
        for batch in roll_out(
            tasks, engine, asked, config, seed, prefill=sampling.prefill, done=made, weights=weights, judge=judge
        ):
            journal.append(batch)
            meter.sampled(batch)
            meter.note()
            made.extend(batch)
            advance(0, f"shard {info.shard}: {len(made)} rollouts")
        place = {each.id: position for position, each in enumerate(tasks)}
        made.sort(key=lambda rollout: (place[rollout.task_id], rollout.sample))
        rollouts.write(info.shard, made, inputs=[info.sha256])
    decided = difficulties(tasks, made, config, engine.model, engine.revision)
    written = graded.write(info.shard, decided, inputs=[info.sha256])
    meter.rows_in, meter.rows_out = len(tasks), len(made)
    meter.bytes = rollouts.info(info.shard).bytes + written.bytes
    advance(len(tasks), "")


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


@contextmanager
def _opening(rollouts: Stage[Rollout]) -> Iterator[None]:
    """What it takes to open the engine is written down, each time that it is opened."""
    part = next_part(ledger_of(rollouts.run_url, "engine", rollouts.key))
    with metered(rollouts.run_url, "engine", rollouts.key, part, all_cpu_seconds):
        yield


def _spent(rollouts: Stage[Rollout]) -> Tokens:
    """The tokens of the rollouts that are stored, which count against the budget of a run that goes on."""
    spent = Tokens()
    for shard in range(rollouts.count):
        for rollout in rollouts.so_far(shard):
            spent = spent.plus(Tokens(rollout.prompt_tokens, rollout.completion_tokens))
    return spent
