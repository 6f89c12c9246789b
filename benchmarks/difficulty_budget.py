"""What a budget finds that doesn't reach for all tasks, by who gets the samples; on simulated populations.

Tasks' pass rates are drawn from the populations of benchmarks/difficulty_exact.py, each part of a mixture being a
(family, level) with a prior fitted to its first rounds. Every policy samples the same outcomes of each task and decides
as soon as the posterior error allows; they differ in which tasks go on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

from benchmarks.difficulty_exact import CAP, POPULATIONS, ROUND, Mixture
from filters.beta import JEFFREYS, Beta, beta_cdf
from filters.budget import OUTSIDE, Candidate, Left, planned
from filters.config import DifficultyConfig
from filters.difficulty import Tally, next_samples, standing
from filters.prior import Cell, fitted_priors
from pipeline.seeding import generator

TASKS, REPETITIONS = 300, 3
BUDGETS = (2, 4)
"""Rollouts a task; all tasks decided cost about 8."""
PREDICTOR = 4
"""How many rollouts the predictor's guess of a task is worth."""


@dataclass
class SimulatedTask:
    """One task: its outcomes in order, how many of them were sampled, and what is guessed of it beforehand."""

    cell: Cell
    outcomes: list[bool]
    guess: float
    """A predictor's chance that it is in the band."""
    seen: int = field(default=0)

    def tally(self, most: int = CAP) -> Tally:
        taken = self.outcomes[: min(self.seen, most)]
        return Tally(sum(taken), len(taken) - sum(taken))


States = Sequence[tuple[SimulatedTask, Beta]]
Policy = Callable[[States, DifficultyConfig, int], list[int]]


def by_worth(states: States, config: DifficultyConfig, left: int, outside: float = OUTSIDE) -> list[int]:
    return planned([Candidate(task.tally(), prior) for task, prior in states], config, Left(left), outside=outside)


def by_worth_and_guess(states: States, config: DifficultyConfig, left: int) -> list[int]:
    return planned([Candidate(task.tally(), prior, task.guess) for task, prior in states], config, Left(left))


def in_band_alone(states: States, config: DifficultyConfig, left: int) -> list[int]:
    return by_worth(states, config, left, 0.0)


def any_decision(states: States, config: DifficultyConfig, left: int) -> list[int]:
    return by_worth(states, config, left, 1.0)


def in_rounds(states: States, config: DifficultyConfig, left: int) -> list[int]:
    """Whole rounds, to the tasks that stand first."""
    sizes: list[int] = []
    for task, prior in states:
        size = next_samples(task.tally(), config, prior)
        if sum(sizes) + size > left:
            break
        sizes.append(size)
    return sizes + [0] * (len(states) - len(sizes))


def one_after_another(states: States, config: DifficultyConfig, left: int) -> list[int]:
    """The first undecided task, until it is decided."""
    if not states:
        return []
    size = next_samples(states[0][0].tally(), config, states[0][1])
    return [size if size <= left else 0] + [0] * (len(states) - 1)


def the_same_for_each(states: States, config: DifficultyConfig, left: int) -> list[int]:
    """What a fixed number does: all at once."""
    return [left // TASKS if task.seen == 0 else 0 for task, _ in states]


POLICIES: dict[str, Policy] = {
    "ours": by_worth,
    "ours, guessed": by_worth_and_guess,
    "in band alone": in_band_alone,
    "any decision": any_decision,
    "in rounds": in_rounds,
    "one after another": one_after_another,
    "the same for each": the_same_for_each,
}


def drawn(population: Mixture, seed: int) -> list[SimulatedTask]:
    rng = generator(seed, "budget benchmark")
    weights = [weight for weight, _ in population]
    tasks: list[SimulatedTask] = []
    for _ in range(TASKS):
        part = rng.choices(range(len(population)), weights)[0]
        rate = rng.betavariate(population[part][1].a, population[part][1].b)
        hint = sum(rng.random() < rate for _ in range(PREDICTOR))
        belief = JEFFREYS.after(hint, PREDICTOR - hint)
        outcomes = [rng.random() < rate for _ in range(CAP)]
        tasks.append(SimulatedTask(("part", part, ""), outcomes, beta_cdf(belief, 0.8) - beta_cdf(belief, 0.2)))
    return tasks


def spent_by(policy: Policy, tasks: Sequence[SimulatedTask], config: DifficultyConfig, left: int) -> dict[str, int]:
    """How many decisions, and how many in band, the policy reaches, and the rollouts of that."""
    spent = 0
    priors: dict[Cell, Beta] = {}
    while True:
        states = [(task, priors.get(task.cell, JEFFREYS)) for task in tasks]
        going_on = [(task, prior) for task, prior in states if standing(task.tally(), config, prior) is None]
        sizes = policy(going_on, config, left - spent)
        if not sum(sizes):
            break
        spent += sum(sizes)
        for (task, _), size in zip(going_on, sizes, strict=True):
            task.seen += size
        first_rounds = [(task.cell, task.tally(ROUND)) for task in tasks if task.seen]
        priors = fitted_priors((cell, tally.successes, tally.failures) for cell, tally in first_rounds)
    decisions = [standing(task.tally(), config, prior) for task, prior in states]
    decided = [decision for decision in decisions if decision not in (None, "undecided")]
    return {"decided": len(decided), "in_band": decided.count("in_band"), "rollouts": spent}


def rows() -> Iterator[dict[str, Any]]:
    """For each population, budget and policy, the means over repetitions."""
    for name, population in POPULATIONS.items():
        for budget in BUDGETS:
            config = DifficultyConfig(max_rollouts=budget * TASKS)
            for title, policy in POLICIES.items():
                found = [
                    spent_by(policy, drawn(population, seed), config, budget * TASKS) for seed in range(REPETITIONS)
                ]
                means = {key: mean(each[key] for each in found) for key in found[0]}
                yield {"population": name, "rollouts_a_task": budget, "policy": title, **means}
