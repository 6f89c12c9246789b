"""The `taskmill` command line. Exit codes: 0 done, 1 failed (with what to do next), 2 bad usage or config."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from generators.check import checked_lines
from generators.family import Family, FamilyError
from generators.registry import RegistryError, family_named, family_names
from generators.stream import Segment, tasks_of
from pipeline.config import ConfigError, checked
from schemas import Task
from schemas.failure import Failure

BAD_USAGE = 2
FAILED = 1

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
console = Console()

ConfigPath = Annotated[Path, typer.Argument(help="A YAML config, such as configs/demo.yaml.", show_default=False)]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replaces one config value; repeat at will.")
]


@app.command()
def families(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list instead of a table.")] = False,
) -> None:
    """Lists the task families with their levels and styles."""
    rows = [family_named(name) for name in family_names()]
    if as_json:
        sys.stdout.write(msgspec.json.encode([_family_row(family) for family in rows]).decode() + "\n")
        return
    table = Table("family", "title", "domain", "levels", "styles")
    for family in rows:
        table.add_row(family.name, family.title, family.domain, f"1-{len(family.levels)}", ", ".join(family.styles))
    console.print(table)


def _family_row(family: Family[Any, Any]) -> dict[str, Any]:
    return {
        "name": family.name,
        "version": family.version,
        "title": family.title,
        "domain": family.domain,
        "levels": [msgspec.to_builtins(params) for params in family.levels],
        "styles": family.styles,
        "guess_bound": family.guess_bound,
    }


@app.command()
def sample(
    family: Annotated[str, typer.Argument(help="A family's name; `taskmill families` lists them.", show_default=False)],
    count: Annotated[int, typer.Option("-n", min=1, help="How many tasks.")] = 1,
    level: Annotated[int, typer.Option(min=1, help="The rung of the family's ladder.")] = 1,
    seed: Annotated[int, typer.Option(help="The stream: the same seed gives the same tasks.")] = 0,
    style: Annotated[str | None, typer.Option(help="The prompt style; the family's first if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON task a line.")] = False,
) -> None:
    """Makes tasks of one family and prints them."""
    styles = () if style is None else (style,)
    for task in tasks_of(Segment(family=family, level=level, seed=seed, start=0, stop=count, styles=styles)):
        if as_json:
            sys.stdout.write(msgspec.json.encode(task).decode() + "\n")
        else:
            _print_task(task)


def _print_task(task: Task) -> None:
    console.rule(f"{task.family} · level {task.level} · {task.style} · seed {task.seed} item {task.index}")
    features = ", ".join(f"{name} {value:g}" for name, value in task.features.items())
    parts = [escape(message.content) for message in task.prompt]
    parts += [f"[bold green]answer[/]\n{escape(task.answer)}", f"[dim]features {escape(features)}[/]\n"]
    console.print("\n\n".join(parts), highlight=False, soft_wrap=True)


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="JSON lines with `task` and `response`; - reads stdin.")] = None,
) -> None:
    """Judges responses: one JSON line {"task": …, "response": "…"} in, one JSON verdict a line out."""
    unread = 0
    with _opened(file) as lines:
        for line in checked_lines(lines):
            sys.stdout.write(msgspec.json.encode(line.verdict).decode() + "\n")
            unread += line.problem is not None
            if line.problem is not None:
                sys.stderr.write(f"taskmill: line {line.number}: {line.problem}\n")
    if unread:
        _leave(f"{unread} lines could not be judged; their verdicts say `error`. Mend them and check again.", FAILED)


def _opened(file: Path | None) -> Any:
    if file is None or str(file) == "-":
        return sys.stdin.buffer
    try:
        return file.open("rb")
    except OSError as failure:
        _leave(f"{file}: can't be read ({failure.strerror}); name a file of JSON lines", BAD_USAGE)


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
def train(config: ConfigPath, overrides: Overrides = None) -> None:
    """Trains a model by GRPO on curriculum shards; goes on from the last checkpoint."""
    from flows.train import train_config

    train_config(config, overrides or [])


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


@app.command()
def report(
    run: Annotated[str, typer.Argument(help="The folder of a run or a training, or a URL.", show_default=False)],
) -> None:
    """Writes the HTML report of a run or a training and prints its summary."""
    from flows.report import report_run

    report_run(run)


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
def models() -> None:
    """Lists the models known by name."""
    from flows.models import print_models

    print_models(console)


def _leave(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"taskmill: {message}\n")
    raise typer.Exit(code)


def main() -> None:
    """Runs the command line and turns expected failures into a message and an exit code."""
    sys.exit(exit_code(app))


def exit_code(command: Callable[[], Any]) -> int:
    """What the command's end means as an exit code, with its message on stderr."""
    try:
        command()
    except (ConfigError, FamilyError, RegistryError) as problem:
        sys.stderr.write(f"taskmill: {problem}\n")
        return BAD_USAGE
    except Failure as failure:
        sys.stderr.write(f"taskmill: {failure}\n")
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    return 0


if __name__ == "__main__":
    main()
