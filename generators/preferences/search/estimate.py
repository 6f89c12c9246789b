"""What continuations say of a beginning: how often it comes out right, and whether one beginning beats another."""

from functools import lru_cache
from math import exp, lgamma, log
from typing import Literal

import msgspec

from generators.preferences.search.asking import Path
from schemas.interval import Bound, wilson


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Of `visits` judged continuations after `path`, `successes` came out right.

    `by` says what told: continuations; the `verdict` on a response that ends there; or the `rules`, which the path
    breaks. The last two are no estimates but known, one of one or none of one.
    """

    path: Path
    successes: int
    visits: int
    by: Literal["continuations", "verdict", "rules"] = "continuations"

    @property
    def mc(self) -> float:
        """The share that came out right; 0.0 where there is none."""
        return self.successes / self.visits if self.visits else 0.0

    @property
    def interval(self) -> tuple[Bound, Bound]:
        """The 95 % interval of the chance to come out right; of what is known it is that alone."""
        return wilson(self.successes, self.visits) if self.by == "continuations" else (self.mc, self.mc)


def surely_above(one: Estimate, other: Estimate) -> float:
    """The probability that the one beginning comes out right more often; what is known of either leaves no doubt."""
    if one.by != "continuations" or other.by != "continuations":
        return float(one.mc > other.mc)
    return surely_better(one.successes, one.visits, other.successes, other.visits)


@lru_cache(maxsize=4096)
def surely_better(successes: int, visits: int, other_successes: int, other_visits: int) -> float:
    """The probability that the first rate is above the second, both with a uniform prior.

    The exact sum for whole numbers (Miller, "Formulas for Bayesian A/B testing", 2015, equation 6).

    >>> round(surely_better(7, 8, 1, 8), 4), round(surely_better(0, 0, 0, 0), 4)
    (0.9983, 0.5)
    """
    a, b = successes + 1, visits - successes + 1
    c, d = other_successes + 1, other_visits - other_successes + 1
    terms = (_log_beta(c + i, b + d) - log(b + i) - _log_beta(1 + i, b) - _log_beta(c, d) for i in range(a))
    return min(1.0, sum(map(exp, terms)))


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
