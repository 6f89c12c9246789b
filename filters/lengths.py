"""How long a rollout of a task will be: as long as those of its family and level were."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from filters.prior import Cell, cell_of
from schemas import Task


def expected_lengths(tasks: Iterable[Task], seen: Mapping[str, Sequence[int]], longest: int) -> dict[str, float]:
    """The completion tokens to be expected of one rollout of each task, by task id, at least 1.

    `seen` are the lengths of rollouts by task id. A cell without any has the mean of all; before there are any at all,
    all are expected to be as long as they may get, `longest`.
    """
    cells = {task.id: cell_of(task) for task in tasks}
    by_cell: dict[Cell, list[int]] = defaultdict(list)
    for task_id, lengths in seen.items():
        by_cell[cells[task_id]] += lengths
    everything = [length for lengths in by_cell.values() for length in lengths]
    unseen = _mean(everything) if everything else float(longest)
    means = {cell: _mean(lengths) for cell, lengths in by_cell.items() if lengths}
    return {task_id: means.get(cell, unseen) for task_id, cell in cells.items()}


def _mean(lengths: Sequence[int]) -> float:
    return max(sum(lengths) / len(lengths), 1.0)
