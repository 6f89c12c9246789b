"""The `taskmill` command line. Exit codes: 0 done, 1 failed (with what to do next), 2 bad usage or config."""

import sys
from collections.abc import Callable
from pathlib import Path
from traceback import format_exception
from types import TracebackType
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.commands import data, index, products, runs, schedule, training
from generators.check import checked_lines
from generators.family import Family, FamilyError
from generators.registry import RegistryError, family_named, family_names
from generators.stream import Segment, tasks_of
from pipeline.config import ConfigError
from schemas import Task
from schemas.failure import Failure
from schemas.redaction import redacted

BAD_USAGE = 2
FAILED = 1

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
console = Console()


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
def models() -> None:
    """Lists the models known by name."""
    from flows.models import print_models

    print_models(console)


def _leave(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"taskmill: {message}\n")
    raise typer.Exit(code)


for commands in (runs, schedule, products, training, data):
    app.add_typer(commands.app)
app.add_typer(index.app, name="index")


def main() -> None:
    """Runs the command line and turns expected failures into a message and an exit code."""
    sys.excepthook = _unexpected
    sys.exit(exit_code(app))


def _unexpected(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    """Prints what nobody expected as Python does, but for secrets, which the words of others may have in them."""
    sys.stderr.write(redacted("".join(format_exception(kind, problem, trace))))


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
    except (OSError, MemoryError) as refused:
        from pipeline.store.failures import refusal  # which takes a moment to load

        if (said := refusal(refused)) is None:
            raise
        where = f"{refused.filename}: " if isinstance(refused, OSError) and refused.filename else ""
        sys.stderr.write(f"taskmill: {where}{said}\n")
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    return 0


if __name__ == "__main__":
    main()
