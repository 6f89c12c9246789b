"""What was left out on the way from generated tasks to rows, and by which method: duplicates, filters."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from filters.curriculum import SPLITS
from flows.export.dataset.measured import table
from flows.export.source import Source
from pipeline.report.removed import METHODS
from pipeline.store import Run, Stage, StoreError, read_columns
from schemas import CurriculumRow, Difficulty, LeftOut, Removed, Task


class Way(NamedTuple):
    """Counts of tasks, None or empty where the run does not say; the losses are by method, decision and cause."""

    generated: int | None
    unique: int | None
    measured: int | None
    kept: int
    removed: Counter[str]
    decisions: Counter[str]
    left_out: Counter[str]


def way_of(source: Source) -> Way:
    """Of all splits, also of those that are not exported. Raises StoreError where the stages are not of one run."""
    run, keep = source.run, source.config.curriculum.keep
    tasks, unique = run.sealed("tasks", Task), run.sealed("unique", Task)
    removed, graded = run.sealed("removed", Removed), run.sealed("difficulty", Difficulty)
    splits = [stage for split in SPLITS if (stage := run.sealed(f"curriculum_{split}", CurriculumRow)) is not None]
    if graded is not None:
        _refuse_others(run, graded, splits)
    decisions = _counted(graded, Difficulty, "decision")
    return Way(
        generated=_rows(tasks),
        unique=_rows(unique),
        measured=_rows(graded),
        kept=sum(info.rows for stage in splits for info in stage.shards()),
        removed=_counted(removed, Removed, "method"),
        decisions=Counter({each: count for each, count in decisions.items() if each not in keep}),
        left_out=_counted(run.sealed("left_out", LeftOut), LeftOut, "cause"),
    )


def duplicates_of(way: Way) -> str:
    """The report on duplicates."""
    if way.generated is None or way.unique is None:
        return "The run's folder no longer says how many duplicates were left out."
    said = [f"Of {way.generated:,} generated tasks {way.unique:,} are different problems."]
    if way.removed:
        lines = [[method, METHODS.get(method, ""), f"{count:,}"] for method, count in sorted(way.removed.items())]
        said.append(table(["method", "a task is left out since it has", "tasks"], lines))
    said.append(
        "Sameness is decided by the problem itself, not by how alike two texts are. So tasks that look alike and are "
        "different problems are both there, and the same problem is never in two splits."
    )
    return "\n\n".join(said)


def filters_of(source: Source, way: Way) -> str:
    """Each reason for which a unique task is no row, with its count."""
    from flows.report_summary import LEFT_OUT  # which takes a moment to load

    lines: list[Sequence[str]] = []
    if way.unique is not None and way.measured is not None:
        lines.append(("different problems", f"{way.unique:,}"))
        if way.unique > way.measured:
            lines.append(("− not rolled out", f"{way.unique - way.measured:,}"))
    names: dict[str, str] = {str(cause): name for cause, name in LEFT_OUT.items()}
    lines += [(f"− {name.replace('_', ' ')}", f"{way.decisions[name]:,}") for name in sorted(way.decisions)]
    lines += [(f"− {names[cause]}", f"{way.left_out[cause]:,}") for cause in sorted(way.left_out)]
    lines.append(("rows, in all splits of the run", f"{way.kept:,}"))
    asked = source.config.curriculum.model_dump(mode="json", exclude_defaults=True)
    settings = f"What was asked for stands in `config.yaml`, in `curriculum` ({', '.join(asked) or 'all defaults'})."
    return f"{table(['', 'tasks'], lines)}\n\n{settings}"


def _refuse_others(run: Run, graded: Stage[Difficulty], splits: Iterable[Stage[CurriculumRow]]) -> None:
    """A card must not tell of rollouts from which these rows were not made."""
    there = {info.sha256 for info in graded.shards()}
    for stage in splits:
        for info in stage.shards():
            if info.inputs and not there <= set(info.inputs):
                raise StoreError(
                    f"{run.url} has measured other tasks since its curriculum was made: `taskmill select {run.url}` "
                    f"and `taskmill curriculum {run.url}` make it anew"
                )


def _rows(stage: Stage[Any] | None) -> int | None:
    return None if stage is None else sum(info.rows for info in stage.shards())


def _counted(stage: Stage[Any] | None, record: type[Any], column: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    if stage is None:
        return counted
    for info in stage.shards():
        counted.update(read_columns(stage.path(info.shard), record, [column])[column].to_pylist())
    return counted
