"""Arguments that many commands take."""

from pathlib import Path
from typing import Annotated

import typer

ConfigPath = Annotated[Path, typer.Argument(help="A YAML config, such as configs/demo.yaml.", show_default=False)]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replaces one config value; repeat at will.")
]
RunUrl = Annotated[str, typer.Argument(help="The folder or URL of a run.", show_default=False)]
