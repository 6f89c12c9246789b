"""What the report says of an aimed run's rounds: from the stages `aim`, `tasks`, `unique` and `difficulty`."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from filters.aiming import CellKey
from generators.family import level_params
from generators.registry import family_named
from pipeline.report.rounds import Count, Rounds
from pipeline.store import Run, Stage, read_columns
from schemas import AimedCell, Difficulty, Task, jsontext


def rounds_of(run: Run) -> Rounds | None:
    """The rounds of a run, or None where they are not finished."""
    plans, tasks, unique = run.sealed("aim", AimedCell), run.sealed("tasks", Task), run.sealed("unique", Task)
    graded = run.sealed("difficulty", Difficulty)
    if plans is None or tasks is None or unique is None or graded is None:
        return None
    rows = list(plans.records())
    kinds: dict[int, dict[str, Counter[CellKey]]] = {}
    for shard, number in _rounds_of_shards(rows, tasks):
        found = kinds.setdefault(number, {kind: Counter() for kind in Count.__struct_fields__})
        made = read_columns(tasks.path(shard), Task, ["id", "family", "params"]).to_pydict()
        cells = list(zip(made["family"], made["params"], strict=True))
        cell_of = dict(zip(made["id"], cells, strict=True))
        kept = read_columns(unique.path(shard), Task, ["id"])["id"].to_pylist()
        columns = ["task_id", "samples", "decision"]
        known = read_columns(graded.path(shard), Difficulty, columns).to_pydict()
        reached = [
            (cell_of[task], decision)
            for task, samples, decision in zip(*(known[name] for name in columns), strict=True)
            if samples
        ]
        found["made"].update(cells)
        found["unique"].update(cell_of[task] for task in kept)
        found["graded"].update(cell for cell, _ in reached)
        for decision in ("in_band", "undecided"):
            found[decision].update(cell for cell, own in reached if own == decision)
    numbers = sorted(kinds)
    first: dict[CellKey, AimedCell] = {}
    for row in rows:
        first.setdefault((row.family, jsontext.dumps(row.params)), row)
    order = sorted(first, key=lambda key: (first[key].source, first[key].place or 0.0))
    return Rounds(
        rounds=tuple(Count(**{kind: counts.total() for kind, counts in kinds[number].items()}) for number in numbers),
        expected=tuple(_expected([row for row in rows if row.round == number]) for number in numbers),
        cells={
            _name(first[key]): tuple(
                Count(**{kind: counts[key] for kind, counts in kinds[number].items()})
                if number >= first[key].round
                else None
                for number in numbers
            )
            for key in order
        },
    )


def _rounds_of_shards(rows: Sequence[AimedCell], tasks: Stage[Task]) -> Iterator[tuple[int, int]]:
    """Each shard of tasks with its round: a round's shards hold just its tasks."""
    left = Counter[int]()
    for row in rows:
        left[row.round] += row.count
    number = 1
    for info in tasks.shards():
        if left[number] == 0:
            number += 1
        left[number] -= info.rows
        yield info.shard, number


def _expected(plan: list[AimedCell]) -> float | None:
    """The yield that a plan expected of its new problems."""
    known = [
        (row.count * row.fresh, row.expected) for row in plan if row.fresh is not None and row.expected is not None
    ]
    weight = sum(count for count, _ in known)
    return sum(count * share for count, share in known) / weight if weight else None


def _name(row: AimedCell) -> str:
    """The family and its rung; off the ladder about which rung, and what is other than there."""
    if row.level:
        return f"{row.family} {row.level}"
    below = {} if row.place is None else msgspec.to_builtins(level_params(family_named(row.family), int(row.place)))
    own = ", ".join(f"{name} {value}" for name, value in row.params.items() if below.get(name, ...) != value)
    return f"{row.family} {own}" if row.place is None else f"{row.family} ~{row.place:g} ({own})"
