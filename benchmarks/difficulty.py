"""Rollouts per task that a difficulty filter needs at equal error: sequential against a fixed number.

    python -m benchmarks.difficulty

Exact, nothing is sampled: tasks' pass rates follow mixtures of Betas, so the probability of every (successes,
failures) and of every false decision has a closed form. A decision is to keep a task or not; it is false when the
true rate is more than `ZONE` on the wrong side of an edge of the band. Where rules of one kind have neighbouring
errors, the rollouts at an error between them are those of drawing one of the two rules at random for each task.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from filters.beta import JEFFREYS, Beta, beta_cdf_grid
from filters.config import DifficultyConfig
from filters.difficulty import DECISIONS, DecisionTable, curtailed, decision_errors, decision_table, fixed_table
from filters.prior import fit_beta

LOW, HIGH, ZONE, CAP, ROUND = 0.2, 0.8, 0.05, 128, 4
SIZES = (8, 16, 32, 64)
GROUP = 8
TOO_HARD, IN_BAND, UNDECIDED = map(DECISIONS.index, ("too_hard", "in_band", "undecided"))
RESULTS = Path(__file__).parent / "results" / "difficulty.json"

Grid = NDArray[np.float64]
Mixture = tuple[tuple[float, Beta], ...]

POPULATIONS: dict[str, Mixture] = {
    "U": ((0.34, Beta(0.17, 3.56)), (0.22, Beta(1.32, 1.37)), (0.44, Beta(2.65, 0.27))),
    "hard": ((0.64, Beta(0.17, 4.12)), (0.23, Beta(1.32, 1.52)), (0.13, Beta(2.85, 0.31))),
    "easy": ((0.16, Beta(0.34, 3.77)), (0.31, Beta(1.48, 0.72)), (0.53, Beta(3.23, 0.11))),
}
"""Bimodal, as pass rates are: balanced, for a weak and for a strong model. The parameters were fitted to the shares of
tasks with 0 and with 16 of 16 successes, (0.26, 0.26), (0.48, 0.08) and (0.10, 0.47), and to the errors of fixed sizes
on them, before any sequential rule was run; nothing in them was measured on a model."""

ERRORS = tuple(sorted({*np.linspace(0.01, 0.3, 59).round(4), *np.geomspace(0.002, 0.05, 30).round(5)}))
PRICES = tuple(np.geomspace(1e-4, 3e-2, 60))

HEADINGS = {
    "population": "",
    "fixed": "k",
    "error": "false",
    "curtailed_one_by_one": "forced, by 1",
    "curtailed_by_four": "forced, by 4",
    "jeffreys": "ours, Jeffreys",
    "fitted_one_cell": "ours, one cell",
    "fitted_by_cell": "ours, by cell",
    "optimum": "least possible",
    "times_fewer_jeffreys": "k / Jeffreys",
    "times_fewer_fitted": "k / by cell",
    "zero_variance": "flat groups",
    "error_of_0_mean_1": "0<m<1 false",
    "zero_variance_of_0_mean_1": "0<m<1 flat",
}


@dataclass(frozen=True)
class Cost:
    """What a rule costs and gives: means over a population."""

    rollouts: float
    error: float
    kept: float
    zero_variance: float
    """The share of GRPO groups of 8 whose rewards are all equal ("flat"), among the kept tasks."""


def at(samples: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indices (successes, failures) of all outcomes of `samples` samples."""
    successes = np.arange(samples + 1)
    return successes, samples - successes


@cache
def mass(population: Mixture, cap: int) -> Grid:
    """The probability of one sequence of outcomes, by its [successes, failures]."""
    counts = np.arange(cap + 1)
    log_gamma = np.vectorize(math.lgamma, otypes=[np.float64])
    total = np.zeros((cap + 1, cap + 1))
    for weight, belief in population:
        a, b = belief.a + counts[:, None], belief.b + counts[None, :]
        start = math.lgamma(belief.a) + math.lgamma(belief.b) - math.lgamma(belief.a + belief.b)
        total += weight * np.exp(log_gamma(a) + log_gamma(b) - log_gamma(a + b) - start)
    return total


@cache
def false_masses(population: Mixture) -> tuple[Grid, Grid]:
    """The part of `mass` where keeping the task is false, and where dropping it is."""
    keeping, dropping = np.zeros((CAP + 1, CAP + 1)), np.zeros((CAP + 1, CAP + 1))
    for weight, belief in population:
        here = mass(((weight, belief),), CAP)
        keeping += here * decision_errors(LOW, HIGH, ZONE, CAP, belief)[DECISIONS.index("in_band")]
        dropping += here * (beta_cdf_grid(belief, HIGH - ZONE, CAP) - beta_cdf_grid(belief, LOW + ZONE, CAP))
    return keeping, dropping


