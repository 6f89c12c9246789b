"""Where a budget goes that doesn't reach for all tasks: where a sample buys the most.

A decision that a task is in the band is worth 1, another one `OUTSIDE`. What further samples are worth to one task is
a curve: what is expected to be decided, by the samples that this is expected to cost. Of the plans "sample on until
decided, at most m times" for all m, and of plans that draw one of them by lot, the best are the curve's upper hull,
which is concave. So its steps fall in worth per sample, and buying the best step on offer, again and again, is
optimal: any other purchase at the same cost holds, in place of steps it left out, only steps worth no more per sample
(the continuous knapsack; Dantzig, 1957). What a task that is decided early leaves over is planned anew after every
round.

Under a limit of completion tokens a curve's cost is in tokens: samples times the length that is expected of the task's
(filters/lengths.py). What is expected only ranks; each sample is set aside at the longest it may get, so that no limit
is ever passed.
"""

import heapq
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from filters.beta import Beta
from filters.config import DifficultyConfig
from filters.difficulty import Tally, next_samples
from filters.sequential import DECISIONS, GO_ON, decision_table

OUTSIDE = 1 / 8
"""What finding a task too hard or too easy is worth beside finding one in the band. Measured: at 0 a quarter fewer
tasks are decided and an eighth more of them in the band, at 1 a quarter more and a third of those in the band
(benchmarks/difficulty_budget.py)."""


class Left(NamedTuple):
    """How many rollouts may still be made, and how many completion tokens sampled; None is no limit."""

    rollouts: int | None = None
    tokens: int | None = None

    @property
    def limited(self) -> bool:
        return self != Left()

    def after(self, rollouts: int, tokens: int) -> "Left":
        return Left(
            None if self.rollouts is None else self.rollouts - rollouts,
            None if self.tokens is None else self.tokens - tokens,
        )

    def share(self, part: int, whole: int) -> "Left":
        """What falls to `part` of `whole`, above 0, rounded down."""
        return Left(
            None if self.rollouts is None else self.rollouts * part // whole,
            None if self.tokens is None else self.tokens * part // whole,
        )

    def holds(self, rollouts: int, tokens: int) -> bool:
        return (self.rollouts is None or rollouts <= self.rollouts) and (self.tokens is None or tokens <= self.tokens)


class Candidate(NamedTuple):
    """An undecided task: its rollouts so far, the prior of its rate, by what its decision's worth is multiplied, and
    how many tokens a rollout of it is expected to have."""

    tally: Tally
    prior: Beta
    weight: float = 1.0
    length: float = 1.0


class Step(NamedTuple):
    """A piece of a task's curve: what so much expected cost is worth."""

    cost: float
    worth: float


def planned(
    candidates: Sequence[Candidate], config: DifficultyConfig, left: Left, longest: int = 1, outside: float = OUTSIDE
) -> list[int]:
    """How many samples each candidate gets in the next round, all of which `left` holds if each has `longest` tokens.

    A candidate gets its next look whole or not at all, and none where no decision is expected to be within reach of
    what is left. `left` has a limit; where it has two, samples are ranked by their tokens.
    """
    curves = [_priced(each, config, left, outside) for each in candidates]
    whole = left.rollouts if left.tokens is None else left.tokens
    sizes = [0] * len(candidates)
    for place in dict.fromkeys(bought(curves, [each.weight for each in candidates], whole or 0)):
        size = next_samples(candidates[place].tally, config, candidates[place].prior)
        if left.holds(size, size * longest):
            sizes[place] = size
            left = left.after(size, size * longest)
    return sizes


def _priced(candidate: Candidate, config: DifficultyConfig, left: Left, outside: float) -> list[Step]:
    """The candidate's curve as far as what is left should reach, at what its samples cost."""
    tally, prior, _, length = candidate
    reach = config.cap if left.rollouts is None else left.rollouts
    price = 1.0 if left.tokens is None else length
    if left.tokens is not None:
        reach = min(reach, int(left.tokens / length))
    steps = curve(config, prior, tally.successes, tally.failures, min(reach, config.cap), outside)
    return [Step(step.cost * price, step.worth) for step in steps]


def bought(curves: Sequence[Sequence[Step]], weights: Sequence[float], budget: float) -> list[int]:
    """The places of the curves of which steps are bought, the best step first, until the budget is used up.

    The last step may reach beyond the budget: up to there the purchase is the optimal one, and with the whole of it
    worth at least as much as any purchase within the budget.

    >>> bought([[Step(1, 0.5), Step(1, 0.1)], [Step(2, 0.6)]], [1.0, 1.0], 3)
    [0, 1]
    """
    order: list[int] = []
    heap = [(-_rate(steps[0], weights[place]), place, 0) for place, steps in enumerate(curves) if steps]
    heapq.heapify(heap)
    while heap and budget > 0:
        _, place, number = heapq.heappop(heap)
        order.append(place)
        budget -= curves[place][number].cost
        if number + 1 < len(curves[place]):
            heapq.heappush(heap, (-_rate(curves[place][number + 1], weights[place]), place, number + 1))
    return order


@lru_cache(maxsize=65536)
def curve(
    config: DifficultyConfig, prior: Beta, successes: int, failures: int, most: int, outside: float = OUTSIDE
) -> tuple[Step, ...]:
    """What sampling on is worth to a task after its successes and failures, over at most `most` further samples.

    The cost is in samples.
    """
    numbers = decision_table(config, prior).numbers
    worth = np.array([{"in_band": 1.0, "undecided": 0.0}.get(decision, outside) for decision in DECISIONS])
    samples, a, b = successes + failures, prior.a + successes, prior.b + failures
    alive = np.ones(1)  # the probability of each number of further successes, with no decision before
    points = [(0.0, 0.0)]  # (expected samples, worth) of sampling on at most 0, 1, 2 ... times
    for further in range(min(most, config.cap - samples)):
        wins = np.arange(further + 2)
        chance = (a + wins[:-1]) / (a + b + further)
        reached = np.append(alive * (1 - chance), 0.0)
        reached[1:] += alive * chance
        number = numbers[successes + wins, failures + further + 1 - wins]
        decided = np.where(number == GO_ON, 0.0, reached)
        points.append((points[-1][0] + float(alive.sum()), points[-1][1] + float(decided @ worth[number])))
        alive = reached - decided
    return _hull(points)


def _hull(points: Sequence[tuple[float, float]]) -> tuple[Step, ...]:
    """The rising part of the upper hull of points in order of both coordinates, as steps."""
    steps: list[Step] = []
    for (cost, worth), (more_cost, more_worth) in pairwise(points):
        step = Step(more_cost - cost, more_worth - worth)
        while steps and step.worth * steps[-1].cost >= steps[-1].worth * step.cost:
            last = steps.pop()
            step = Step(last.cost + step.cost, last.worth + step.worth)
        steps.append(step)
    return tuple(step for step in steps if step.worth > 0)


def _rate(step: Step, weight: float) -> float:
    return weight * step.worth / step.cost
