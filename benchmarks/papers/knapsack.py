"""Knapsack RL: how many rollouts lie in groups that teach, at the same total, and what uniform groups would need.

Populations of pass rates: two real models' on stored rollouts, and Beta distributions. The allocator sees what a
trainer sees: the successes of an earlier epoch's EACH rollouts a prompt (`measured`), or the true rates (`known`).
Rollouts are then drawn: a group teaches when its scores differ.
"""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from benchmarks import rollouts_pool, tiny_pool
from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.rollouts_pool import read_pool
from pipeline.seeding import derived_seed
from trainer.budget import knapsack

PROMPTS, EACH, LOW, HIGH = 1000, 8, 2, 128
SHAPES = {"Beta(1, 1)": (1.0, 1.0), "Beta(0.5, 0.5)": (0.5, 0.5), "Beta(0.3, 0.9), hard": (0.3, 0.9)}
POOLS = {"SmolLM2-135M": rollouts_pool.POOL, "tiny model": tiny_pool.POOL}
NEVER = "no multiple up to 64"

Rates = np.ndarray


def rates_of(population: str, rng: np.random.Generator) -> Rates:
    """PROMPTS pass rates; of a pool, drawn with replacement from its tasks' shares of 64 samples."""
    if population in SHAPES:
        return rng.beta(*SHAPES[population], size=PROMPTS)
    shares = [fmean(score or 0.0 for score in task.scores) for task in read_pool(POOLS[population])]
    return rng.choice(np.array(shares), size=PROMPTS)


def cell(population: str, seed: int) -> Row:
    rng = np.random.default_rng(derived_seed(seed, "knapsack", population))
    rates = rates_of(population, rng)
    believed = (rng.binomial(EACH, rates) + 0.5) / (EACH + 1)
    uniform = np.full(PROMPTS, EACH)
    told: Row = {"uniform": _drawn(rates, uniform, rng)}
    for name, seen in {"measured": believed, "known": rates}.items():
        counts = np.array(knapsack(seen.tolist(), EACH * PROMPTS, LOW, HIGH))
        told[name] = {
            **_drawn(rates, counts, rng),
            "most": int(counts.max()),
            "uniform_multiple": _multiple(_expected(rates, counts), rates),
            "uniform_multiple_by_prompts": _multiple(float(_teach(rates, counts).mean()), rates),
        }
    return told


def summary(cells: Sequence[Row]) -> list[Row]:
    rows = []
    for population in CLAIM.arms:
        own = of_arm(cells, population)
        for belief in ("measured", "known"):
            rows.append(
                {
                    "population": population,
                    "rates": belief,
                    "uniform": interval([each["uniform"]["rollouts"] for each in own]),
                    "knapsack": interval([each[belief]["rollouts"] for each in own]),
                    "gain": interval([each[belief]["rollouts"] / each["uniform"]["rollouts"] - 1 for each in own]),
                    "gain_in_prompts": interval(
                        [each[belief]["prompts"] / each["uniform"]["prompts"] - 1 for each in own]
                    ),
                    "uniform_multiple": _middle([each[belief]["uniform_multiple"] for each in own]),
                    "uniform_multiple_by_prompts": _middle(
                        [each[belief]["uniform_multiple_by_prompts"] for each in own]
                    ),
                    "most_rollouts": max(each[belief]["most"] for each in own),
                }
            )
    return rows


def _drawn(rates: Rates, counts: Rates, rng: np.random.Generator) -> Row:
    """The shares of prompts and of rollouts in groups that teach, of one draw."""
    right = rng.binomial(counts, rates)
    teach = (right > 0) & (right < counts)
    return {"prompts": float(teach.mean()), "rollouts": float((teach * counts).sum() / counts.sum())}


def _teach(rates: Rates, counts: Rates) -> Rates:
    """The chance that a group's scores differ: 1 - p^n - (1 - p)^n."""
    return np.asarray(1 - rates**counts - (1 - rates) ** counts)


def _expected(rates: Rates, counts: Rates) -> float:
    return float((_teach(rates, counts) * counts).sum() / counts.sum())


def _uniform(rates: Rates, each: float) -> float:
    """The share that teaches of groups of one size: of prompts, and of rollouts."""
    return float(_teach(rates, np.full(len(rates), each)).mean())


def _multiple(wanted: float, rates: Rates) -> float | str:
    """How many times the rollouts uniform groups need for the same share, fractions of a rollout allowed."""
    low, high = 0.25, 64.0
    if _uniform(rates, EACH * high) < wanted:
        return NEVER
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _uniform(rates, EACH * middle) < wanted else (low, middle)
    return round(high, 3)


def _middle(values: Sequence[float | str]) -> Row | str:
    known = [value for value in values if not isinstance(value, str)]
    return interval(known, 2) if len(known) == len(values) else NEVER


CLAIM = Claim(
    name="knapsack",
    paper="Knapsack RL, arXiv 2509.25849",
    says="20-40 % more of the gradients are non-zero at the same rollouts; uniform groups need about twice as many",
    settings={"prompts": PROMPTS, "rollouts_each": EACH, "low": LOW, "high": HIGH},
    arms=[*POOLS, *SHAPES],
    seeds=range(5),
    cell=cell,
    summary=summary,
)