def ways(table: DecisionTable) -> Grid:
    """How many sequences of outcomes end at each [successes, failures]."""
    reached, ended = np.zeros(table.numbers.shape), np.zeros(table.numbers.shape)
    reached[0, 0] = 1
    for samples in range(table.cap + 1):
        wins, losses = at(samples)
        stops = table.numbers[wins, losses] >= 0
        ended[wins, losses] = reached[wins, losses] * stops
        onward = reached[wins, losses] * ~stops
        size = table.next_round(samples)
        for more in range(size + 1) if size else ():
            reached[wins + more, losses + size - more] += math.comb(size, more) * onward
    return ended


def cost(rule: DecisionTable, population: Mixture) -> Cost:
    """The means of a rule that keeps the tasks it finds in band."""
    kept, here = rule.numbers == IN_BAND, ways(rule)
    span = slice(0, rule.cap + 1)
    keeping, dropping = (false[span, span] for false in false_masses(population))
    samples = np.add.outer(np.arange(rule.cap + 1), np.arange(rule.cap + 1))
    probability, more = here * mass(population, rule.cap), mass(population, rule.cap + GROUP)
    all_equal = here * (more[GROUP:, span] + more[span, GROUP:])
    share = float((probability * kept).sum())
    return Cost(
        rollouts=float((probability * samples).sum()),
        error=float((here * np.where(kept, keeping, dropping)).sum()),
        kept=share,
        zero_variance=float((all_equal * kept).sum()) / share if share else 0.0,
    )


def total(costs: Sequence[Cost]) -> Cost:
    """The means over a population from those over its parts, each already weighted."""
    kept = sum(each.kept for each in costs)
    return Cost(
        rollouts=sum(each.rollouts for each in costs),
        error=sum(each.error for each in costs),
        kept=kept,
        zero_variance=sum(each.kept * each.zero_variance for each in costs) / kept if kept else 0.0,
    )


def some_right_some_wrong(size: int) -> DecisionTable:
    """The filter 0 < mean < 1."""
    table = fixed_table(size, LOW, HIGH, size)
    wins, losses = at(size)
    numbers = table.numbers.copy()
    numbers[wins, losses] = np.where((wins > 0) & (losses > 0), IN_BAND, TOO_HARD)
    return DecisionTable(numbers, size)


def sequential(error: float, prior: Beta) -> DecisionTable:
    """Ours; a task that is undecided at the cap goes to the side with the smaller posterior error."""
    config = DifficultyConfig(band_low=LOW, band_high=HIGH, zone=ZONE, cap=CAP, round_size=ROUND, error=error)
    table = decision_table(config, prior)
    best = decision_errors(LOW, HIGH, ZONE, CAP, prior).argmin(axis=0)
    return DecisionTable(np.where(table.numbers == UNDECIDED, best, table.numbers).astype(np.int8), ROUND)


def first_rounds(population: Mixture) -> dict[tuple[int, int], float]:
    """How often each outcome of a first round is seen: what a prior is fitted to."""
    probability = mass(population, ROUND)
    wins, losses = at(ROUND)
    return {
        (int(win), int(loss)): math.comb(ROUND, int(win)) * float(probability[win, loss])
        for win, loss in zip(wins, losses, strict=True)
    }


def optimal(price: float, population: Mixture) -> DecisionTable:
    """The bound: stops where error + price * rollouts is least, knowing the true population (backward induction)."""
    probability, (keeping, dropping) = mass(population, CAP), false_masses(population)
    stopping = np.minimum(keeping, dropping)
    numbers = np.where(keeping < dropping, IN_BAND, TOO_HARD).astype(np.int8)
    best = stopping.copy()  # weighted by probability, so that steps need no division
    for samples in range(CAP - ROUND, -1, -ROUND):
        wins, losses = at(samples)
        onward = price * ROUND * probability[wins, losses]
        for more in range(ROUND + 1):
            onward += math.comb(ROUND, more) * best[wins + more, losses + ROUND - more]
        goes_on = onward < stopping[wins, losses]
        numbers[wins[goes_on], losses[goes_on]] = -1
        best[wins, losses] = np.minimum(onward, stopping[wins, losses])
    return DecisionTable(numbers, ROUND)


def rollouts_at(costs: Iterable[Cost], error: float) -> float:
    """The fewest mean rollouts at an error, on the lower convex hull of the rules' (error, rollouts)."""
    hull: list[tuple[float, float]] = []
    for point in sorted({(each.error, each.rollouts) for each in costs}):
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    errors, rollouts = zip(*hull, strict=True)
    if not errors[0] <= error:
        raise ValueError(f"no rule reaches the error {error:g}; the least is {errors[0]:g}")
    return float(np.interp(error, errors, np.minimum.accumulate(rollouts)))


