"""Balanced online difficulty filtering: what it takes to reach the plain run's best, in steps, completions and time."""

from collections.abc import Sequence
from statistics import fmean

from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.papers.sums import world
from benchmarks.papers.training import PLAIN, curve, reached

GATES = {
    "plain": None,
    "all that vary": {"low": 0.0, "high": 1.0},
    "not too easy": {"low": 0.0, "high": 0.75},
    "balanced": {"low": 0.25, "high": 0.75},
}
COSTS = ("step", "completions", "cpu_seconds")
SMOOTHED = 3
"""Points of a curve that a reward is the mean of: 15 steps."""


def cell(arm: str, seed: int) -> Row:
    return {"points": curve(world(seed), f"filtering-{arm}-{seed}", seed, {"gate": GATES[arm]})}


def summary(cells: Sequence[Row]) -> list[Row]:
    """Costs are shares of what the plain run of the same seed had spent when it reached its own best.

    The interval is over the seeds in which it was reached, `reached` of all.
    """
    rows = []
    for arm in GATES:
        row: Row = {"arm": arm}
        own = of_arm(cells, arm)
        row["accuracy_at_the_end"] = interval([each["points"][-1]["accuracy"] for each in own])
        row["completions"] = interval([each["points"][-1]["completions"] for each in own], 0)
        for measure in ("accuracy", "reward"):
            for cost in COSTS:
                shares = [_share(plain["points"], each["points"], measure, cost) for plain, each in _pairs(cells, arm)]
                known = [share for share in shares if share is not None]
                told = interval(known) if known else {}
                row[f"{measure}_by_{cost}"] = {**told, "reached": f"{len(known)} of {len(shares)}"}
        rows.append(row)
    return rows


def _pairs(cells: Sequence[Row], arm: str) -> list[tuple[Row, Row]]:
    return list(zip(of_arm(cells, "plain"), of_arm(cells, arm), strict=True))


def _share(plain: Sequence[Row], own: Sequence[Row], measure: str, cost: str) -> float | None:
    plain, own = (smoothed(points) if measure == "reward" else list(points) for points in (plain, own))
    best = max(point[measure] for point in plain)
    spent, needed = reached(plain, measure, best, cost), reached(own, measure, best, cost)
    return None if spent is None or needed is None else needed / spent


def smoothed(points: Sequence[Row]) -> list[Row]:
    """Rewards as the mean of SMOOTHED points, from the first that has so many; the rest as it stands."""
    rewarded = [point for point in points if point["reward"] is not None]
    return [
        {**point, "reward": fmean(each["reward"] for each in rewarded[place - SMOOTHED + 1 : place + 1])}
        for place, point in enumerate(rewarded)
        if place >= SMOOTHED - 1
    ]


CLAIM = Claim(
    name="filtering",
    paper="Online difficulty filtering, arXiv 2504.03380",
    says="balanced filtering exceeds the plain run's best reward within 60 % of its time and data; one-sided less",
    settings={"training": PLAIN, "gates": GATES},
    arms=list(GATES),
    seeds=range(3),
    cell=cell,
    summary=summary,
)
