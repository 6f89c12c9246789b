"""What is made of a run's rollouts: pairs, rubrics, steps, the judges of them, and exports."""

from typing import Annotated

import typer

from flows.commands.arguments import ConfigPath, Overrides

app = typer.Typer()


@app.command()
def pairs(
    run: Annotated[str, typer.Argument(help="The folder or URL of a run that has rollouts.", show_default=False)],
    overrides: Overrides = None,
) -> None:
    """Makes traces and preference pairs from a run's rollouts; nothing is sampled again."""
    from flows.pairs import pair_run

    pair_run(run, overrides or [])


@app.command()
def rubrics(
    run: Annotated[str, typer.Argument(help="The folder or URL of a run that has pairs.", show_default=False)],
    overrides: Overrides = None,
) -> None:
    """Makes rubrics from a run's preference pairs, filters them, and scores the run's responses by them."""
    from flows.rubrics import rubric_run

    rubric_run(run, overrides or [])


@app.command()
def steps(
    run: Annotated[str, typer.Argument(help="The folder or URL of a run that has rollouts.", show_default=False)],
    overrides: Overrides = None,
) -> None:
    """Searches a run's tasks step by step, and labels the steps by what comes of them."""
    from flows.steps import search_run

    search_run(run, overrides or [])


@app.command()
def prm(
    labels: Annotated[list[str], typer.Argument(help="Files, folders or globs of step labels.", show_default=False)],
    output: Annotated[str, typer.Option(help="Folder of the model.", show_default=False)],
    overrides: Overrides = None,
) -> None:
    """Trains a process reward model: what each beginning of a response is worth."""
    from flows.prm import make_prm

    make_prm(labels, output, overrides or [])


@app.command()
def guard(config: ConfigPath, overrides: Overrides = None) -> None:
    """Attacks a judge with responses that answer nothing; fails where it takes too many of them for right answers."""
    from flows.guard import guard_config

    guard_config(config, overrides or [])


@app.command()
def export(
    run: Annotated[str, typer.Argument(help="The folder or URL of a run that has a curriculum.", show_default=False)],
    to: Annotated[str, typer.Option(help="trl, verl, verifiers, openrlhf or dataset.", show_default=False)],
    output: Annotated[str, typer.Option(help="Folder of the export.", show_default=False)],
    split: Annotated[
        list[str] | None, typer.Option(help="train, validation, test or ood; repeat at will. All if not given.")
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="prompts, pairs or steps; repeat at will. What is there if not given.")
    ] = None,
    without_answers: Annotated[
        list[str] | None, typer.Option(help="A split of a dataset whose answers go to a folder beside it; repeat.")
    ] = None,
) -> None:
    """Writes a run as another trainer reads it, with the verifiers as its reward, or as a dataset to publish."""
    from flows.export.command import export_run

    export_run(run, to, output, split or [], part or [], without_answers or [])
