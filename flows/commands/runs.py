"""Runs: the whole way of the data, or one flow of it at a time."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.arguments import ConfigPath, Overrides, RunUrl

app = typer.Typer()


@app.command()
def run(
    config: ConfigPath,
    overrides: Overrides = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throws away an earlier run, but for its plan.")] = False,
) -> None:
    """Runs the whole way of the data; goes on where an earlier run of the same config stopped."""
    from flows.run import run_config

    run_config(config, overrides or [], fresh=fresh)


@app.command()
def rounds(
    config: ConfigPath,
    overrides: Overrides = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throws away what an earlier loop left.")] = False,
) -> None:
    """Goes through runs in rounds: the model that one trains is the next one's; goes on where it stopped."""
    from flows.rounds import rounds_config

    rounds_config(config, overrides or [], fresh=fresh)


@app.command()
def plan(
    config: ConfigPath,
    overrides: Overrides = None,
    rates: Annotated[str, typer.Option(metavar="RUN", help="An earlier run to take the rates from.")] = "",
    pilot: Annotated[int, typer.Option(min=4, help="Tasks of each level that a pilot makes at most.")] = 200,
    prices: Annotated[Path | None, typer.Option(help="A YAML file of prices; --price names them.")] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=PRICE", help="cpu_hour, gpu_hour, gb_month; tokens_in, tokens_out, a million."),
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Keeps it in the run's folder, for the report.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Says what a run will make and cost, by the rates of an earlier one, else of a small pilot that keeps nothing."""
    from flows.plan.command import plan_config, prices_of

    paid = prices_of(prices, price or [])
    plan_config(config, overrides or [], rates=rates, pilot=pilot, prices=paid, save=save, as_json=as_json)


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
    from flows.selection import select_flow
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
    md: Annotated[bool, typer.Option("--md", help="Writes report.md too: its words and tables.")] = False,
    encoder: Annotated[
        str | None,
        typer.Option(help="Places tasks by this sentence encoder's vectors, e.g. all-minilm-l6-v2; they are kept."),
    ] = None,
) -> None:
    """Writes the HTML report of a run or a training and prints its summary."""
    from flows.report import report_run

    report_run(run, md=md, encoder=encoder)
