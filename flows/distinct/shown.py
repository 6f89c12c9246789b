"""What a run of `taskmill distinct` came to, as a table."""

from collections import Counter

from rich.box import SIMPLE_HEAVY
from rich.table import Table
from rich.text import Text

from flows.distinct.outputs import count_of, removed_rows

_LONGEST = 160


def summary(run: str, key: str) -> Table:
    """The rows removed by each method, with the first of them and why."""
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for table in removed_rows(run, key, ["id", "kept_id", "method", "reason"]):
        for row in table.to_pylist():
            counts[row["method"]] += 1
            first.setdefault(row["method"], f"{row['id']} goes for {row['kept_id']}: {row['reason']}")
    kept, gone = count_of(run, key, "distinct"), counts.total()
    table = Table(title=f"{kept + gone:,} rows, {kept:,} distinct", title_justify="left", box=SIMPLE_HEAVY)
    table.add_column("removed by", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("the first of them")
    for method, count in counts.most_common():
        said = first[method]
        table.add_row(method, f"{count:,}", Text(said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"))
    return table
