"""What a run has to export: tasks to train on, preference pairs, labelled steps, each row with its split."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeVar

import msgspec

from filters.curriculum import is_held_out, split_of
from flows.config import RunConfig, config_of
from pipeline.store import Run, Stage, StoreError, load_run, read_columns
from schemas import CurriculumRow, PreferencePair, Split, StepLabels, Task, from_table

Part = Literal["prompts", "pairs", "steps"]

RowT = TypeVar("RowT", PreferencePair, StepLabels)

NO_PREFERENCE = ("tie", "neutral")
"""Kinds of pairs in which neither response is better: whoever learns to prefer one learns noise."""


class Source(NamedTuple):
    """The wanted splits and parts of a run; rows are read as they are asked for, a row group at a time.

    The answers of the splits `withheld` are not to be seen by those for whom the export is.
    """

    run: Run
    config: RunConfig
    splits: tuple[Split, ...]
    curriculum: Mapping[Split, Stage[CurriculumRow]]
    pairs: Stage[PreferencePair] | None
    steps: Stage[StepLabels] | None
    withheld: tuple[Split, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are exported."""
        there: dict[Part, object] = {"prompts": self.curriculum or None, "pairs": self.pairs, "steps": self.steps}
        return tuple(part for part, stages in there.items() if stages is not None)


def source_of(url: str, splits: Sequence[Split], parts: Sequence[Part], asked: bool) -> Source:
    """The run at `url`. Raises StoreError where it has no curriculum, or lacks a part that was `asked` for by name."""
    run = load_run(url)
    config = config_of(run)
    pairs = run.sealed("pairs", PreferencePair) if "pairs" in parts else None
    steps = run.sealed("steps", StepLabels) if "steps" in parts else None
    lacking = [part for part, stage in (("pairs", pairs), ("steps", steps)) if part in parts and stage is None]
    if asked and lacking:
        raise StoreError(f"{url} has no {lacking[0]} yet: `taskmill {lacking[0]} {url}` makes them")
    curriculum = {}
    for split in splits if "prompts" in parts else ():
        if (stage := run.sealed(f"curriculum_{split}", CurriculumRow)) is None:
            why = " (its config says `model: null`)" if config.model is None else ""
            raise StoreError(f"{url} has no finished curriculum{why}: `taskmill run` a config with a model to its end")
        curriculum[split] = stage
    return Source(run, config, tuple(splits), curriculum, pairs, steps)


def prompts(source: Source) -> Iterator[tuple[Split, CurriculumRow]]:
    """The tasks of each split, in training order."""
    for split, stage in source.curriculum.items():
        for row in stage.records():
            yield split, row


def preferences(source: Source) -> Iterator[tuple[Split, PreferencePair]]:
    """The pairs in which one response is better. Raises StoreError where the run has others than it had then."""
    assert source.pairs is not None
    for split, pair in _of_tasks(source, source.pairs):
        if pair.kind not in NO_PREFERENCE:
            yield split, pair


def labelled_steps(source: Source) -> Iterator[tuple[Split, StepLabels]]:
    """The responses whose steps are labelled. Raises StoreError where the run has others than it had then."""
    assert source.steps is not None
    return _of_tasks(source, source.steps)


def composition(source: Source) -> Counter[tuple[Split, str, int]]:
    """How many tasks each split has of each family and level."""
    counted: Counter[tuple[Split, str, int]] = Counter()
    for split, stage in source.curriculum.items():
        for info in stage.shards():
            cells = read_columns(stage.path(info.shard), CurriculumRow, ["family", "level"])
            for family, level in zip(cells["family"].to_pylist(), cells["level"].to_pylist(), strict=True):
                counted[split, family, level] += 1
    return counted


def _of_tasks(source: Source, stage: Stage[RowT]) -> Iterator[tuple[Split, RowT]]:
    """The rows of wanted splits. A pair of a test problem is test data too: splits are those of the problems."""
    from flows.pairs import rolled_out  # which imports Prefect, in a second or two

    tasks, _ = rolled_out(source.run)
    settings = source.config.curriculum
    every = tasks.records() if settings.held_out else ()
    held_out = {each.canonical for each in every if is_held_out(each, settings.held_out)}
    for info in stage.shards():
        sides: dict[str, Split] = {}
        for task in from_table(tasks.read(info.shard), Task) if info.shard < tasks.count else ():
            sides[task.id] = "ood" if task.canonical in held_out else split_of(task.canonical, settings.shares)
        for row in from_table(stage.read(info.shard), stage.record):
            if row.task_id not in sides:
                raise StoreError(
                    f"the {stage.name} of {source.run.url} are of tasks that it no longer has: "
                    f"`taskmill {stage.name} {source.run.url}` makes them anew"
                )
            if sides[row.task_id] in source.splits:
                yield sides[row.task_id], row


def as_builtin(messages: Sequence[msgspec.Struct]) -> list[dict[str, str]]:
    """Chat messages as plain dictionaries."""
    return [msgspec.structs.asdict(message) for message in messages]
