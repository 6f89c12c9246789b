"""How many different problems a stream of items will hold: from how often those seen so far repeat.

The problems of a rung are M, drawn with shares from a symmetric Dirichlet of concentration k: all alike where k is
large, some far likelier than others where it is small. Of n items made, f_j problems were seen j times; this has the
likelihood of the Dirichlet-multinomial. With a prior that is even over log M and over a few k, both are drawn from
their posterior, and from these how many problems further items will find. Where nothing has repeated, the sample only
says that M is large, and the draws are as far apart as that leaves them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MOST_PROBLEMS = 1e18
"""No rung is thought to hold more."""

_CONCENTRATIONS = np.array([0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0, 1000.0])
_UNSEEN = np.concatenate([[0.0], np.logspace(0, math.log10(MOST_PROBLEMS), 181)])


def times_seen(keys: Iterable[str]) -> dict[int, int]:
    """How many problems were seen once, twice …, from the canonical keys of all items.

    >>> times_seen(["a", "b", "a", "c"])
    {2: 1, 1: 2}
    """
    return dict(Counter(Counter(keys).values()))


def drawn_problems(
    seen: Mapping[int, int], items: int, draws: int, rng: np.random.Generator, *, begun: bool
) -> tuple[Floats, Floats]:
    """Draws (draws,) of the different problems among `items` items, and of M, all that there are.

    With `begun`, those seen are the first of the items; else the items are others of the same rung.
    """
    made, distinct = sum(times * count for times, count in seen.items()), sum(seen.values())
    unseen, concentration = _posterior(seen, draws, rng)
    if begun and items <= made:  # of what is there already as much as its share
        return np.full(draws, distinct * items / max(made, 1)), unseen + distinct
    total = (unseen + distinct) * concentration + made
    further = items - made if begun else items
    found, variance = _found(unseen, concentration, concentration, total, further)
    for times, count in () if begun else seen.items():
        again, spread = _found(np.full(draws, float(count)), concentration + times, concentration, total, further)
        found, variance = found + again, variance + spread
    known = float(distinct) if begun else 0.0
    drawn = known + found + np.sqrt(variance) * rng.standard_normal(draws)
    low = known if begun else np.minimum(1.0, found)
    return np.clip(drawn, low, np.minimum(known + further, unseen + distinct)), unseen + distinct


def _posterior(seen: Mapping[int, int], draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draws of the number of problems not seen, and of k."""
    made, distinct = sum(times * count for times, count in seen.items()), sum(seen.values())
    unseen = _UNSEEN[:, None]
    shares = (unseen + distinct) * _CONCENTRATIONS
    log = _log_rising(unseen + 1, distinct) - _log_rising(shares, made)
    for times, count in seen.items():
        log = log + count * _log_rising(_CONCENTRATIONS, times)
    edges = np.sqrt(_UNSEEN[1:-1] * _UNSEEN[2:])
    width = np.diff(np.concatenate([[0.0, 1.0], edges, [MOST_PROBLEMS]])) / (_UNSEEN + max(distinct, 1))
    weights = np.exp(log - log.max()) * width[:, None]
    places = rng.choice(weights.size, size=draws, p=(weights / weights.sum()).ravel())
    rows, columns = np.unravel_index(places, weights.shape)
    spread = np.exp(rng.uniform(-0.5, 0.5, draws) * math.log(_UNSEEN[2] / _UNSEEN[1]))  # between the grid's points
    return _UNSEEN[rows] * spread, _CONCENTRATIONS[columns]


def _found(problems: Floats, weight: Floats, unit: Floats, total: Floats, items: float) -> tuple[Floats, Floats]:
    """Of so many problems, each with `weight` of the `total`, how many are among the items: mean and variance.

    A problem's share is Beta(weight, total - weight), so it stays away with E (1 - p)^items. Occupancy's variance for
    equal shares, which have this chance to stay away (Johnson and Kotz, "Urn models and their application", 1977).
    """
    others = np.maximum(total - weight, unit * 1e-6)
    away = np.exp(_log_rising(others, weight) - _log_rising(others + items, weight))
    rate = -np.log(np.maximum(away, 1e-300))
    small = rate < 1e-4  # there the exact form is a difference of like numbers
    variance = np.where(small, rate**2 / 2, away * (1 - (1 + rate) * away))
    return problems * -np.expm1(-rate), problems * np.maximum(variance, 0.0)


_log_gamma = np.vectorize(math.lgamma, otypes=[np.float64])


def _log_rising(of: ArrayLike, by: ArrayLike) -> Floats:
    """log Γ(of + by) - log Γ(of), also where both are too large to tell apart."""
    start, steps = np.broadcast_arrays(np.asarray(of, dtype=np.float64), np.asarray(by, dtype=np.float64))
    far = start > np.maximum(1e7, 100 * steps)
    near = np.where(far, 1.0, np.maximum(start, 1e-12))
    exact = _log_gamma(near + np.where(far, 0.0, steps)) - _log_gamma(near)
    told: Floats = np.where(far, steps * np.log(np.maximum(start + (steps - 1) / 2, 1e-12)), exact)
    return told
