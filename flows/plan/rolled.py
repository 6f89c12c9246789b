"""What rollouts of so many tasks will come to: the sequential test, on pass rates like those that were seen."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from filters.beta import JEFFREYS, Beta
from filters.config import DifficultyConfig
from filters.expected import expected
from filters.prior import Cell, fitted_priors
from filters.sequential import DECISIONS, decision_table
from flows.plan.evidence import ModelSeen, TaskSeen

Floats = NDArray[np.float64]

_RATES = np.linspace(0.0, 1.0, 81)

MOST_FITS = 160
"""Priors that are fitted to tasks drawn anew, of all cells together: each takes hundredths of a second."""


class Rolled(msgspec.Struct, kw_only=True):
    """Draws (draws,) for the tasks of a cell, or of several together; `decided` by decision, in tasks."""

    rollouts: Floats
    prompt_tokens: Floats
    completion_tokens: Floats
    decided: dict[str, Floats]

    def times(self, factor: Floats) -> "Rolled":
        """As much of the rollouts; who gets none is undecided."""
        decided = {name: drawn * factor for name, drawn in self.decided.items()}
        told = [drawn for name, drawn in decided.items() if name != "undecided"]
        decided["undecided"] = np.sum(list(self.decided.values()), axis=0) - np.sum(told, axis=0)
        tokens = self.prompt_tokens * factor, self.completion_tokens * factor
        return Rolled(
            rollouts=self.rollouts * factor, prompt_tokens=tokens[0], completion_tokens=tokens[1], decided=decided
        )


def rolled_by_cell(
    seen: ModelSeen, tasks: Mapping[Cell, Floats], config: DifficultyConfig, rng: np.random.Generator
) -> dict[Cell, Rolled]:
    """For so many unique tasks of each cell, draws (draws,). A cell that was not seen is like all others together."""
    everything = [each for own in seen.tasks.values() for each in own]
    beliefs = _beliefs(seen.tasks, rng)
    found = {}
    for cell, count in tasks.items():
        likely = [belief.get(cell, JEFFREYS) for belief in beliefs]
        test = likely[0] if config.prior == "fitted" else JEFFREYS
        found[cell] = rolled(seen.tasks.get(cell) or everything, test, likely, count, config, rng)
    return within_limits(found, config)


def _beliefs(seen: Mapping[Cell, Sequence[TaskSeen]], rng: np.random.Generator) -> list[dict[Cell, Beta]]:
    """The priors of the cells' pass rates as all tasks seen tell them, then as tasks drawn anew from these do."""
    named = [(cell, each.successes, each.failures) for cell, own in seen.items() for each in own]
    anew = max(4, min(16, MOST_FITS // max(len(seen), 1)))
    drawn = [[named[place] for place in rng.integers(0, len(named), len(named))] for _ in range(anew)]
    return [fitted_priors(counts) for counts in (named, *drawn)]


def rolled(
    seen: Sequence[TaskSeen],
    test: Beta,
    likely: Sequence[Beta],
    count: Floats,
    config: DifficultyConfig,
    rng: np.random.Generator,
) -> Rolled:
    """For `count` (draws,) tasks like those seen, of which there is at least one; `test` is the prior of the test.

    Each draw takes one of the `likely` priors, and weighs the tasks seen, and one more that is as this prior, at random
    (the Bayesian bootstrap, Rubin 1981); their pass rates are from their posteriors, and the test is followed exactly
    at each.
    """
    draws, size = len(count), len(seen)
    told = expected(decision_table(config, test), _RATES)
    wins = np.array([each.successes for each in seen] + [0])
    losses = np.array([each.failures for each in seen] + [0])
    taken = rng.integers(0, len(likely), draws)
    a, b = (np.array([getattr(prior, name) for prior in likely])[taken, None] for name in ("a", "b"))
    rates = rng.beta(a + wins, b + losses)
    weights = rng.dirichlet(np.ones(size + 1), draws)
    mean = told.rollouts_at(rates)
    average = (weights * mean).sum(axis=1)
    variance = (weights * (told.variance_at(rates) + mean**2)).sum(axis=1) - average**2
    judged = sum(each.successes + each.failures for each in seen)
    made = sum(each.rollouts for each in seen)
    again = made / judged if judged else 1.0  # a rollout without a verdict is made anew
    total = np.maximum(count * average + np.sqrt(count * np.maximum(variance, 0)) * rng.standard_normal(draws), 0.0)
    total *= again
    like = rng.integers(0, size, draws)  # whose tokens the one more has
    shares = weights * mean
    shares /= shares.sum(axis=1, keepdims=True)
    prompt, completion = (
        _weighted(np.array([getattr(each, name) / max(each.rollouts, 1) for each in seen]), shares, like)
        for name in ("prompt_tokens", "completion_tokens")
    )
    decided = {
        name: count * (weights * np.interp(rates, told.rates, told.decisions[:, number])).sum(axis=1)
        for number, name in enumerate(DECISIONS)
    }
    return Rolled(
        rollouts=total,
        prompt_tokens=total * prompt,
        completion_tokens=total * completion,
        decided={name: _counted(drawn, count, rng) for name, drawn in decided.items()},
    )


def within_limits(found: Mapping[Cell, Rolled], config: DifficultyConfig) -> dict[Cell, Rolled]:
    """As far as the config's limits of rollouts and completion tokens reach, every cell alike."""
    if not config.limited or not found:
        return dict(found)
    factor = np.ones(len(next(iter(found.values())).rollouts))
    for limit, name in ((config.max_rollouts, "rollouts"), (config.max_completion_tokens, "completion_tokens")):
        if limit is not None:
            asked = sum(getattr(each, name) for each in found.values())
            factor = np.minimum(factor, limit / np.maximum(asked, 1.0))
    return {cell: each.times(factor) for cell, each in found.items()}


def _weighted(values: Floats, shares: Floats, like: NDArray[np.int64]) -> Floats:
    """The mean (draws,) of the values (tasks,) and one more, by shares (draws, tasks + 1)."""
    drawn: Floats = shares[:, :-1] @ values + shares[:, -1] * values[like]
    return drawn


def _counted(mean: Floats, count: Floats, rng: np.random.Generator) -> Floats:
    """Tasks of `count` that fall to a decision whose mean is `mean`: as a binomial number varies."""
    share = np.clip(mean / np.maximum(count, 1.0), 0.0, 1.0)
    drawn: Floats = np.clip(mean + np.sqrt(count * share * (1 - share)) * rng.standard_normal(len(mean)), 0.0, count)
    return drawn
