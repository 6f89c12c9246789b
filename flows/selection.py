"""`taskmill select RUN`, graded tasks to those worth training on: each is looked at by itself, shard by shard."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from prefect import flow, task

from filters.agreement import agreements
from filters.quality import qualities
from filters.selection import selection
from flows.artifacts import progress, show_stages
from flows.config import RunConfig
from flows.graded import Graded, finished_tasks
from flows.parameters import of_run
from flows.retries import TRIED
from flows.shards import say_ignored
from flows.taken_up import finished, taken_up
from generators.registry import family_named
from pipeline.costs.meter import all_cpu_seconds, metered
from pipeline.progress import Advance
from pipeline.store import Run, Stage
from schemas import Agreement, Difficulty, LeftOut, Rollout, Task, from_table


class Selected(NamedTuple):
    """The tasks that are worth training on, and those with a wanted decision that are not, shard by shard."""

    tasks: Stage[Task]
    left_out: Stage[LeftOut]


@flow(name="taskmill-select", flow_run_name=of_run)
def select_flow(run: str) -> None:
    """Selects the tasks of a run that are worth training on, by difficulty, question, rollouts and verdicts.

    Args:
        run: The folder or URL of a run that is rolled out.
    """
    with taken_up(run) as (opened, config):
        show_stages(config.name, select(opened, config, finished_tasks(opened, config)))


def select(run: Run, config: RunConfig, graded: Graded) -> Selected:
    """The stages `selected` and `not_selected`, and `agreement` where the config asks for it."""
    stages = selected_stages(run, config, graded)
    say_ignored(stages.tasks)
    agreed = None if config.curriculum.agreement is None else agreed_on(run, config, graded)
    inputs = inputs_of(graded)
    missing = sorted({shard for stage in stages for shard in stage.outdated(inputs)})
    with progress("select", stages.tasks.count, "shards") as advance:
        advance(stages.tasks.count - len(missing), "already there" if len(missing) < stages.tasks.count else "")
        if missing:
            own = {shard: inputs[shard] for shard in missing}
            select_shards.submit(config, graded, stages, own, agreed, advance).result()
    for stage in stages:
        stage.seal()
    return stages


def selected_stages(run: Run, config: RunConfig, graded: Graded) -> Selected:
    """The same stages, with what is already there."""
    asked = config.curriculum.model_dump(include={"keep", "quality", "sanity", "agreement"})
    key: dict[str, Any] = {"difficulty": graded.graded.key, "asked": asked}
    if config.curriculum.agreement is not None:
        key["agreement"] = _agreement_stage(run, config, graded).key
    count = graded.tasks.count
    return Selected(
        run.stage("selected", Task, count=count, key=key), run.stage("not_selected", LeftOut, count=count, key=key)
    )


def finished_selection(run: Run, config: RunConfig, graded: Graded) -> Selected:
    """The same stages, which are there. Raises StoreError where they are not."""
    stages = selected_stages(run, config, graded)
    command = f"taskmill select {run.url}"
    return Selected(finished(stages.tasks, command), finished(stages.left_out, command))


@task(name="select", **TRIED)
def select_shards(
    config: RunConfig,
    graded: Graded,
    selected: Selected,
    inputs: Mapping[int, Sequence[str]],
    agreed: Mapping[str, Agreement] | None,
    advance: Advance,
) -> None:
    """Writes the shards of both stages for which inputs are given."""
    with metered(selected.tasks.run_url, "select", selected.tasks.key, min(inputs), all_cpu_seconds):
        asks = config.curriculum.quality.asks
        for shard, made_from in inputs.items():
            made = from_table(graded.rollouts.read(shard), Rollout) if asks else []
            fit, left_out = selection(
                from_table(graded.tasks.read(shard), Task),
                from_table(graded.graded.read(shard), Difficulty),
                config.curriculum,
                qualities(made) if asks else None,
                agreed,
            )
            selected.tasks.write(shard, fit, inputs=made_from)
            selected.left_out.write(shard, left_out, inputs=made_from)
            advance(1, "")


def inputs_of(graded: Graded) -> dict[int, list[str]]:
    """The hashes of what each selected shard is made from."""
    hashes = [{info.shard: info.sha256 for info in stage.shards()} for stage in graded]
    return {shard: [of_stage[shard] for of_stage in hashes] for shard in range(graded.tasks.count)}


def agreed_on(run: Run, config: RunConfig, graded: Graded) -> dict[str, Agreement]:
    """The stage `agreement`, by task id. Verdicts are looked at again only where that has not been done."""
    stage = _agreement_stage(run, config, graded)
    inputs = [info.sha256 for each in graded for info in each.shards()]
    if stage.outdated({0: inputs}):
        stage.write(0, list(agreements(graded.tasks.records(), graded.rollouts.records()).values()), inputs=inputs)
    stage.seal()
    return {each.task_id: each for each in stage.records()}


def _agreement_stage(run: Run, config: RunConfig, graded: Graded) -> Stage[Agreement]:
    versions = {name: family_named(name).version for name in sorted(config.tasks.domains())}
    return run.stage("agreement", Agreement, count=1, key={"difficulty": graded.graded.key, "families": versions})
