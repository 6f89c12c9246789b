"""What the sequential test will cost and decide, before anything is rolled out: exact for a given pass rate."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from filters.sequential import DECISIONS, GO_ON, DecisionTable, outcomes

Floats = NDArray[np.float64]


class Expected(msgspec.Struct, frozen=True):
    """Of tasks with the pass rates `rates` (R,), sorted: the mean and the variance of the rollouts one is decided by,
    (R,), and the probability of each decision, (R, 4) in the order of DECISIONS."""

    rates: Floats
    rollouts: Floats
    variance: Floats
    decisions: Floats

    def rollouts_at(self, rate: Floats) -> Floats:
        """The mean at other rates, by linear interpolation."""
        return np.interp(rate, self.rates, self.rollouts)

    def variance_at(self, rate: Floats) -> Floats:
        return np.interp(rate, self.rates, self.variance)


def expected(table: DecisionTable, rates: Floats) -> Expected:
    """By following the test through all its outcomes: the chance to be at each, with no decision before.

    >>> from filters.sequential import fixed_table
    >>> float(expected(fixed_table(8, 0.2, 0.8), np.array([0.0, 0.5])).rollouts[0])
    8.0
    """
    shape = len(rates), table.cap + 1
    alive = np.zeros(shape)  # by the number of successes after so many samples
    alive[:, 0] = 1.0
    first, second = np.zeros(len(rates)), np.zeros(len(rates))
    decisions = np.zeros((len(rates), len(DECISIONS)))
    for samples in range(table.cap + 1):
        wins, losses = outcomes(samples)
        numbers = table.numbers[wins, losses]
        here = alive[:, : samples + 1]
        for number in range(len(DECISIONS)):
            decided = here[:, numbers == number].sum(axis=1)
            decisions[:, number] += decided
            first += decided * samples
            second += decided * samples**2
        going = np.where(numbers == GO_ON, here, 0.0)
        alive = np.zeros(shape)
        if samples < table.cap:
            alive[:, : samples + 1] = going * (1 - rates[:, None])
            alive[:, 1 : samples + 2] += going * rates[:, None]
    return Expected(rates, first, np.maximum(second - first**2, 0.0), decisions)
