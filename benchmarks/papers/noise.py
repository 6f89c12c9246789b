"""Noisy rewards and RandomCalculation's arms: what training makes of scores that are not the verifier's."""

from collections.abc import Sequence

from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.papers.sums import world
from benchmarks.papers.training import PLAIN, curve

NO_QUESTION_MARK = {"checker": "letter_count", "arguments": {"letter": "?", "at_most": 0}}
ARMS = {
    "correct": {},
    "flipped 20 %": {"control": {"kind": "flipped", "share": 0.2}},
    "flipped 40 %": {"control": {"kind": "flipped", "share": 0.4}},
    "random": {"control": {"kind": "flipped", "share": 0.5}},
    "inverted": {"control": {"kind": "flipped", "share": 1.0}},
    "pattern only": {
        "reward": {
            "correctness": 0,
            "rubric": {"weight": 1.0, "primary": True, "criteria": [NO_QUESTION_MARK]},
        }
    },
}
"""A score flipped half of the time is a coin; `pattern only` rewards an answer that is not `?`, right or wrong."""


def cell(arm: str, seed: int) -> Row:
    return {"points": curve(world(seed), f"noise-{arm}-{seed}", seed, ARMS[arm])}


def summary(cells: Sequence[Row]) -> list[Row]:
    """Held-out accuracy before and after; `of_clean` is the gain as a share of that with correct rewards."""
    clean = [_gain(each) for each in of_arm(cells, "correct")]
    rows = []
    for arm in ARMS:
        own = of_arm(cells, arm)
        gains = [_gain(each) for each in own]
        rows.append(
            {
                "arm": arm,
                "before": interval([each["points"][0]["accuracy"] for each in own]),
                "after": interval([each["points"][-1]["accuracy"] for each in own]),
                "best": interval([max(point["accuracy"] for point in each["points"]) for each in own]),
                "gain": interval(gains),
                "of_clean": interval([gain / base for gain, base in zip(gains, clean, strict=True)]),
            }
        )
    return rows


def _gain(cell: Row) -> float:
    return float(cell["points"][-1]["accuracy"] - cell["points"][0]["accuracy"])


CLAIM = Claim(
    name="noise",
    paper="Noisy rewards, arXiv 2505.22653; RandomCalculation, 2507.10532",
    says="40 % flipped rewards reach 96 % of what clean ones do, 50 % collapse, patterns alone nearly as much; "
    "on clean arithmetic only accurate rewards help, inverted ones destroy",
    settings={"training": PLAIN, "arms": ARMS},
    arms=list(ARMS),
    seeds=range(3),
    cell=cell,
    summary=summary,
)
