"""How good must a value model be before a search led by it pays? A task of known step values, and noise as the knob.

    python -m benchmarks.search_values

A response has six steps, each but the last slips with a chance of a quarter, and is right when none slipped. The value
model's logit is +d for a beginning without a slip and -d for any other, plus normal noise that stays with the
beginning: its AUROC is Phi(d * sqrt 2). ReST-MCTS* is led by it, and best-of-n chooses by it among as many whole
responses as have the same steps to sample (rounded up, in its favour). No model runs; the search is the real one.
"""

import json
from collections.abc import Sequence
from math import exp, sqrt
from pathlib import Path
from random import Random
from statistics import NormalDist, fmean
from typing import Any

from benchmarks.papers.claim import interval
from generators.preferences.search.asking import Answer, Ask
from generators.preferences.search.asking import Path as TokenPath
from generators.preferences.search.rest import RestConfig, RestTree, rest
from pipeline.seeding import generator
from pipeline.store.files import write_whole

RESULTS = Path(__file__).parent / "results" / "search_values.json"

STEPS, SLIP, TASKS, SEEDS = 6, 0.25, 300, (0, 1, 2, 3, 4)
DISTANCES = (0.25, 0.5, 1.0, 1.5, 2.0)
SEARCHES = {branch: RestConfig(iterations=8, branch=branch, explore=0.2) for branch in (3, 4)}


class ValueModel:
    """A value for each beginning, the same whenever it is asked for."""

    def __init__(self, distance: float, rng: Random) -> None:
        self._distance, self._rng = distance, rng
        self._told: dict[TokenPath, float] = {}

    def of(self, path: TokenPath) -> float:
        if path not in self._told:
            logit = (-self._distance if any(path) else self._distance) + self._rng.gauss(0, 1)
            self._told[path] = 1 / (1 + exp(-logit))
        return self._told[path]


def searched(config: RestConfig, value: ValueModel, rng: Random) -> tuple[RestTree, int]:
    """What a search came to, and how many steps were sampled for it."""
    search, steps = rest(config), 0
    try:
        asks = next(search)
        while True:
            steps += sum(ask.samples for ask in asks if ask.kind == "step")
            asks = search.send([_answered(ask, value, rng) for ask in asks])
    except StopIteration as end:
        return end.value, steps


def best_of(count: int, value: ValueModel, rng: Random) -> bool:
    """Whether the response of the greatest value among `count` is right."""
    responses: list[TokenPath] = [tuple(_step(place, rng) for place in range(STEPS)) for _ in range(count)]
    best = max(responses, key=value.of)
    return not any(best)


def _answered(ask: Ask, value: ValueModel, rng: Random) -> list[Answer]:
    if ask.kind == "value":
        return [Answer((), (), False, value.of(ask.path))]
    ends = len(ask.path) == STEPS - 1
    steps = [_step(len(ask.path), rng) for _ in range(ask.samples)]
    return [Answer((each,), (0.0,), ends, float(not any((*ask.path, each))) if ends else None) for each in steps]


def _step(place: int, rng: Random) -> int:
    """0 is right; slips are of many kinds, so that two of them are seldom the same."""
    return rng.randrange(1, 1000) if place < STEPS - 1 and rng.random() < SLIP else 0


def cell(distance: float, branch: int, seed: int) -> dict[str, Any]:
    """The shares of tasks that are right by the search and by the choice among as many steps."""
    rng = generator(seed, "search by noisy values", branch, int(distance * 100))
    found = [searched(SEARCHES[branch], ValueModel(distance, rng), rng) for _ in range(TASKS)]
    steps = fmean(steps for _, steps in found)
    count = -int(-steps // STEPS)
    chosen = [best_of(count, ValueModel(distance, rng), rng) for _ in range(TASKS)]
    return {
        "branch": branch,
        "AUROC": round(NormalDist().cdf(distance * sqrt(2)), 3),
        "seed": seed,
        "search": round(fmean(tree.right for tree, _ in found), 4),
        "best of n": round(fmean(chosen), 4),
        "steps": round(steps, 1),
        "n": count,
    }


def main() -> None:
    cells = [cell(distance, branch, seed) for branch in SEARCHES for distance in DISTANCES for seed in SEEDS]
    summary = [_summed(cells[first : first + len(SEEDS)]) for first in range(0, len(cells), len(SEEDS))]
    settings = {"steps": STEPS, "slip": SLIP, "tasks": TASKS, "searches": [c.model_dump() for c in SEARCHES.values()]}
    told = {"settings": settings, "summary": summary, "cells": cells}
    write_whole(str(RESULTS), json.dumps(told, indent=1).encode() + b"\n")
    for row in summary:
        print(json.dumps(row))


def _summed(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds with 95 % intervals; `more` is the search less the choice."""
    return {
        "branch": cells[0]["branch"],
        "AUROC": cells[0]["AUROC"],
        "n": fmean(each["n"] for each in cells),
        "search": interval([each["search"] for each in cells]),
        "best of n": interval([each["best of n"] for each in cells]),
        "more": interval([each["search"] - each["best of n"] for each in cells]),
    }


if __name__ == "__main__":
    main()
