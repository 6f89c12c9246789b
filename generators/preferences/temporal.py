"""Temporal pairs: chosen from a newer model, rejected from an older one (Temporal Self-Rewarding).

Within one model's answers the two sides of a pair grow alike as the model gets better, and the signal fades. An
anchored rejected side does not follow.
"""

from collections.abc import Iterable

from generators.preferences.config import PairConfig
from generators.preferences.pairs import best_matches, candidates_of, pair_of, rejectable_ones, right_ones
from generators.preferences.traces import Confidences, refuse_strangers
from schemas import PreferencePair, Rollout, Task


def temporal_pairs(
    task: Task,
    older: Iterable[Rollout],
    newer: Iterable[Rollout],
    config: PairConfig,
    older_confidences: Confidences,
    newer_confidences: Confidences,
) -> list[PreferencePair]:
    """Right responses of the newer model over wrong ones of the older.

    Raises ValueError for rollouts of other tasks, or where either side is of several models.
    """
    old, new = list(older), list(newer)
    refuse_strangers(task, old)
    refuse_strangers(task, new)
    right = right_ones(candidates_of(task, new, newer_confidences))
    worse = rejectable_ones(candidates_of(task, old, older_confidences), config)
    return [pair_of(task, *both, "temporal", "temporal") for both in best_matches(right, worse, config)]
