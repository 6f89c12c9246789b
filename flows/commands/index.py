"""`taskmill index`: what was seen in all runs so far."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup


class _ShowOrElse(TyperGroup):
    """`index FOLDER` is `index show FOLDER`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


app = typer.Typer(cls=_ShowOrElse, no_args_is_help=True)

IndexUrl = Annotated[str, typer.Argument(help="The folder or URL of an index.", show_default=False)]


@app.command()
def show(folder: IndexUrl) -> None:
    """Says which runs an index has, and how large it is; `taskmill index FOLDER` does too."""
    from flows.index import print_index

    print_index(folder)


@app.command()
def add(
    folder: IndexUrl,
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Folders or URLs of runs.", show_default=False)],
) -> None:
    """Adds the unique tasks of runs to an index; a run that is there is replaced by what it is now."""
    from flows.index import add_to_index

    add_to_index(folder, runs)


@app.command()
def merge(folder: IndexUrl) -> None:
    """Puts all batches of an index together, so that fewer files are looked into; its answers stay the same."""
    from flows.index import merge_index

    merge_index(folder)
