"""The sequential test of a pass rate, as a table: what to decide after so many successes and failures, or to go on.

A Beta posterior is held of the rate. Sampling goes on while the decision least likely to be false is false with a
probability above `error`, and beyond that as long as a further sample is expected to lower this probability by more
than its price: Bayes' optimal stopping (Wald, 1945; Arrow, Blackwell and Girshick, 1949) under a bound on each single
decision's error. Under a budget no sample is worth its price once `error` allows a decision: another task needs it
more. Sequential stopping doesn't bias a posterior, so the stated error holds for rates that follow the
prior.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from filters.beta import Beta, beta_cdf_grid
from filters.config import DifficultyConfig
from schemas import Decision

DECISIONS: tuple[Decision, ...] = ("too_hard", "in_band", "too_easy", "undecided")
"""Their order is their number in a decision table."""

UNDECIDED = DECISIONS.index("undecided")
GO_ON = -1

PRICE = 1 / 17
"""What a sample must take off the probability of a false decision, in parts of the error that is allowed. Measured:
at 1/20 to 1/16 the fewest rollouts for the same error over all populations of benchmarks/difficulty.py."""


@dataclass(frozen=True, eq=False)
class DecisionTable:
    """`numbers` [successes, failures] holds the decision's number, or -1 to sample on; `cap` samples always decide."""

    numbers: NDArray[np.int8]

    @property
    def cap(self) -> int:
        return len(self.numbers) - 1

    def decision(self, successes: int, failures: int) -> Decision | None:
        number = int(self.numbers[successes, failures])
        return None if number == GO_ON else DECISIONS[number]

    def fewest(self, successes: int, failures: int) -> int:
        """The fewest further samples after which a decision is possible: fewer would decide nothing."""
        return int(self._fewest[successes, failures])

    @cached_property
    def _fewest(self) -> NDArray[np.int16]:
        fewest = np.zeros(self.numbers.shape, dtype=np.int16)
        for samples in range(self.cap - 1, -1, -1):
            wins, losses = outcomes(samples)
            onward = 1 + np.minimum(fewest[wins + 1, losses], fewest[wins, losses + 1])
            fewest[wins, losses] = np.where(self.numbers[wins, losses] == GO_ON, onward, 0)
        return fewest


@lru_cache(maxsize=256)
def decision_table(config: DifficultyConfig, prior: Beta) -> DecisionTable:
    """The sequential test of a config, curtailed; nothing is decided before the first round, however sure the prior."""
    errors = decision_errors(config.band_low, config.band_high, config.zone, config.cap, prior)
    best, error = errors.argmin(axis=0), errors.min(axis=0)
    price = np.inf if config.limited else PRICE * config.error
    value = error.copy()  # the expected error at the end and the price of the way there
    numbers = np.where(error <= config.error, best, UNDECIDED).astype(np.int8)
    for samples in range(config.cap - 1, -1, -1):
        wins, losses = outcomes(samples)
        chance = (prior.a + wins) / (prior.a + prior.b + samples)
        onward = price + chance * value[wins + 1, losses] + (1 - chance) * value[wins, losses + 1]
        now = error[wins, losses]
        goes_on = (now > config.error) | (onward < now) | (samples < config.round_size)
        numbers[wins[goes_on], losses[goes_on]] = GO_ON
        value[wins, losses] = np.where(goes_on, onward, now)
    return curtailed(DecisionTable(numbers), config.round_size)


def fixed_table(size: int, low: float, high: float) -> DecisionTable:
    """What the field does: `size` samples for every task, decided by whether their mean is in [low, high]."""
    samples = np.add.outer(np.arange(size + 1), np.arange(size + 1))
    mean = np.arange(size + 1)[:, None] / np.maximum(samples, 1)
    decided = np.where(mean < low, 0, np.where(mean > high, 2, 1))
    return DecisionTable(np.where(samples < size, GO_ON, decided).astype(np.int8))


def curtailed(table: DecisionTable, first: int = 0) -> DecisionTable:
    """The table that decides the same, as soon as no further sample could change the decision, after `first` samples.

    For the sequential test the only decision that can be forced is `undecided`: were another one certain, its
    posterior error, the mean of the errors to come, would be small enough already.
    """
    numbers = table.numbers.copy()
    ways_out = np.zeros(numbers.shape, dtype=np.uint8)  # a bit for each decision that can still be reached
    for samples in range(table.cap, -1, -1):
        wins, losses = outcomes(samples)
        now = numbers[wins, losses]
        if samples < table.cap:
            ahead = ways_out[wins + 1, losses] | ways_out[wins, losses + 1]
            for number in range(len(DECISIONS)):
                now[(now == GO_ON) & (ahead == 1 << number) & (samples >= first)] = number
            numbers[wins, losses] = now
            ways_out[wins, losses] = np.where(now == GO_ON, ahead, 1 << now.clip(0))
        else:
            ways_out[wins, losses] = 1 << now
    return DecisionTable(numbers)


@lru_cache(maxsize=256)
def decision_errors(low: float, high: float, zone: float, cap: int, prior: Beta) -> NDArray[np.float64]:
    """The posterior probability that each decision is false, (3, cap + 1, cap + 1) by [decision, successes, failures].

    `in_band` is false when the rate is more than `zone` outside the band; `too_hard` and `too_easy` when it isn't
    at most `zone` above the lower and at least `zone` below the upper edge. A band that reaches 0 has nothing
    too hard, one that reaches 1 nothing too easy.
    """

    def below(x: float) -> NDArray[np.float64]:
        return beta_cdf_grid(prior, x, cap)

    never = np.ones((cap + 1, cap + 1))
    too_hard = 1 - below(low + zone) if low > 0 else never
    too_easy = below(high - zone) if high < 1 else never
    in_band = below(low - zone) + 1 - below(high + zone)
    return np.stack([too_hard, in_band, too_easy])


def outcomes(samples: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indices (successes, failures) of all outcomes of `samples` samples."""
    wins = np.arange(samples + 1)
    return wins, samples - wins
