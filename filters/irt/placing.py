"""A further model on a scale that is there: its ability from a few results, its pass rates on all the other tasks."""

from typing import NamedTuple

import numpy as np

from filters.irt.counts import CountsError, Floats, Ints
from filters.irt.estimate import ABILITY_SD
from filters.irt.posterior import REACH, pass_rate

_ABILITIES = np.linspace(-REACH, REACH, 401)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_SHARES = _WEIGHTS / _WEIGHTS.sum()
_BLOCK = 1024


class Placement(NamedTuple):
    """Posterior mean and standard deviation of one model's ability, in the scale's logits."""

    ability: float
    sd: float


class Predicted(NamedTuple):
    """Pass rates (T,) by task: posterior means and the ends of 95 % intervals."""

    mean: Floats
    low: Floats
    high: Floats


def placed(difficulty: Floats, sd: Floats, successes: Ints, samples: Ints) -> Placement:
    """The model's place, from its results on tasks of known difficulty; all four arrays are (T,).

    What is not known of the difficulties (Normal, with `sd`) is integrated out. Without results the place is the
    prior's, Normal(0, 3²). Raises CountsError for arrays of different lengths.
    """
    if not difficulty.shape == sd.shape == successes.shape == samples.shape:
        raise CountsError(
            f"{len(difficulty)} difficulties, {len(sd)} deviations, {len(successes)} successes and {len(samples)} "
            "samples: give one of each for every task"
        )
    logs = -0.5 * (_ABILITIES / ABILITY_SD) ** 2
    tried = np.flatnonzero(samples)
    for start in range(0, len(tried), _BLOCK):
        rows = tried[start : start + _BLOCK]
        likelihood = np.full((len(rows), len(_ABILITIES)), -np.inf)  # a log: many samples make it tiny
        solved, missed = successes[rows, None], (samples - successes)[rows, None]
        for node, share in zip(_NODES, _SHARES, strict=True):
            gap = (difficulty[rows] + node * sd[rows])[:, None] - _ABILITIES
            log_chance = -solved * np.logaddexp(0.0, gap) - missed * np.logaddexp(0.0, -gap)
            likelihood = np.logaddexp(likelihood, np.log(share) + log_chance)
        logs += likelihood.sum(axis=0)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    mean = float(weights @ _ABILITIES)
    return Placement(mean, float(np.sqrt(weights @ (_ABILITIES - mean) ** 2)))


def predicted(place: Placement, difficulty: Floats, sd: Floats) -> Predicted:
    """What the model is expected to score on tasks it has not tried, ability and difficulties both uncertain.

    >>> rates = predicted(Placement(1.0, 0.0), np.array([1.0, -1.0]), np.array([0.0, 0.0]))
    >>> rates.mean.round(3).tolist()
    [0.5, 0.881]
    """
    gap, doubt = difficulty - place.ability, np.hypot(sd, place.sd)
    zero = np.zeros(1)
    mean = pass_rate(zero, gap[:, None] + doubt[:, None] * _NODES) @ _SHARES
    return Predicted(mean, pass_rate(zero, gap + 1.96 * doubt), pass_rate(zero, gap - 1.96 * doubt))
