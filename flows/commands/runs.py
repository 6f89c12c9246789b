"""Runs: the whole way of the data, or one flow of it at a time."""

from typing import Annotated

import typer

from flows.commands.arguments import ConfigPath, Overrides, RunUrl

app = typer.Typer()


@app.command()
def run(
    config: ConfigPath,
    overrides: Overrides = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throws away what an earlier run left.")] = False,
) -> None:
    """Runs the whole way of the data; goes on where an earlier run of the same config stopped."""
    from flows.run import run_config

    run_config(config, overrides or [], fresh=fresh)


@app.command()
def generate(config: ConfigPath, overrides: Overrides = None) -> None:
    """Begins a run and makes its tasks; the commands below go on with it, one at a time."""
    from flows.generate import generate_config

    generate_config(config, overrides or [])


@app.command()
def dedup(run: RunUrl) -> None:
    """Leaves out the tasks of a run that are the same problem as an earlier one."""
    from flows.dedup import dedup_flow
    from flows.started import flow_on_run

    flow_on_run(dedup_flow, "dedup", run)


@app.command()
def rollout(run: RunUrl) -> None:
    """Has the model answer a run's unique tasks, and measures how hard they are for it."""
    from flows.rollout import rollout_flow
    from flows.started import flow_on_run

    flow_on_run(rollout_flow, "rollout", run)


@app.command()
def compare(run: RunUrl) -> None:
    """Has the further models of a run's config answer its tasks too."""
    from flows.compare import compare_flow
    from flows.started import flow_on_run

    flow_on_run(compare_flow, "compare", run)


@app.command()
def select(run: RunUrl) -> None:
    """Selects a run's tasks that are worth training on."""
    from flows.select import select_flow
    from flows.started import flow_on_run

    flow_on_run(select_flow, "select", run)


@app.command()
def curriculum(run: RunUrl) -> None:
    """Makes the curriculum shards of a run from the selected tasks."""
    from flows.curriculum import curriculum_flow
    from flows.started import flow_on_run

    flow_on_run(curriculum_flow, "curriculum", run)


@app.command()
def report(
    run: Annotated[str, typer.Argument(help="The folder of a run or a training, or a URL.", show_default=False)],
) -> None:
    """Writes the HTML report of a run or a training and prints its summary."""
    from flows.report import report_run

    report_run(run)
