"""Wrong labels among preference pairs: what several judges' margins say of each, and two models that review each other.

A verifier's pairs have no such noise; pairs labelled by people or by reward models do, a fifth of them and more.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.config import Section
from pipeline.seeding import generator

Array = NDArray[np.float64]
Fate = Literal["keep", "flip", "tie", "drop"]

_NEWTON_STEPS = 25


class VoteConfig(Section):
    """When judges outvote a label. Margins count in each judge's own root mean square."""

    clear: float = Field(0.3, ge=0, description="mean margin from which on a label is kept, or flipped below 0")
    agreed: float = Field(1.0, gt=0, description="spread up to which judges agree that there is nothing between two")
    sure: float = Field(0.5, ge=0, description="spreads that the mean must lie below 0 for a flip")


class Vote(NamedTuple):
    """Mean and spread of the judges' margins for one pair, and what becomes of it."""

    mean: float
    spread: float
    fate: Fate


def votes(margins: Sequence[Sequence[float]], config: VoteConfig) -> list[Vote]:
    """What judges say of pairs: `margins` (judges, pairs), positive where a judge agrees with the label.

    As in Secrets of RLHF in Large Language Models, part II (arXiv 2401.06080), the mean margin of several reward models
    is a pair's strength: clearly positive ones are kept, clearly negative ones flipped. Of what is left the judges
    either agree that it is a tie, or disagree: those pairs are dropped. Raises ValueError for margins without judges.
    """
    told = np.asarray(margins, dtype=np.float64)
    if told.ndim != 2 or not len(told):
        raise ValueError(f"margins have the shape {told.shape}: give one row a judge, one column a pair")
    scales = np.sqrt(np.mean(told**2, axis=1, keepdims=True)) if told.size else np.ones((len(told), 1))
    told = told / np.where(scales > 0, scales, 1.0)
    means, spreads = told.mean(axis=0), told.std(axis=0)
    return [
        Vote(mean, spread, _fate(mean, spread, config))
        for mean, spread in zip(means.tolist(), spreads.tolist(), strict=True)
    ]


def _fate(mean: float, spread: float, config: VoteConfig) -> Fate:
    if mean >= config.clear:
        return "keep"
    if mean <= -config.clear and mean <= -config.sure * spread:
        return "flip"
    return "tie" if abs(mean) < config.clear and spread <= config.agreed else "drop"


class ReviewConfig(Section):
    """How two models review each other."""

    noise: float = Field(ge=0, lt=0.5, description="the share of labels that is taken to be wrong")
    rounds: int = Field(8, ge=1, description="rounds of review; the share that is left out grows to `noise` over half")
    penalty: float = Field(1.0, gt=0, description="of the squared weights, beside the sum of the pairs' losses")
    seed: int = Field(0, ge=0, description="draws which pairs each model learns from")


class Reviewed(NamedTuple):
    """`weights` (2, features) of both models; `doubts` (pairs,), their mean loss on each pair, greatest where its label
    is likeliest wrong."""

    weights: Array
    doubts: Array

    def margins(self, differences: Array) -> Array:
        """By how much the first of each pair is better, (pairs,), by both models' mean."""
        told: Array = differences @ self.weights.mean(axis=0)
        return told


def peer_review(differences: Array, config: ReviewConfig) -> Reviewed:
    """Two logistic models of preferences that choose what the other learns from: the pairs that they doubt least.

    `differences` (pairs, features) are the features of the chosen response less those of the rejected one. Each model
    starts from a half of the pairs; each round it passes on those with the least loss, a growing share left out. After
    collaborative reward modelling (arXiv 2505.10597; the schedule is that of co-teaching, recalled and not checked).
    With few pairs a feature and two wrong labels of five, the halves know too little and it is no better than one
    model. Raises ValueError for fewer than four pairs.
    """
    count = len(differences)
    if differences.ndim != 2 or count < 4:
        raise ValueError(f"differences have the shape {differences.shape}: give at least four pairs, one a row")
    order = list(range(count))
    generator(config.seed, "peer review").shuffle(order)
    halves = (order[: count // 2], order[count // 2 :])
    weights = [preference_weights(differences[half], config.penalty) for half in halves]
    for number in range(1, config.rounds + 1):
        left_out = config.noise * min(1.0, 2 * number / config.rounds)
        kept = max(2, round((1 - left_out) * count))
        passed = [np.argsort(losses(differences, own), kind="stable")[:kept] for own in weights]
        weights = [preference_weights(differences[of_peer], config.penalty) for of_peer in reversed(passed)]
    doubts = np.mean([losses(differences, own) for own in weights], axis=0)
    return Reviewed(np.stack(weights), doubts)


def preference_weights(differences: Array, penalty: float) -> Array:
    """The weights w (features,) of the least sum of log(1 + exp(-x w)) + penalty / 2 * |w|^2, by Newton's method."""
    weights = np.zeros(differences.shape[1])
    for _ in range(_NEWTON_STEPS):
        chance = _sigmoid(differences @ weights)
        slope = penalty * weights - differences.T @ (1 - chance)
        curvature = (differences * (chance * (1 - chance))[:, None]).T @ differences
        weights = weights - np.linalg.solve(curvature + penalty * np.eye(len(weights)), slope)
    return weights


def losses(differences: Array, weights: Array) -> Array:
    """log(1 + exp(-x w)) of each pair, (pairs,)."""
    return np.logaddexp(0.0, -(differences @ weights))


def _sigmoid(values: Array) -> Array:
    told: Array = np.exp(-np.logaddexp(0.0, -values))
    return told
