"""`taskmill export RUN --to TARGET --output DIR`."""

from collections.abc import Sequence
from functools import partial
from typing import Self

from pydantic import Field, model_validator
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from filters.curriculum import SPLITS
from flows.export.folder import Draft, ExportedFile, ExportError, ExportManifest, drafted, new_manifest
from flows.export.readme import model_name, run_name
from flows.export.source import Part, Source, source_of
from flows.export.targets import TARGETS, TargetName
from pipeline.config import Section, checked
from schemas import Split


class ExportConfig(Section):
    """What is exported, and to whom."""

    to: TargetName
    output: str = Field(min_length=1)
    split: list[Split] = Field([], description="all of them where none is named")
    part: list[Part] = Field([], description="what the target can use and the run has, where none is named")

    @model_validator(mode="after")
    def _is_of_use(self) -> Self:
        target = TARGETS[self.to]
        for part in self.part:
            if part not in target.parts:
                raise ValueError(f"part: {target.title} has no use for {part}; there is {', '.join(target.parts)}")
        return self

    @property
    def splits(self) -> tuple[Split, ...]:
        return tuple(split for split in SPLITS if not self.split or split in self.split)

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(part for part in TARGETS[self.to].parts if not self.part or part in self.part)


def export_run(url: str, to: str, output: str, split: Sequence[str], part: Sequence[str]) -> None:
    """Writes an export and prints what is in it. Raises ConfigError, StoreError, ExportError."""
    config = checked({"to": to, "output": output, "split": list(split), "part": list(part)}, ExportConfig)
    source = source_of(url, config.splits, config.parts, asked=bool(config.part))
    with drafted(config.output, partial(_manifest, config.to, source)) as draft:
        TARGETS[config.to].write(source, draft)
        if not draft.rows:
            raise ExportError(f"{url} has no rows in {', '.join(config.splits)}: there is nothing to export")
    Console().print(_table(draft, TARGETS[config.to].title))
    Console().print(f"how to use it  {config.output.rstrip('/')}/README.md", soft_wrap=True, highlight=False)


def _manifest(to: str, source: Source, files: tuple[ExportedFile, ...]) -> ExportManifest:
    stages = {stage.name: stage.key for stage in (*source.curriculum.values(), source.pairs, source.steps) if stage}
    return new_manifest(
        target=to,
        run=run_name(source),
        seed=source.run.seed,
        model=model_name(source),
        stages=stages,
        files=files,
    )


def _table(draft: Draft, title: str) -> Table:
    table = Table("file", title=f"for {title}", title_justify="left", box=SIMPLE_HEAVY)
    table.add_column("rows", justify="right", no_wrap=True)
    for name, rows in draft.rows.items():
        table.add_row(name, f"{rows:,}")
    return table
