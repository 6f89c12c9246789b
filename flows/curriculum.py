"""`taskmill curriculum RUN`, graded tasks to curriculum shards: splits that share no problem, in training order."""

from collections.abc import Sequence

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from filters.agreement import agreements
from filters.curriculum import SPLITS, curriculum
from filters.quality import qualities
from flows.config import RunConfig
from flows.graded import finished_tasks
from flows.shards import say_ignored
from flows.taken_up import taken_up
from generators.registry import family_named
from pipeline.costs.meter import all_cpu_seconds, metered
from pipeline.store import Run, Stage, StoreError
from schemas import Agreement, CurriculumRow, Difficulty, LeftOut, Rollout, Split, Task


@flow(name="taskmill-curriculum", flow_run_name="{run}")
def curriculum_flow(run: str) -> None:
    """Splits a run's tasks that are worth training on, balances them, and puts them in training order.

    Args:
        run: The folder or URL of a run that is rolled out.
    """
    with taken_up(run) as (opened, config):
        make_curriculum(opened, config, *finished_tasks(opened, config))


def make_curriculum(
    run: Run, config: RunConfig, unique: Stage[Task], rollouts: Stage[Rollout], graded: Stage[Difficulty]
) -> dict[Split, Stage[CurriculumRow]]:
    """The stages `curriculum_train`, `_validation`, `_test` and `_ood`, `shard_size` rows a shard, and `left_out`.

    `agreement` too, where the config asks for it.
    """
    return write_splits.submit(run, config, unique, rollouts, graded).result()


def finished_splits(run: Run, config: RunConfig) -> dict[Split, Stage[CurriculumRow]]:
    """The splits as the config asks for them. Raises StoreError where they are not there."""
    key = _key(config, finished_tasks(run, config).graded)
    splits: dict[Split, Stage[CurriculumRow]] = {}
    for split in SPLITS:
        found = run.sealed(f"curriculum_{split}", CurriculumRow)
        if found is None or found.key != run.stage(f"curriculum_{split}", CurriculumRow, count=1, key=key).key:
            raise StoreError(
                f"{run.url} has no such curriculum as its config asks for: `taskmill curriculum {run.url}`"
            )
        splits[split] = found
    return splits


def _key(config: RunConfig, graded: Stage[Difficulty]) -> dict[str, object]:
    asked = config.curriculum.model_dump()
    return {"difficulty": graded.key, "curriculum": asked, "shard_size": config.tasks.shard_size}


@task(name="curriculum", cache_policy=NO_CACHE)
def write_splits(
    run: Run, config: RunConfig, unique: Stage[Task], rollouts: Stage[Rollout], graded: Stage[Difficulty]
) -> dict[Split, Stage[CurriculumRow]]:
    with metered(run.url, "curriculum", graded.key, 0, all_cpu_seconds) as meter:
        stages = _write_splits(run, config, unique, rollouts, graded)
        written = [info for stage in stages.values() for info in stage.shards()]
        meter.rows_in = sum(info.rows for info in graded.shards())
        meter.rows_out, meter.bytes = sum(info.rows for info in written), sum(info.bytes for info in written)
    return stages


def _write_splits(
    run: Run, config: RunConfig, unique: Stage[Task], rollouts: Stage[Rollout], graded: Stage[Difficulty]
) -> dict[Split, Stage[CurriculumRow]]:
    measured = qualities(rollouts.records()) if config.curriculum.quality.asks else None
    size = config.tasks.shard_size
    key = _key(config, graded)
    inputs = [info.sha256 for stage in (unique, rollouts, graded) for info in stage.shards()]
    tasks = list(unique.records())
    agreed = None if config.curriculum.agreement is None else _agreed(run, tasks, rollouts, graded, inputs)
    rows, left_out = curriculum(tasks, graded.records(), config.curriculum, run.seed, measured, agreed)
    stages: dict[Split, Stage[CurriculumRow]] = {}
    for split in SPLITS:
        members = rows[split]
        count = max(1, -(-len(members) // size))
        stage = run.stage(f"curriculum_{split}", CurriculumRow, count=count, key=key)
        say_ignored(stage)
        for shard in stage.missing():
            stage.write(shard, members[shard * size : (shard + 1) * size], inputs=inputs)
        stage.seal()
        stages[split] = stage
    others = run.stage("left_out", LeftOut, count=1, key=key)
    if others.missing():
        others.write(0, left_out, inputs=inputs)
    others.seal()
    return stages


def _agreed(
    run: Run, tasks: Sequence[Task], rollouts: Stage[Rollout], graded: Stage[Difficulty], inputs: Sequence[str]
) -> dict[str, Agreement]:
    """The stage `agreement`, by task id. Verdicts are looked at again only where that has not been done."""
    versions = {name: family_named(name).version for name in sorted({each.family for each in tasks})}
    stage = run.stage("agreement", Agreement, count=1, key={"difficulty": graded.key, "families": versions})
    if stage.missing():
        stage.write(0, list(agreements(tasks, rollouts.records()).values()), inputs=list(inputs))
    stage.seal()
    return {each.task_id: each for each in stage.records()}
