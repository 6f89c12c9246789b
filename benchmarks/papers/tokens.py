"""The 80/20 rule: learning from the most uncertain fifth of the tokens, from all, and from the other four fifths.

Answers here have 6 tokens at most, and the one that decides whether to answer at all is the least certain: this is a
picture of forks and followers, not of long reasoning.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest.mock import patch

import msgspec

import trainer.loop
from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.papers.sums import DIGITS, world
from benchmarks.papers.training import PLAIN, curve
from trainer.reading import with_readings
from trainer.rollout import Group

SHARES = {"all tokens": 1.0, "top 20 %": 0.2, "bottom 80 %": 0.8}


def cell(arm: str, seed: int) -> Row:
    bottom: AbstractContextManager[Any] = patch.object(trainer.loop, "with_readings", _with_negated_entropies)
    with bottom if arm == "bottom 80 %" else nullcontext():
        return {"points": curve(world(seed), f"tokens-{arm}-{seed}", seed, {"loss": {"entropy_share": SHARES[arm]}})}


def _with_negated_entropies(*given: Any, **named: Any) -> list[Group]:
    """The most certain tokens in the place of the least certain: a control that no user needs, so no setting."""
    return [
        msgspec.structs.replace(group, entropies=tuple(tuple(-entropy for entropy in own) for own in group.entropies))
        for group in with_readings(*given, **named)
    ]


def summary(cells: Sequence[Row]) -> list[Row]:
    """Held-out pass rates at the end, overall and by level, and accuracy against all tokens, seed by seed."""
    full = of_arm(cells, "all tokens")
    rows = []
    for arm in SHARES:
        own = of_arm(cells, arm)
        ends = [each["points"][-1] for each in own]
        rows.append(
            {
                "arm": arm,
                "before": interval([each["points"][0]["accuracy"] for each in own]),
                "accuracy": interval([end["accuracy"] for end in ends]),
                **{f"level {level}": interval([end[f"level {level}"] for end in ends]) for level in DIGITS},
                "more than all tokens": interval(
                    [end["accuracy"] - base["points"][-1]["accuracy"] for end, base in zip(ends, full, strict=True)]
                ),
            }
        )
    return rows


CLAIM = Claim(
    name="tokens",
    paper="80/20 rule, arXiv 2506.01939",
    says="a fifth of the tokens, the most uncertain, teaches as much as all of them; the other four fifths much less",
    settings={"training": PLAIN, "shares": SHARES},
    arms=list(SHARES),
    seeds=range(3),
    cell=cell,
    summary=summary,
)
