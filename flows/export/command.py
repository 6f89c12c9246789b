"""`taskmill export RUN --to TARGET --output DIR`."""

from collections.abc import Sequence
from functools import partial
from typing import Self

from pydantic import Field, model_validator
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from filters.curriculum import SPLITS
from flows.export.dataset.card import guessable
from flows.export.dataset.rows import write_answers
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
    without_answers: list[Split] = Field([], description="splits of a dataset whose answers are put beside it")

    @model_validator(mode="after")
    def _is_of_use(self) -> Self:
        target = TARGETS[self.to]
        for part in self.part:
            if part not in target.parts:
                raise ValueError(f"part: {target.title} has no use for {part}; there is {', '.join(target.parts)}")
        if self.without_answers and self.to != "dataset":
            raise ValueError(f"without_answers: {target.title} trains on the answers; it is for dataset")
        if others := [split for split in self.without_answers if split not in self.splits]:
            raise ValueError(f"without_answers: {others[0]} is not among the splits that are exported")
        return self

    @property
    def answers(self) -> str:
        """The folder of the answers that are kept back: beside the dataset, not in it, so that no push takes it."""
        return f"{self.output.rstrip('/')}-answers"

    @property
    def splits(self) -> tuple[Split, ...]:
        return tuple(split for split in SPLITS if not self.split or split in self.split)

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(part for part in TARGETS[self.to].parts if not self.part or part in self.part)


def export_run(
    url: str, to: str, output: str, split: Sequence[str], part: Sequence[str], without_answers: Sequence[str] = ()
) -> None:
    """Writes an export and prints what is in it. Raises ConfigError, StoreError, ExportError."""
    asked = {"split": list(split), "part": list(part), "without_answers": list(without_answers)}
    config = checked({"to": to, "output": output} | asked, ExportConfig)
    source = source_of(url, config.splits, config.parts, asked=bool(config.part))
    source = source._replace(withheld=tuple(each for each in config.splits if each in config.without_answers))
    if source.withheld:
        with drafted(config.answers, partial(_manifest, "answers", source._replace(withheld=()))) as draft:
            write_answers(source, draft)
            if not draft.rows:
                raise ExportError(
                    f"{url} has no rows in {', '.join(source.withheld)}: there are no answers to keep back"
                )
    with drafted(config.output, partial(_manifest, config.to, source)) as draft:
        TARGETS[config.to].write(source, draft)
        if not draft.rows:
            raise ExportError(f"{url} has no rows in {', '.join(config.splits)}: there is nothing to export")
    Console().print(_table(draft, TARGETS[config.to].title))
    Console().print(f"how to use it  {config.output.rstrip('/')}/README.md", soft_wrap=True, highlight=False)
    if source.withheld:
        Console().print(f"answers         {config.answers}", soft_wrap=True, highlight=False)
    if guessable(source):
        Console().print(
            f"The seed {source.run.seed} is small enough to be found by trying, and then all answers are known. For a "
            "test that has to stay hidden give the run a seed of 18 digits.",
            soft_wrap=True,
            highlight=False,
        )


def _manifest(to: str, source: Source, files: tuple[ExportedFile, ...]) -> ExportManifest:
    stages = {stage.name: stage.key for stage in (*source.curriculum.values(), source.pairs, source.steps) if stage}
    return new_manifest(
        target=to,
        run=run_name(source),
        seed=None if source.withheld else source.run.seed,
        model=model_name(source),
        stages={} if source.withheld else stages,
        files=files,
    )


def _table(draft: Draft, title: str) -> Table:
    table = Table("file", title=f"for {title}", title_justify="left", box=SIMPLE_HEAVY)
    table.add_column("rows", justify="right", no_wrap=True)
    for name, rows in draft.rows.items():
        table.add_row(name, f"{rows:,}")
    return table
