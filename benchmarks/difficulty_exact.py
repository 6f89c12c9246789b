"""Rollouts per task that a difficulty filter needs at equal error, computed exactly on populations of pass rates.

Nothing is sampled: tasks' pass rates follow mixtures of Betas, so the probability of every (successes, failures) and
of every false decision has a closed form. A decision is to keep a task or not; it is false when the true rate is more
than `ZONE` on the wrong side of an edge of the band. Where rules of one kind have neighbouring errors, the rollouts at
an error between them are those of drawing one of the two rules at random for each task.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filters.beta import JEFFREYS, Beta, beta_cdf_grid
from filters.config import DifficultyConfig
from filters.prior import fit_beta
from filters.sequential import (
    DECISIONS,
    GO_ON,
    UNDECIDED,
    DecisionTable,
    curtailed,
    decision_errors,
    decision_table,
    fixed_table,
    outcomes,
)

LOW, HIGH, ZONE, CAP, ROUND = 0.2, 0.8, 0.05, 128, 4
SIZES = (8, 16, 32, 64)
GROUP = 8
TOO_HARD, IN_BAND = DECISIONS.index("too_hard"), DECISIONS.index("in_band")

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

ERRORS = tuple(sorted({*np.linspace(0.01, 0.3, 59).round(4), *np.geomspace(0.002, 0.05, 80).round(5)}))
PRICES = tuple(np.geomspace(1e-4, 3e-2, 60))


@dataclass(frozen=True)
class Cost:
    """What a rule costs and gives: means over a population."""

    rollouts: float
    error: float
    kept: float
    zero_variance: float
    """The share of GRPO groups of 8 whose rewards are all equal ("flat"), among the kept tasks."""


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
    """How many sequences of outcomes end at each [successes, failures], looked at after every sample."""
    reached, ended = np.zeros(table.numbers.shape), np.zeros(table.numbers.shape)
    reached[0, 0] = 1
    for samples in range(table.cap + 1):
        wins, losses = outcomes(samples)
        stops = table.numbers[wins, losses] != GO_ON
        ended[wins, losses] = reached[wins, losses] * stops
        onward = reached[wins, losses] * ~stops
        if samples < table.cap:
            reached[wins + 1, losses] += onward
            reached[wins, losses + 1] += onward
    return ended


def rounds(table: DecisionTable, population: Mixture, later: int = CAP) -> tuple[float, int]:
    """The mean rounds of a task, later ones of at most so many samples, and the round after which 1 in 1000 goes on."""
    probability = mass(population, table.cap)
    reached = np.zeros(table.numbers.shape)
    reached[0, 0] = 1
    going_on: list[float] = []
    while True:
        places = [(int(win), int(loss)) for win, loss in np.argwhere((reached > 0) & (table.numbers == GO_ON))]
        if not places:
            break
        going_on.append(float(sum(reached[place] * probability[place] for place in places)))
        after = np.zeros(table.numbers.shape)
        for win, loss in places:
            size = min(later if win + loss else ROUND, table.fewest(win, loss))
            for more in range(size + 1):
                after[win + more, loss + size - more] += math.comb(size, more) * reached[win, loss]
        reached = after
    return sum(going_on), sum(share >= 0.001 for share in going_on)


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
    numbers = fixed_table(size, LOW, HIGH).numbers.copy()
    wins, losses = outcomes(size)
    numbers[wins, losses] = np.where((wins > 0) & (losses > 0), IN_BAND, TOO_HARD)
    return DecisionTable(numbers)


def sequential(error: float, prior: Beta) -> DecisionTable:
    """Ours; a task that is undecided at the cap goes to the side with the smaller posterior error."""
    config = DifficultyConfig(band_low=LOW, band_high=HIGH, zone=ZONE, cap=CAP, round_size=ROUND, error=error)
    table = decision_table(config, prior)
    best = decision_errors(LOW, HIGH, ZONE, CAP, prior).argmin(axis=0)
    return DecisionTable(np.where(table.numbers == UNDECIDED, best, table.numbers).astype(np.int8))


def first_rounds(population: Mixture) -> dict[tuple[int, int], float]:
    """How often each outcome of a first round is seen: what a prior is fitted to."""
    probability = mass(population, ROUND)
    wins, losses = outcomes(ROUND)
    return {
        (int(win), int(loss)): math.comb(ROUND, int(win)) * float(probability[win, loss])
        for win, loss in zip(wins, losses, strict=True)
    }


def optimal(price: float, population: Mixture, step: int) -> DecisionTable:
    """The bound: stops where error + price * rollouts is least, knowing the true population, in rounds of `step`."""
    probability, (keeping, dropping) = mass(population, CAP), false_masses(population)
    stopping = np.minimum(keeping, dropping)
    numbers = np.where(keeping < dropping, IN_BAND, TOO_HARD).astype(np.int8)
    best = stopping.copy()  # weighted by probability, so that steps need no division
    for samples in range(CAP - 1, -1, -1):
        wins, losses = outcomes(samples)
        if samples % step:  # within a round there is no stopping
            numbers[wins, losses] = GO_ON
            best[wins, losses] = best[wins + 1, losses] + best[wins, losses + 1]
            continue
        onward = price * step * probability[wins, losses] + best[wins + 1, losses] + best[wins, losses + 1]
        goes_on = onward < stopping[wins, losses]
        numbers[wins[goes_on], losses[goes_on]] = GO_ON
        best[wins, losses] = np.minimum(onward, stopping[wins, losses])
    return DecisionTable(numbers)


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
    rules = [sequential(error, JEFFREYS) for error in ERRORS]
    jeffreys = [cost(rule, population) for rule in rules]
    one_cell = [cost(sequential(error, whole), population) for error in ERRORS]
    by_cell = [fitted_by_cell(error, population) for error in ERRORS]
    bounds = {step: [cost(optimal(price, population, step), population) for price in PRICES] for step in (1, ROUND)}
    for size in SIZES:
        field = cost(fixed_table(size, LOW, HIGH), population)
        naive = cost(some_right_some_wrong(size), population)
        ours, fitted = rollouts_at(jeffreys, field.error), rollouts_at(by_cell, field.error)
        nearest = rules[int(np.argmin([abs(each.error - field.error) for each in jeffreys]))]
        mean_rounds, most_rounds = rounds(nearest, population)
        yield {
            "population": name,
            "fixed": size,
            "error": field.error,
            "curtailed": cost(curtailed(fixed_table(size, LOW, HIGH)), population).rollouts,
            "jeffreys": ours,
            "fitted_one_cell": rollouts_at(one_cell, field.error),
            "fitted_by_cell": fitted,
            "optimum": rollouts_at(bounds[1], field.error),
            "optimum_by_four": rollouts_at(bounds[ROUND], field.error),
            "times_fewer_jeffreys": size / ours,
            "times_fewer_fitted": size / fitted,
            "rounds": mean_rounds,
            "rounds_of_all_but_one_in_1000": most_rounds,
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
    population, config = POPULATIONS[name], DifficultyConfig()
    table = decision_table(config, JEFFREYS)
    undecided = ways(table) * mass(population, CAP)
    unfiltered = mass(population, GROUP)
    mean_rounds, most_rounds = rounds(table, population)
    return {
        "population": name,
        "jeffreys": vars(cost(sequential(config.error, JEFFREYS), population)),
        "fitted_by_cell": vars(fitted_by_cell(config.error, population)),
        "rounds": mean_rounds,
        "rounds_of_all_but_one_in_1000": most_rounds,
        "undecided_at_cap": float(undecided[table.numbers == UNDECIDED].sum()),
        "zero_variance_unfiltered": float(unfiltered[GROUP, 0] + unfiltered[0, GROUP]),
    }
