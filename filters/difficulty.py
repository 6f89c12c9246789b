"""Is a task's pass rate inside the band? Asked of as few rollouts as the stated error allows.

A Beta posterior is held for each task. After every round of a few samples the decision with the smallest
posterior probability of being false is taken if that probability is at most `error`; otherwise another round is
sampled, up to the cap, where the task stays `undecided`. Sequential stopping doesn't bias a posterior, so the
stated error holds for tasks whose pass rates follow the prior.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from filters.beta import Beta, beta_cdf_grid, beta_quantile
from filters.config import DifficultyConfig
from schemas import Decision, Difficulty

DECISIONS: tuple[Decision, ...] = ("too_hard", "in_band", "too_easy", "undecided")
"""Their order is their number in a decision table."""

_UNDECIDED = DECISIONS.index("undecided")
_GO_ON = -1


class Tally(msgspec.Struct, frozen=True):
    """The rollouts of one task, counted; those without a verdict are neither successes nor failures."""

    successes: int = 0
    failures: int = 0
    failed_checks: int = 0

    @property
    def samples(self) -> int:
        return self.successes + self.failures


@dataclass(frozen=True, eq=False)
class DecisionTable:
    """A sampling plan: `numbers` [successes, failures] holds the decision's number, or -1 to sample on.

    Samples come in rounds of `round_size` until a decision, or until `cap` samples, which all decide.
    """

    numbers: NDArray[np.int8]
    round_size: int

    @property
    def cap(self) -> int:
        return len(self.numbers) - 1

    def decision(self, successes: int, failures: int) -> Decision | None:
        number = int(self.numbers[successes, failures])
        return None if number == _GO_ON else DECISIONS[number]

    def next_round(self, samples: int) -> int:
        """How many samples the round after `samples` has."""
        return min(self.round_size, self.cap - samples)


def tally_of(scores: Sequence[float | None], success_at: float) -> Tally:
    """The counts of one task's scores, in any order; None where the verifier was undecided."""
    known = [score for score in scores if score is not None]
    successes = sum(score >= success_at for score in known)
    return Tally(successes, len(known) - successes, len(scores) - len(known))


def standing(tally: Tally, config: DifficultyConfig, prior: Beta) -> Decision | None:
    """The decision that a task's rollouts allow at the end of a round; None to sample on."""
    decision = decision_table(config, prior).decision(tally.successes, tally.failures)
    if decision is None and tally.failed_checks >= config.failed_checks:
        return "undecided"
    return decision


def next_samples(tally: Tally, config: DifficultyConfig) -> int:
    """How many samples an undecided task gets in its next round."""
    return min(config.round_size, config.cap - tally.samples)


def difficulty_of(
    task_id: str, model: str, revision: str, tally: Tally, config: DifficultyConfig, prior: Beta
) -> Difficulty:
    """What is known of a task; a task whose sampling was cut short is `undecided`."""
    posterior = prior.after(tally.successes, tally.failures)
    errors = decision_errors(config.band_low, config.band_high, config.zone, config.cap, prior)
    return Difficulty(
        task_id=task_id,
        model=model,
        revision=revision,
        successes=tally.successes,
        samples=tally.samples,
        failed_checks=tally.failed_checks,
        mean=posterior.mean,
        low=beta_quantile(posterior, 0.025),
        high=beta_quantile(posterior, 0.975),
        band_low=config.band_low,
        band_high=config.band_high,
        decision=standing(tally, config, prior) or "undecided",
        error=float(errors[:, tally.successes, tally.failures].min()),
        prior_a=prior.a,
        prior_b=prior.b,
    )


@lru_cache(maxsize=256)
def decision_table(config: DifficultyConfig, prior: Beta) -> DecisionTable:
    """The sequential test of a config, curtailed."""
    errors = decision_errors(config.band_low, config.band_high, config.zone, config.cap, prior)
    best, samples = errors.argmin(axis=0), _samples(config.cap)
    known = (errors.min(axis=0) <= config.error) & (samples >= min(config.round_size, config.cap))
    numbers = np.where(known, best, np.where(samples < config.cap, _GO_ON, _UNDECIDED))
    return curtailed(DecisionTable(numbers.astype(np.int8), config.round_size))


def fixed_table(size: int, low: float, high: float, round_size: int) -> DecisionTable:
    """What the field does: `size` samples for every task, decided by whether their mean is in [low, high]."""
    samples = _samples(size)
    mean = np.arange(size + 1)[:, None] / np.maximum(samples, 1)
    decided = np.where(mean < low, 0, np.where(mean > high, 2, 1))
    return DecisionTable(np.where(samples < size, _GO_ON, decided).astype(np.int8), round_size)


def curtailed(table: DecisionTable) -> DecisionTable:
    """The plan that decides the same, as soon as no further sample could change the decision.

    For the sequential test the only decision that can be forced is `undecided`: were another one certain, its
    posterior error, the mean of the errors to come, would be small enough already.
    """
    numbers = table.numbers.copy()
    ways_out = np.zeros(numbers.shape, dtype=np.uint8)  # a bit for each decision that can still be reached
    for samples in range(table.cap, -1, -1):
        successes = np.arange(samples + 1)
        failures = samples - successes
        now = numbers[successes, failures]
        ahead = np.zeros(samples + 1, dtype=np.uint8)
        for size in range(1, table.next_round(samples) + 1):  # fewer than a round where the verifier failed
            for more in range(size + 1):
                ahead |= ways_out[successes + more, failures + size - more]
        for number in range(len(DECISIONS)):
            forced = (now == _GO_ON) & (ahead == 1 << number) & (samples >= table.round_size)
            numbers[successes[forced], failures[forced]] = number
        ways_out[successes, failures] = np.where(now == _GO_ON, ahead, 1 << now.clip(0))
    return DecisionTable(numbers, table.round_size)


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


def _samples(cap: int) -> NDArray[np.int64]:
    """successes + failures, (cap + 1, cap + 1)."""
    counts = np.arange(cap + 1)
    return counts[:, None] + counts[None, :]
