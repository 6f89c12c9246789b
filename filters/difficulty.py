"""Is a task's pass rate inside the band? Asked of as few rollouts as the stated error allows.

After every round of a task's rollouts the sequential test (filters/sequential.py) decides or asks for more: the first
round has `round_size` samples, a later one the fewest after which a decision is possible. Fewer would decide nothing,
and more might come after the decision: so rollouts and decisions are those of looking after every single sample.
"""

from collections.abc import Sequence

import msgspec

from filters.beta import Beta, beta_quantile
from filters.config import DifficultyConfig
from filters.sequential import decision_errors, decision_table
from schemas import Decision, Difficulty


class Tally(msgspec.Struct, frozen=True):
    """The rollouts of one task, counted; those without a verdict are neither successes nor failures."""

    successes: int = 0
    failures: int = 0
    failed_checks: int = 0

    @property
    def samples(self) -> int:
        return self.successes + self.failures


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


def next_samples(tally: Tally, config: DifficultyConfig, prior: Beta) -> int:
    """How many samples an undecided task gets in its next round; 0 for a decided one."""
    fewest = decision_table(config, prior).fewest(tally.successes, tally.failures)
    if tally == Tally():
        return min(fewest, config.round_size)
    return min(fewest, config.failed_checks - tally.failed_checks)


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
