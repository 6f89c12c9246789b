"""What the sequential test is expected to cost and to decide, against tests that were carried out."""

from random import Random

import numpy as np
import pytest

from filters.beta import Beta
from filters.config import DifficultyConfig
from filters.expected import expected
from filters.sequential import DECISIONS, decision_table, fixed_table

RATES = np.array([0.0, 0.1, 0.35, 0.5, 0.8, 1.0])


@pytest.mark.parametrize("prior", [Beta(0.5, 0.5), Beta(0.3, 2.0)])
def test_it_is_what_tests_that_are_carried_out_come_to(prior: Beta) -> None:
    table, rng, trials = decision_table(DifficultyConfig(cap=32), prior), Random(1), 1_500
    told = expected(table, RATES)
    for place, rate in enumerate(RATES):
        costs, decided = [], dict.fromkeys(DECISIONS, 0)
        for _ in range(trials):
            wins = losses = 0
            while (decision := table.decision(wins, losses)) is None:
                success = rng.random() < rate
                wins, losses = wins + success, losses + (not success)
            costs.append(wins + losses)
            decided[decision] += 1
        error = 5 * np.sqrt(max(told.variance[place], 1e-9) / trials)
        assert abs(np.mean(costs) - told.rollouts[place]) <= error + 1e-9
        for number, name in enumerate(DECISIONS):
            chance = told.decisions[place, number]
            assert abs(decided[name] / trials - chance) <= 5 * np.sqrt(chance * (1 - chance) / trials) + 1e-9


def test_a_fixed_number_costs_just_that_and_some_decision_is_sure() -> None:
    told = expected(fixed_table(8, 0.2, 0.8), RATES)
    assert np.allclose(told.rollouts, 8)
    assert np.allclose(told.variance, 0)
    assert np.allclose(told.decisions.sum(axis=1), 1)
    assert told.decisions[0, DECISIONS.index("too_hard")] == pytest.approx(1)
