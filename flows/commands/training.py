"""Training and what it came to."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.arguments import Overrides
from pipeline.config import ConfigError, checked

app = typer.Typer()


@app.command()
def train(
    config: Annotated[str, typer.Argument(help="A YAML config, or the folder of a run.", show_default=False)],
    overrides: Overrides = None,
) -> None:
    """Trains a model by GRPO on curriculum shards; goes on from the last checkpoint."""
    from flows.train import train_config, train_run

    if "://" in config or Path(config).is_dir():
        if overrides:
            raise ConfigError("--set: a run trains as its own config says; change that one, and `taskmill run` it")
        train_run(config)
    else:
        train_config(Path(config), overrides or [])


@app.command("eval")
def evaluate(
    model: Annotated[str, typer.Argument(help="A packaged name, a path, or a hub id.", show_default=False)],
    shards: Annotated[list[str], typer.Argument(help="Parquet files, folders or globs of tasks.", show_default=False)],
    samples: Annotated[int, typer.Option("-n", min=1, help="Samples a task.")] = 8,
    tasks: Annotated[int | None, typer.Option(min=1, help="At most so many tasks.")] = None,
    engine: Annotated[str, typer.Option(help="transformers, vllm or server.")] = "transformers",
    url: Annotated[str, typer.Option(help="The server, for --engine server.")] = "",
    temperature: Annotated[float, typer.Option(help="Divides the logits.")] = 1.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest completion.")] = 256,
    prefill: Annotated[str, typer.Option(help="First words put into the model's mouth.")] = "",
    stop: Annotated[list[str] | None, typer.Option(help="Ends a completion; repeat at will.")] = None,
    seed: Annotated[int, typer.Option(help="Draws every sample.")] = 0,
    output: Annotated[str, typer.Option(help="Folder for the rollouts; one of its own if not given.")] = "",
    against: Annotated[str, typer.Option(help="An earlier evaluation's folder: says what was gained and lost.")] = "",
    prm: Annotated[str, typer.Option(help="Folder of a process reward model: says what it would choose.")] = "",
    split: Annotated[
        list[str] | None, typer.Option(metavar="NAME=SHARDS", help="A further split, told apart; repeat at will.")
    ] = None,
) -> None:
    """Evaluates a model on tasks: pass@1 with its interval, pass@k, majority votes, by split, family and level."""
    from flows.evaluate import EvalConfig, evaluate_model, named_splits

    given = {
        "model": {"name": model, "engine": engine, "url": url},
        "shards": shards,
        "splits": named_splits(split or []),
        "samples": samples,
        "tasks": tasks,
        "sampling": {"temperature": temperature, "max_tokens": max_tokens, "prefill": prefill, "stop": stop or []},
        "seed": seed,
        "output": output,
        "against": against,
        "prm": prm,
    }
    evaluate_model(checked(given, EvalConfig))


@app.command()
def samples(
    run: Annotated[str, typer.Argument(help="The folder of a training, or of a run that trains.", show_default=False)],
    step: Annotated[int | None, typer.Option(min=1, help="The step; the last one if not given.")] = None,
    task: Annotated[str | None, typer.Option(metavar="ID", help="One task alone.")] = None,
    tasks: Annotated[int, typer.Option("-n", min=1, help="At most so many tasks.")] = 2,
) -> None:
    """Prints rollouts of a training step: prompts, completions, and what the verifier said."""
    from flows.samples import print_samples

    print_samples(run, step, task, tasks)