def _turns_down(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[0] - a[0]) * (c[1] - b[1]) <= (b[1] - a[1]) * (c[0] - b[0])


def at_equal_error(name: str) -> Iterator[dict[str, Any]]:
    """One row for each fixed size: the rollouts a task that each rule needs at the fixed size's error."""
    population = POPULATIONS[name]
    whole = fit_beta(first_rounds(population))
    jeffreys = [cost(sequential(error, JEFFREYS), population) for error in ERRORS]
    one_cell = [cost(sequential(error, whole), population) for error in ERRORS]
    by_cell = [fitted_by_cell(error, population) for error in ERRORS]
    bound = [cost(optimal(price, population), population) for price in PRICES]
    for size in SIZES:
        field = cost(fixed_table(size, LOW, HIGH, size), population)
        naive = cost(some_right_some_wrong(size), population)
        ours, fitted = rollouts_at(jeffreys, field.error), rollouts_at(by_cell, field.error)
        yield {
            "population": name,
            "fixed": size,
            "error": field.error,
            "curtailed_one_by_one": cost(curtailed(fixed_table(size, LOW, HIGH, 1)), population).rollouts,
            "curtailed_by_four": cost(curtailed(fixed_table(size, LOW, HIGH, ROUND)), population).rollouts,
            "jeffreys": ours,
            "fitted_one_cell": rollouts_at(one_cell, field.error),
            "fitted_by_cell": fitted,
            "optimum": rollouts_at(bound, field.error),
            "times_fewer_jeffreys": size / ours,
            "times_fewer_fitted": size / fitted,
            "zero_variance": field.zero_variance,
            "error_of_0_mean_1": naive.error,
            "zero_variance_of_0_mean_1": naive.zero_variance,
        }


def fitted_by_cell(error: float, population: Mixture) -> Cost:
    """Ours where each part of the mixture is a (family, level) of its own, with a prior fitted to its first round."""
    cells: list[Mixture] = [(part,) for part in population]
    return total([cost(sequential(error, fit_beta(first_rounds(cell))), cell) for cell in cells])


def by_default(name: str) -> dict[str, Any]:
    """What the default config costs and gives."""
    population, error = POPULATIONS[name], DifficultyConfig().error
    undecided = ways(decision_table(DifficultyConfig(), JEFFREYS)) * mass(population, CAP)
    unfiltered = mass(population, GROUP)
    return {
        "population": name,
        "jeffreys": vars(cost(sequential(error, JEFFREYS), population)),
        "fitted_by_cell": vars(fitted_by_cell(error, population)),
        "undecided_at_cap": float(undecided[decision_table(DifficultyConfig(), JEFFREYS).numbers == UNDECIDED].sum()),
        "zero_variance_unfiltered": float(unfiltered[GROUP, 0] + unfiltered[0, GROUP]),
    }


def show(rows: Sequence[dict[str, Any]], defaults: Sequence[dict[str, Any]]) -> None:
    console = Console(width=150)
    equal = Table(
        title=f"Mean rollouts a task at the error of a fixed number (band {LOW}-{HIGH}, zone {ZONE}, rounds of 4)"
    )
    for heading in HEADINGS.values():
        equal.add_column(heading, justify="right")
    for row in rows:
        values = [row[column] for column in HEADINGS]
        equal.add_row(*(f"{value:.3g}" if isinstance(value, float) else str(value) for value in values))
    console.print(equal)
    plain = Table(title=f"The default config (error {DifficultyConfig().error}, cap {DifficultyConfig().cap})")
    for column in ("population", "prior", "rollouts a task", "false decisions", "kept", "groups without variance"):
        plain.add_column(column, justify="right")
    for row in defaults:
        for prior in ("jeffreys", "fitted_by_cell"):
            mean = row[prior]
            plain.add_row(
                row["population"],
                prior.replace("_", " "),
                f"{mean['rollouts']:.2f}",
                f"{mean['error']:.2%}",
                f"{mean['kept']:.1%}",
                f"{mean['zero_variance']:.1%} (unfiltered {row['zero_variance_unfiltered']:.1%})",
            )
    console.print(plain)


def main() -> None:
    rows = [row for name in POPULATIONS for row in at_equal_error(name)]
    defaults = [by_default(name) for name in POPULATIONS]
    show(rows, defaults)
    RESULTS.write_text(json.dumps({"at_equal_error": rows, "default_config": defaults}, indent=1) + "\n")


if __name__ == "__main__":
    main()
