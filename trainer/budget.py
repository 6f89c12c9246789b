"""How many rollouts each prompt of a sampling gets, of a number that is fixed for all of them together."""

import heapq
from collections.abc import Sequence

from schemas import Task
from trainer.config import TrainConfig
from trainer.passrates import PassRates


def completions_each(tasks: Sequence[Task], rates: PassRates, config: TrainConfig, step: int) -> list[int]:
    """Completions of each task that is sampled for the update `step`: all alike, or the knapsack's."""
    size, budget = config.group_size_at(step), config.budget
    if budget is None:
        return [size] * len(tasks)
    return knapsack([rates.mean(task) for task in tasks], size * len(tasks), budget.low, budget.high)


def knapsack(rates: Sequence[float], total: int, low: int, high: int) -> list[int]:
    """Rollouts a prompt, by pass rate: `total` in all, between `low` and `high` each, of the greatest value together.

    The value of n rollouts at pass rate p is (1 - p^n - (1 - p)^n) p (1 - p)^2: the chance that they differ, times
    what a right one then teaches (Knapsack RL, arXiv 2509.25849). It is concave in n, so that giving each next rollout
    to the prompt that gains most is optimal and no table is needed. Where no prompt gains any more (all at 0 or 1),
    what is left goes to the lowest pass rates first: a hard prompt may yet be solved. Raises ValueError where `total`
    does not fit between the bounds.

    >>> knapsack([0.02, 0.5, 1.0], total=24, low=2, high=64)
    [13, 9, 2]
    """
    if not low * len(rates) <= total <= high * len(rates):
        raise ValueError(f"{total} rollouts for {len(rates)} prompts with {low} to {high} each")
    counts = [low] * len(rates)
    heap = [(-_gain(rate, low), rate, place) for place, rate in enumerate(rates)]
    heapq.heapify(heap)
    for _ in range(total - low * len(rates)):
        _, rate, place = heapq.heappop(heap)
        counts[place] += 1
        if counts[place] < high:
            heapq.heappush(heap, (-_gain(rate, counts[place]), rate, place))
    return counts


def value(rate: float, count: int) -> float:
    return (1 - rate**count - (1 - rate) ** count) * rate * (1 - rate) ** 2


def _gain(rate: float, count: int) -> float:
    """What one rollout more is worth: value(count + 1) - value(count), without the difference of two near numbers."""
    return (rate**count * (1 - rate) + (1 - rate) ** count * rate) * rate * (1 - rate) ** 2
