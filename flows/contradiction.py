"""One prompt with two canonical keys: said, and nothing is done with it."""

from collections.abc import Iterable, Sequence

from dedup.exact import Contradicted
from pipeline.store import read_columns
from schemas import Failure, Task


class ContradictionError(Failure):
    """Two tasks have one prompt and two canonical keys: a family is wrong about what a problem is."""


def refuse_contradictions(found: Iterable[Contradicted | None], shards: Sequence[str]) -> None:
    """Raises ContradictionError with how many there are, and the first of them by its place in the shards."""
    told = [each for each in found if each is not None]
    if told:
        first = min(told, key=lambda each: each.task)
        task, earlier = (_id(shards[shard], row) for shard, row in (first.task, first.earlier))
        raise ContradictionError(
            f"{sum(each.tasks for each in told)} tasks have the prompt of another task and another canonical key; the "
            f"first is task {task}, with the prompt of {earlier}: mend the canonical function of their families"
        )


def _id(url: str, row: int) -> str:
    return str(read_columns(url, Task, ["id"])["id"][row].as_py())
