"""What is done with files of problems, whoever wrote them."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.arguments import Overrides

app = typer.Typer()


@app.command()
def distinct(
    sources: Annotated[
        list[str], typer.Argument(help="JSON lines, Parquet, datasets, runs; folders and globs.", show_default=False)
    ],
    to: Annotated[str, typer.Option(help="Folder or URL of what stays and what is removed.", show_default=False)],
    config: Annotated[
        Path | None, typer.Option(help="A YAML file that says how rows are compared.", show_default=False)
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Writes the rows of files whose problems are distinct, as they were, and those removed, with why."""
    from flows.distinct.flow import distinct_files

    distinct_files(sources, to, config, overrides or [])
