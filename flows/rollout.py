"""Unique tasks to graded rollouts and difficulties: one engine, one Prefect task a shard, every batch journalled."""

from typing import Any

import torch
from prefect import task
from prefect.cache_policies import NO_CACHE

from filters.config import DifficultyConfig
from filters.rollouts import difficulties, roll_out
from flows.config import ModelConfig, RunConfig
from flows.shards import say_ignored
from pipeline.engines import open_engine
from pipeline.engines.budget import Budget, Tokens
from pipeline.engines.contact import served_revision
from pipeline.engines.protocol import Engine
from pipeline.engines.retry import Patience
from pipeline.models import resolve
from pipeline.progress import Advance, progress
from pipeline.store import Run, ShardInfo, Stage
from schemas import Difficulty, Rollout, Task, from_table
from trainer.config import SamplingConfig


def roll_out_tasks(
    run: Run, config: RunConfig, model: ModelConfig, unique: Stage[Task]
) -> tuple[Stage[Rollout], Stage[Difficulty]]:
    """The stages `rollouts` and `difficulty`, a shard of each for every shard of unique tasks."""
    key = _key(config, model, unique)
    rollouts = run.stage("rollouts", Rollout, count=unique.count, key=key)
    graded = run.stage("difficulty", Difficulty, count=unique.count, key=key)
    say_ignored(rollouts)
    shards = unique.shards()
    missing = [info for info in shards if not graded.has(info.shard)]
    tasks = sum(info.rows for info in shards)
    with progress("roll out", tasks, "tasks") as advance:
        advance(tasks - sum(info.rows for info in missing), "")
        if missing:
            if model.threads is not None:
                torch.set_num_threads(model.threads)
            engine = _opened(model, rollouts, shards)
            try:
                for info in missing:
                    own = config.difficulty.model_copy(update={"max_rollouts": _budget(config, info.rows, tasks)})
                    grade_shard.submit(
                        engine, config.sampling, own, run.seed, unique, info, rollouts, graded, advance
                    ).result()
            finally:
                engine.close()
    rollouts.seal()
    graded.seal()
    return rollouts, graded


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
) -> None:
    """Samples what is not yet journalled, then writes the shard's rollouts and difficulties."""
    tasks = from_table(unique.read(info.shard), Task)
    if rollouts.has(info.shard):
        made = from_table(rollouts.read(info.shard), Rollout)
    else:
        journal = rollouts.journal(info.shard)
        made = journal.records()
        passed = roll_out(tasks, engine, sampling.for_engine(), config, seed, prefill=sampling.prefill, done=made)
        for batch in passed:
            journal.append(batch)
            made.extend(batch)
            advance(0, f"shard {info.shard}: {len(made)} rollouts")
        place = {each.id: position for position, each in enumerate(tasks)}
        made.sort(key=lambda rollout: (place[rollout.task_id], rollout.sample))
        rollouts.write(info.shard, made, inputs=[info.sha256])
    decided = difficulties(tasks, made, config, engine.model, engine.revision)
    graded.write(info.shard, decided, inputs=[info.sha256])
    advance(len(tasks), "")


def _key(config: RunConfig, model: ModelConfig, unique: Stage[Task]) -> dict[str, Any]:
    return {
        "unique": unique.key,
        "model": model.name,
        **_weights(model),
        "engine": model.engine,
        "sampling": config.sampling.model_dump(),
        "difficulty": config.difficulty.model_dump(),
    }


def _weights(model: ModelConfig) -> dict[str, str]:
    """What names the weights, and how prompts go to a server."""
    if model.engine != "server":
        return {"revision": resolve(model.name).revision}
    revision = served_revision(model.name, model.url, model.key_env)
    if model.tokenizer is None:
        return {"revision": revision}
    return {"revision": revision, "tokenizer": resolve(model.tokenizer, weights=False).revision}


def _opened(model: ModelConfig, rollouts: Stage[Rollout], shards: list[ShardInfo]) -> Engine:
    if model.engine == "transformers":
        return open_engine("transformers", model.name)
    if model.engine == "vllm":
        own = {"context": model.context, "cache_gb": model.cache_gb, "threads": model.threads}
        return open_engine("vllm", model.name, **own)
    return open_engine(
        "server",
        model.name,
        url=model.url,
        key_env=model.key_env,
        concurrency=model.concurrency,
        tokenizer=model.tokenizer,
        budget=Budget(**model.budget.model_dump()),
        spent=_spent(rollouts, shards),
        patience=Patience(timeout=model.timeout, deadline=6 * model.timeout),
    )


def _spent(rollouts: Stage[Rollout], shards: list[ShardInfo]) -> Tokens:
    """The tokens of the rollouts that are stored, which count against the budget of a run that goes on."""
    spent = Tokens()
    for info in shards:
        has = rollouts.has(info.shard)
        made = from_table(rollouts.read(info.shard), Rollout) if has else rollouts.journal(info.shard).records()
        for rollout in made:
            spent = spent.plus(Tokens(rollout.prompt_tokens, rollout.completion_tokens))
    return spent


def _budget(config: RunConfig, own: int, tasks: int) -> int | None:
    """The share in the run's rollouts of a shard with `own` of all the tasks."""
    return None if config.difficulty.max_rollouts is None else config.difficulty.max_rollouts * own // tasks
