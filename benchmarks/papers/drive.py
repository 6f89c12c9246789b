"""DRIVE: 8 completions of every task, then 64 of each of the hardest, against 8 all the way, at equal rollouts."""

from collections.abc import Sequence
from typing import Any

from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.papers.sums import DIGITS, world
from benchmarks.papers.training import PLAIN, curve

BROAD, HARD, MANY = 40, 10, 64
"""Steps of both stages; one stage has as many completions in BROAD + HARD * MANY / 8 steps."""
RETAINED = {"kind": "retained", "broad_steps": BROAD, "share": 0.25, "refresh": 5}
ARMS: dict[str, Any] = {
    "one stage": {"steps": BROAD + HARD * MANY // 8},
    "hardest, 8": {"steps": BROAD + HARD * MANY // 8, "order": RETAINED},
    "hardest, 64": {"steps": BROAD + HARD, "order": {**RETAINED, "group_size": MANY}},
}
COLUMNS = ("accuracy", *(f"level {level}" for level in DIGITS))
EVERY = 10


def cell(arm: str, seed: int) -> Row:
    return {"points": curve(world(seed), f"drive-{arm}-{seed}", seed, ARMS[arm], every=EVERY)}


def summary(cells: Sequence[Row]) -> list[Row]:
    """Held-out pass rates at the end, and how much more they are than with one stage, paired by seed."""
    plain = of_arm(cells, "one stage")
    rows = []
    for arm in ARMS:
        own = of_arm(cells, arm)
        row: Row = {"arm": arm}
        for name in ("completions", "cpu_seconds"):
            row[name] = interval([each["points"][-1][name] for each in own], 0)
        for column in COLUMNS:
            ends = [each["points"][-1][column] for each in own]
            row[column] = interval(ends)
            if arm != "one stage":
                before = [each["points"][-1][column] for each in plain]
                row[f"{column}, more than one stage"] = interval([a - b for a, b in zip(ends, before, strict=True)])
        rows.append(row)
    return rows


CLAIM = Claim(
    name="drive",
    paper="DRIVE, arXiv 2511.06307",
    says="64 completions of each of the hardest tasks, after 8 of all, solve more of the hard ones",
    settings={"training": PLAIN, "arms": ARMS},
    arms=list(ARMS),
    seeds=range(3),
    cell=cell,
    summary=summary,
)
