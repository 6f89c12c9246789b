"""The table of `taskmill models`."""

from rich.console import Console
from rich.table import Table

from pipeline.models import PACKAGED, is_cached


def print_models(console: Console) -> None:
    """Models that have a name here; any other is named by its hub id or its path."""
    table = Table("name", "model", "parameters", "license", "source", "cached")
    for name, package in PACKAGED.items():
        source = f"{package.distribution} {package.version}"
        cached = "yes" if is_cached(name) else "no"
        table.add_row(name, package.title, f"{package.parameters / 1e6:.0f}M", package.license, source, cached)
    console.print(table)
    console.print("Any other model: its hub id (org/name, or org/name@revision) or the path of its folder.")
