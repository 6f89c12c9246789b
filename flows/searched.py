"""What a search came to, counted shard by shard: the table that `taskmill steps` ends with."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.box import SIMPLE_HEAVY
from rich.table import Table

from generators.preferences.exact import Label, agreement, beside_exact
from generators.preferences.search.labels import class_balance
from schemas import Continuation, StepLabels, Task


class ShardFound(NamedTuple):
    """What the search of a shard of tasks came to; `labels` and `exact` are of the steps before an answer."""

    trees: int
    continuations: int
    tokens: int
    responses: int
    right: int
    wrong: int
    estimated: int
    pairs: int
    labels: list[bool]
    exact: list[Label]


Seen = Callable[[ShardFound], None]


def found_in(tasks: Sequence[Task], made: Sequence[Continuation], rows: Sequence[StepLabels], pairs: int) -> ShardFound:
    """The counts of one shard. Raises RegistryError."""
    asked = [each for each in made if each.kind != "value"]
    right, wrong = class_balance(rows)
    labels, exact = beside_exact(rows, tasks)
    return ShardFound(
        trees=len({row.task_id for row in rows}),
        continuations=len(asked),
        tokens=sum(len(each.token_ids) for each in asked),
        responses=len(rows),
        right=right,
        wrong=wrong,
        estimated=sum(visits > 0 for row in rows for visits in row.visits),
        pairs=pairs,
        labels=labels,
        exact=exact,
    )


def steps_table(found: Sequence[ShardFound], method: str) -> Table:
    """All shards together, and how their labels agree with exact ones where there are such."""
    table = Table(
        "steps", "", title=f"tree search: {method}", title_justify="left", box=SIMPLE_HEAVY, show_header=False
    )
    table.add_row("trees", f"{sum(each.trees for each in found):,} with labels")
    tokens = sum(each.tokens for each in found)
    table.add_row("continuations", f"{sum(each.continuations for each in found):,} ({tokens:,} tokens)")
    table.add_row("responses with step labels", f"{sum(each.responses for each in found):,}")
    right, wrong = sum(each.right for each in found), sum(each.wrong for each in found)
    table.add_row("steps labelled", f"{right:,} right, {wrong:,} wrong")
    table.add_row("of them estimated", f"{sum(each.estimated for each in found):,}")
    table.add_row("the same by exact labels", _agreed(found))
    table.add_row("step pairs", f"{sum(each.pairs for each in found):,}")
    return table


def _agreed(found: Sequence[ShardFound]) -> str:
    labels = [label for each in found for label in each.labels]
    agreed = agreement(labels, [label for each in found for label in each.exact])
    if not agreed.read:
        return "none before an answer can be read"
    kappa = "" if agreed.kappa is None else f", Cohen's kappa {agreed.kappa:.2f}"
    return f"{agreed.same:.0%} of {agreed.read:,} before an answer{kappa}"
