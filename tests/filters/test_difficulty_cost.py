"""What the sequential test costs, computed exactly on the benchmark's populations."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.difficulty_exact import (
    POPULATIONS,
    ROUND,
    Cost,
    Mixture,
    cost,
    first_rounds,
    fitted_by_cell,
    mass,
    optimal,
    rollouts_at,
    rounds,
    sequential,
    some_right_some_wrong,
)
from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.prior import fit_beta
from filters.sequential import curtailed, decision_table, fixed_table

TARGETS = {16: 9.0, 32: 13.6, 64: 21.0}

populations = pytest.mark.parametrize("population", list(POPULATIONS.values()), ids=list(POPULATIONS))


@populations
def test_the_default_error_beats_that_of_32_samples_with_less_than_half_of_them(population: Mixture) -> None:
    ours, fixed = cost(sequential(0.05, JEFFREYS), population), cost(fixed_table(32, 0.2, 0.8), population)
    assert ours.error < fixed.error
    assert ours.rollouts < 14
    assert fixed.rollouts == pytest.approx(32)


def by_jeffreys(error: float, population: Mixture) -> Cost:
    return cost(sequential(error, JEFFREYS), population)


def by_one_prior(error: float, population: Mixture) -> Cost:
    return cost(sequential(error, fit_beta(first_rounds(population))), population)


@pytest.mark.parametrize("rule", [by_jeffreys, by_one_prior, fitted_by_cell])
@populations
def test_at_the_error_of_a_fixed_number_it_costs_at_most_what_is_promised(
    population: Mixture, rule: Callable[[float, Mixture], Cost]
) -> None:
    costs = [rule(error, population) for error in np.geomspace(0.01, 0.2, 60)]
    for size, most in TARGETS.items():
        assert rollouts_at(costs, cost(fixed_table(size, 0.2, 0.8), population).error) <= most


@populations
def test_no_rule_costs_less_than_the_one_that_knows_the_population(population: Mixture) -> None:
    for price in (5e-4, 2e-3, 8e-3):
        best = cost(optimal(price, population, 1), population)
        for ours in (by_jeffreys(0.05, population), by_one_prior(0.05, population)):
            assert best.error + price * best.rollouts <= ours.error + price * ours.rollouts


def test_rounds_of_as_many_as_may_decide_are_far_fewer_than_looks_after_each_sample() -> None:
    table, population = decision_table(DifficultyConfig(), JEFFREYS), POPULATIONS["U"]
    mean, most = rounds(table, population)
    one_by_one, longest = rounds(table, population, 1)
    assert one_by_one + ROUND - 1 == pytest.approx(cost(sequential(0.05, JEFFREYS), population).rollouts)
    assert 2 < mean < one_by_one / 2
    assert most <= longest <= 128


@populations
def test_a_prior_for_each_cell_saves_a_fifth_more_at_the_stated_error(population: Mixture) -> None:
    jeffreys, fitted = cost(sequential(0.05, JEFFREYS), population), fitted_by_cell(0.05, population)
    assert fitted.rollouts < 0.8 * jeffreys.rollouts
    assert fitted.error < 0.05


@populations
def test_curtailing_costs_less_and_decides_the_same(population: Mixture) -> None:
    whole = fixed_table(16, 0.2, 0.8)
    assert cost(curtailed(whole), population).error == pytest.approx(cost(whole, population).error)
    assert cost(curtailed(whole), population).rollouts < 13.1


@populations
def test_some_right_some_wrong_errs_more_the_more_it_samples_and_ours_less(population: Mixture) -> None:
    naive = [cost(some_right_some_wrong(size), population).error for size in (8, 16, 32, 64)]
    ours = [cost(sequential(error, JEFFREYS), population) for error in (0.2, 0.1, 0.05, 0.025)]
    assert naive == sorted(naive)
    assert [each.error for each in ours] == sorted((each.error for each in ours), reverse=True)
    assert [each.rollouts for each in ours] == sorted(each.rollouts for each in ours)


@populations
def test_few_groups_of_kept_tasks_have_rewards_all_equal(population: Mixture) -> None:
    assert cost(sequential(0.05, JEFFREYS), population).zero_variance < 0.1
    assert cost(some_right_some_wrong(8), population).zero_variance > 0.2


@populations
def test_the_probabilities_of_all_outcomes_make_one(population: Mixture) -> None:
    single = mass(population, 1)
    assert single[1, 0] + single[0, 1] == pytest.approx(1)
