"""What a difficulty pass found and cost against the same number of rollouts for every task; what was left out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import get_args

import msgspec

from filters.beta import Beta
from filters.config import DifficultyConfig
from filters.difficulty import Tally, standing
from filters.sequential import DECISIONS
from schemas import Cause, Difficulty, LeftOut


class DifficultySummary(msgspec.Struct, frozen=True, kw_only=True):
    """`decisions` counts tasks; `at_cap`, `unverifiable` and `out_of_budget` say why tasks stayed undecided.

    `rollouts` were made, failed checks included; `fixed_rollouts` is what the cap for every task costs.
    `expected_error` is the expected share of false decisions among the decided tasks, by their posteriors.
    """

    tasks: int
    decisions: dict[str, int]
    at_cap: int
    unverifiable: int
    out_of_budget: int
    rollouts: int
    fixed_rollouts: int
    failed_checks: int
    expected_error: float


def summary_of(difficulties: Sequence[Difficulty], config: DifficultyConfig) -> DifficultySummary:
    """The counts of one pass, or of several passes under one config."""
    decided = [each for each in difficulties if each.decision != "undecided"]
    undecided = [each for each in difficulties if each.decision == "undecided"]
    unverifiable = sum(each.failed_checks >= config.failed_checks for each in undecided)
    out_of_budget = sum(_would_go_on(each, config) for each in undecided)
    counts = Counter(each.decision for each in difficulties)
    return DifficultySummary(
        tasks=len(difficulties),
        decisions={decision: counts[decision] for decision in DECISIONS},
        at_cap=len(undecided) - unverifiable - out_of_budget,
        unverifiable=unverifiable,
        out_of_budget=out_of_budget,
        rollouts=sum(each.samples + each.failed_checks for each in difficulties),
        fixed_rollouts=len(difficulties) * config.cap,
        failed_checks=sum(each.failed_checks for each in difficulties),
        expected_error=sum(each.error for each in decided) / len(decided) if decided else 0.0,
    )


def _would_go_on(difficulty: Difficulty, config: DifficultyConfig) -> bool:
    failures = difficulty.samples - difficulty.successes
    tally = Tally(difficulty.successes, failures, difficulty.failed_checks)
    return standing(tally, config, Beta(difficulty.prior_a, difficulty.prior_b)) is None


def left_out_counts(left_out: Iterable[LeftOut]) -> dict[Cause, dict[str, int]]:
    """Tasks by cause and family, the causes in their order, families by name; causes of none are not there."""
    counts = Counter((each.cause, each.family) for each in left_out)
    return {
        cause: {family: counts[cause, family] for own, family in sorted(counts) if own == cause}
        for cause in get_args(Cause)
        if any(own == cause for own, _ in counts)
    }
