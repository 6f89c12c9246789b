"""`taskmill compare RUN`, further models on the same tasks: each has its rollouts, and there is one scale for all."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl
from prefect import flow, task

from filters.side_by_side import Results, side_by_side
from flows.artifacts import show_stages
from flows.config import RunConfig, model_of
from flows.graded import finished_tasks
from flows.parameters import of_run
from flows.retries import TRIED
from flows.rollout import roll_out_tasks
from flows.shards import say_ignored
from flows.taken_up import taken_up
from flows.workers import opened_workers
from pipeline.engines.config import ModelConfig
from pipeline.seeding import derived_seed
from pipeline.store import Run, Stage, read_columns
from schemas import Ability, Difficulty, Item, Rollout, Task, from_table


class RolledOut(NamedTuple):
    """A model with its rollouts and difficulties of the unique tasks."""

    model: ModelConfig
    rollouts: Stage[Rollout]
    graded: Stage[Difficulty]


@flow(name="taskmill-compare", flow_run_name=of_run)
def compare_flow(run: str) -> None:
    """Has the further models of a run answer its tasks too, and puts models and tasks on one scale.

    Args:
        run: The folder or URL of a run that is rolled out.
    """
    with taken_up(run) as (opened, config):
        made = compare_models(opened, config, model_of(config), *finished_tasks(opened, config))
        show_stages(config.name, made)


def compare_models(
    run: Run,
    config: RunConfig,
    model: ModelConfig,
    unique: Stage[Task],
    rollouts: Stage[Rollout],
    graded: Stage[Difficulty],
) -> tuple[Stage[Item], Stage[Ability]]:
    """The stages `rollouts_<model>` and `difficulty_<model>` of each of `config.compare`, then `items` and `abilities`.

    Every model is asked as the run's own is, with as large a budget of rollouts. Resumed as the run's own.
    """
    with opened_workers(config.runner, config.workers, run.url) as workers:
        others = [
            RolledOut(other, *roll_out_tasks(run, seeded(config, other), other, unique, f"_{other.slug}", workers))
            for other in config.compare
        ]
    return write_scale.submit(run, config, unique, [RolledOut(model, rollouts, graded), *others]).result()


def seeded(config: RunConfig, model: ModelConfig) -> RunConfig:
    """The config with a seed of the model's own: with the same draws, like models would err on the same samples, and
    each would tell less of a task than the scale takes it to tell."""
    return config.model_copy(update={"seed": derived_seed(config.seed, "compare", model.name)})


@task(name="one scale", **TRIED)
def write_scale(
    run: Run, config: RunConfig, unique: Stage[Task], models: list[RolledOut]
) -> tuple[Stage[Item], Stage[Ability]]:
    """`items` has a row for each unique task, shard by shard; `abilities` one for each model, in the config's order."""
    key = {"difficulty": [each.graded.key for each in models], "success_at": config.difficulty.success_at}
    items = run.stage("items", Item, count=unique.count, key=key)
    abilities = run.stage("abilities", Ability, count=1, key=key)
    say_ignored(items)
    inputs = [info.sha256 for each in models for stage in each[1:] for info in stage.shards()]
    if items.outdated(dict.fromkeys(range(items.count), inputs)) or abilities.outdated({0: inputs}):
        results = [_results(each, config.difficulty.success_at) for each in models]
        shards = [from_table(table, Task) for table in unique.tables()]
        compared = side_by_side([each for shard in shards for each in shard], results, run.seed)
        rows = iter(compared.items)
        for number, shard in enumerate(shards):
            items.write(number, [next(rows) for _ in shard], inputs=inputs)
        abilities.write(0, compared.abilities, inputs=inputs)
    items.seal()
    abilities.seal()
    return items, abilities


def _results(one: RolledOut, success_at: float) -> Results:
    graded = {each.task_id: each for each in one.graded.records()}
    columns = ["task_id", "sample", "score"]
    tables = (read_columns(one.rollouts.path(info.shard), Rollout, columns) for info in one.rollouts.shards())
    frame = pl.concat([pl.DataFrame(pl.from_arrow(table)) for table in tables])
    revision = next(iter(graded.values())).revision
    return Results(model=one.model.name, revision=revision, difficulties=graded, first=first_scores(frame, success_at))


def first_scores(rollouts: pl.DataFrame, success_at: float) -> Mapping[str, tuple[int, int]]:
    """By task id, (successes, samples) of the first k rollouts: as many as every task has that has any.

    What comes after the first k was sampled or not by what they came to.
    """
    sizes = rollouts.group_by("task_id").len()["len"]
    first = rollouts.filter(pl.col("sample") < (sizes.min() or 0)).drop_nulls("score")
    counted = first.group_by("task_id").agg((pl.col("score") >= success_at).sum().alias("solved"), pl.len())
    rows: Iterable[tuple[str, int, int]] = counted.iter_rows()
    return {task: (solved, count) for task, solved, count in rows}
