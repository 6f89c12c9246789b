"""SEC, DUMP and PCL against uniform sampling on four levels, one of them hopeless, at equal generated tokens."""

from collections.abc import Sequence

from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.papers.sums import DIGITS, world
from benchmarks.papers.training import PLAIN, at, curve

ORDERS = {
    "uniform": {"kind": "shuffled"},
    "SEC": {"kind": "sec"},
    "DUMP": {"kind": "dump"},
    "PCL": {"kind": "value"},
}
COLUMNS = ("accuracy", *(f"level {level}" for level in DIGITS))


def cell(arm: str, seed: int) -> Row:
    return {"points": curve(world(seed), f"curricula-{arm}-{seed}", seed, {"order": ORDERS[arm]})}


def summary(cells: Sequence[Row]) -> list[Row]:
    """Held-out pass rates at the tokens that every arm of a seed had generated: half of them, and all."""
    seeds = sorted({cell["seed"] for cell in cells})
    rows = []
    for share in (0.5, 1.0):
        tokens = {
            seed: share * min(each["points"][-1]["tokens"] for each in cells if each["seed"] == seed) for seed in seeds
        }
        plain = [_read(each, tokens) for each in of_arm(cells, "uniform")]
        for arm in ORDERS:
            own = [_read(each, tokens) for each in of_arm(cells, arm)]
            row: Row = {"arm": arm, "tokens": interval([tokens[seed] for seed in seeds], 0)}
            for column in COLUMNS:
                row[column] = interval([each[column] for each in own])
                if arm != "uniform":
                    paired = [each[column] - base[column] for each, base in zip(own, plain, strict=True)]
                    row[f"{column}, more than uniform"] = interval(paired)
            rows.append(row)
    return rows


def _read(cell: Row, tokens: dict[int, float]) -> dict[str, float]:
    return {column: at(cell["points"], "tokens", tokens[cell["seed"]], column) for column in COLUMNS}


CLAIM = Claim(
    name="curricula",
    paper="SEC, arXiv 2505.14970; DUMP, 2504.09710; PCL, 2510.01135",
    says="curricula by advantage or value reach higher accuracy than uniform sampling, most on hard tasks",
    settings={"training": PLAIN, "orders": ORDERS},
    arms=list(ORDERS),
    seeds=range(3),
    cell=cell,
    summary=summary,
)
