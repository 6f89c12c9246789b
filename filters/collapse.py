"""What a loop must be told of its rounds: held-out tasks that got worse, exploration that is lost (after B-STaR)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import msgspec
import numpy as np

from filters.monitors import Monitors
from pipeline.statistics import bootstrap, pass_at

COLLAPSED = 0.5
"""The share of the first model's variety of right responses below which it has collapsed."""
WORTH_TELLING = 0.05
"""A variety at first below which there is none to lose: short answers have one right text."""
_SEED = 0

Rates = Mapping[str, tuple[int, int]]
"""Right and judged samples of each held-out task, by id."""


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """The held-out samples after a round, 0 for the model that the loop began with."""

    round: int
    rates: dict[str, tuple[int, int]]
    monitors: Monitors


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """Something to notice of a round, by the name of its rule."""

    round: int
    rule: str
    sentence: str


def warnings_of(history: Sequence[Evaluated]) -> list[Warned]:
    """Of each round against those before it, in order. Falls are told where their paired 95 % interval is below 0."""
    found: list[Warned] = []
    for place, now in enumerate(history):
        before = history[:place]
        if before and now.monitors.pass_at:
            found += _fallen(before, now, 1, "held-out fell", "fewer samples are right")
            most = max(now.monitors.pass_at)
            if most > 1:
                found += _fallen(before, now, most, "exploration fell", f"of {most} samples, fewer hold a right one")
        first, own = history[0].monitors.right_variety, now.monitors.right_variety
        if place and first is not None and own is not None and first >= WORTH_TELLING and own < COLLAPSED * first:
            sentence = f"two right responses to a task differ with chance {own:.2f}, and did with {first:.2f} at first"
            found.append(Warned(round=now.round, rule="diversity collapsed", sentence=sentence))
    return found


def stopped(history: Sequence[Evaluated], patience: int | None) -> bool:
    """Whether the last `patience` rounds were none better than the best before them."""
    told = [each.monitors.pass_at.get(1, 0.0) for each in history]
    return patience is not None and len(told) > patience and max(told[-patience:]) <= max(told[:-patience])


def _fallen(before: Sequence[Evaluated], now: Evaluated, k: int, rule: str, what: str) -> list[Warned]:
    best = max(before, key=lambda each: each.monitors.pass_at.get(k, 0.0))
    tasks = sorted(
        task for task in now.rates.keys() & best.rates.keys() if min(now.rates[task][1], best.rates[task][1]) >= k
    )
    changes = [_chance(now.rates[task], k) - _chance(best.rates[task], k) for task in tasks]
    known = np.array(changes)
    low, high = bootstrap(lambda places: float(known[places].mean()), len(changes), _SEED)
    if low is None or high is None or high >= 0:
        return []
    since = f"round {best.round}" if best.round else "the first model"
    sentence = f"{what} than of {since}: pass@{k} {fmean(changes):+.3f} [{low:+.3f}, {high:+.3f}]"
    return [Warned(round=now.round, rule=rule, sentence=sentence)]


def _chance(rate: tuple[int, int], k: int) -> float:
    right, judged = rate
    return pass_at(judged, right, k)
