"""How well scores rank the responses to one task, or to many, whose truth is known."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.statistics import auroc, rank_correlation


class Judged(NamedTuple):
    """A contest's responses that have a score: scores, truths and lengths in characters."""

    scores: tuple[float, ...]
    worth: tuple[float, ...]
    lengths: tuple[int, ...]


def best_of_many(own: Judged) -> float | None:
    """1 where a right response scores above every wrong one; a share where it ties with them for the best.

    With one right response this is the chance that best-of-n takes it, ties drawn.
    """
    right, wrong = _apart(own)
    if not right or not wrong:
        return None
    best = max(*right, *wrong)
    return right.count(best) / (right.count(best) + wrong.count(best))


def reciprocal_rank(own: Judged) -> float | None:
    """1 / the rank of the best right response, ties at their mean rank (RewardMATH's mean reciprocal rank)."""
    right, wrong = _apart(own)
    if not right or not wrong:
        return None
    best = max(right)
    return 1 / (1 + sum(score > best for score in wrong) + sum(score == best for score in wrong) / 2)


def pairs_in_order(own: Judged) -> float | None:
    """The share of a task's pairs of a right and a wrong response in the right order, ties as halves."""
    return auroc(own.scores, [worth == 1.0 for worth in own.worth])


def ties_kept(own: Judged) -> float | None:
    """1 where several right responses differ among themselves by less than the worst of them from the best wrong one.

    RewardBench 2's question of its ties; None for a task without two right ones and a wrong one.
    """
    right, wrong = _apart(own)
    if len(right) < 2 or not wrong:
        return None
    return float(max(right) - min(right) < min(right) - max(wrong))


def length_slope(judged: Sequence[Judged]) -> float | None:
    """What a response's score gains with its length doubled, among responses of one task that are worth the same."""
    longer, higher = [], []
    for own in judged:
        for worth in set(own.worth):
            places = [place for place, each in enumerate(own.worth) if each == worth]
            lengths = np.log2([own.lengths[place] + 1 for place in places])
            scores = np.asarray([own.scores[place] for place in places])
            longer.extend(lengths - lengths.mean())
            higher.extend(scores - scores.mean())
    spread = float(np.square(longer).sum()) if longer else 0.0
    return float(np.dot(longer, higher)) / spread if spread > 0 else None


def auroc_of(judged: Sequence[Judged]) -> float | None:
    """The chance that a right response scores above a wrong one, of whatever task."""
    scores = [score for own in judged for score in own.scores]
    return auroc(scores, [worth == 1.0 for own in judged for worth in own.worth])


def correlation(judged: Sequence[Judged]) -> float | None:
    """Spearman's, of scores and truths of all tasks together."""
    return rank_correlation([s for own in judged for s in own.scores], [w for own in judged for w in own.worth])


def _apart(own: Judged) -> tuple[list[float], list[float]]:
    """The scores of right responses and of wrong ones."""
    told = list(zip(own.scores, own.worth, strict=True))
    return [score for score, worth in told if worth == 1.0], [score for score, worth in told if worth < 1.0]
