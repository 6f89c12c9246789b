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


@app.command()
def overlap(
    a: Annotated[str, typer.Argument(help="JSON lines, Parquet, a dataset or a run.", show_default=False)],
    b: Annotated[str, typer.Argument(help="The same, such as a benchmark.", show_default=False)],
    overrides: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    out: Annotated[str, typer.Option(help="A Parquet file for every hit.")] = "",
) -> None:
    """Says which problems of A are also in B, and how each was found."""
    from flows.overlap import print_overlap

    print_overlap(a, b, overrides or [], as_json=as_json, out=out)
