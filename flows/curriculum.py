"""`taskmill curriculum RUN`, selected tasks to curriculum shards: splits that share no problem, in training order."""

from typing import Any

from prefect import flow, task

from filters.curriculum import SPLITS, curriculum, is_held_out
from flows.artifacts import show_stages
from flows.config import RunConfig
from flows.graded import Graded, finished_tasks
from flows.parameters import of_run
from flows.retries import TRIED
from flows.selection import Selected, finished_selection, selected_stages
from flows.shards import say_ignored
from flows.taken_up import taken_up
from pipeline.costs.meter import all_cpu_seconds, metered
from pipeline.store import Run, Stage, StoreError
from schemas import CurriculumRow, LeftOut, Split


@flow(name="taskmill-curriculum", flow_run_name=of_run)
def curriculum_flow(run: str) -> None:
    """Splits a run's selected tasks, balances them, and puts them in training order.

    Args:
        run: The folder or URL of a run whose tasks are selected.
    """
    with taken_up(run) as (opened, config):
        graded = finished_tasks(opened, config)
        splits = make_curriculum(opened, config, graded, finished_selection(opened, config, graded))
        show_stages(config.name, splits.values())


def make_curriculum(
    run: Run, config: RunConfig, graded: Graded, selected: Selected
) -> dict[Split, Stage[CurriculumRow]]:
    """The stages `curriculum_train`, `_validation`, `_test` and `_ood`, `shard_size` rows a shard, and `left_out`."""
    return write_splits.submit(run, config, graded, selected).result()


def finished_splits(run: Run, config: RunConfig) -> dict[Split, Stage[CurriculumRow]]:
    """The splits as the config asks for them. Raises StoreError where they are not there."""
    key = _key(config, selected_stages(run, config, finished_tasks(run, config)))
    splits: dict[Split, Stage[CurriculumRow]] = {}
    for split in SPLITS:
        found = run.sealed(f"curriculum_{split}", CurriculumRow)
        if found is None or found.key != run.stage(f"curriculum_{split}", CurriculumRow, count=1, key=key).key:
            raise StoreError(
                f"{run.url} has no such curriculum as its config asks for: `taskmill curriculum {run.url}` makes it"
            )
        splits[split] = found
    return splits


def _key(config: RunConfig, selected: Selected) -> dict[str, Any]:
    asked = config.curriculum.model_dump(exclude={"keep", "quality", "sanity", "agreement"})
    return {"selected": selected.tasks.key, "curriculum": asked, "shard_size": config.tasks.shard_size}


@task(name="curriculum", **TRIED)
def write_splits(run: Run, config: RunConfig, graded: Graded, selected: Selected) -> dict[Split, Stage[CurriculumRow]]:
    with metered(run.url, "curriculum", selected.tasks.key, 0, all_cpu_seconds) as meter:
        stages = _write_splits(run, config, graded, selected)
        written = [info for stage in stages.values() for info in stage.shards()]
        meter.rows_in = sum(info.rows for info in selected.tasks.shards())
        meter.rows_out, meter.bytes = sum(info.rows for info in written), sum(info.bytes for info in written)
    return stages


def _write_splits(run: Run, config: RunConfig, graded: Graded, selected: Selected) -> dict[Split, Stage[CurriculumRow]]:
    size = config.tasks.shard_size
    key = _key(config, selected)
    inputs = [info.sha256 for stage in (*selected, graded.graded) for info in stage.shards()]
    rows, left_out = curriculum(
        list(selected.tasks.records()),
        graded.graded.records(),
        config.curriculum,
        run.seed,
        _held_out(graded, config),
    )
    stages: dict[Split, Stage[CurriculumRow]] = {}
    for split in SPLITS:
        members = rows[split]
        count = max(1, -(-len(members) // size))
        stage = run.stage(f"curriculum_{split}", CurriculumRow, count=count, key=key)
        say_ignored(stage)
        for shard in stage.outdated(dict.fromkeys(range(count), inputs)):
            stage.write(shard, members[shard * size : (shard + 1) * size], inputs=inputs)
        stage.seal()
        stages[split] = stage
    others = run.stage("left_out", LeftOut, count=1, key=key)
    if others.outdated({0: inputs}):
        others.write(0, [*selected.left_out.records(), *left_out], inputs=inputs)
    others.seal()
    return stages


def _held_out(graded: Graded, config: RunConfig) -> set[str]:
    """The problems of held-out levels, wherever they turn up."""
    asked = config.curriculum.held_out
    return {each.canonical for each in graded.tasks.records() if is_held_out(each, asked)} if asked else set()
