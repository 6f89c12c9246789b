"""What the sequential test costs, computed exactly on the benchmark's populations."""

import pytest

from benchmarks.difficulty import (
    POPULATIONS,
    Mixture,
    cost,
    fitted_by_cell,
    mass,
    sequential,
    some_right_some_wrong,
)
from filters.beta import JEFFREYS
from filters.difficulty import curtailed, fixed_table

populations = pytest.mark.parametrize("population", list(POPULATIONS.values()), ids=list(POPULATIONS))


@populations
def test_the_default_error_beats_that_of_32_samples_with_less_than_half_of_them(population: Mixture) -> None:
    ours, fixed = cost(sequential(0.05, JEFFREYS), population), cost(fixed_table(32, 0.2, 0.8, 4), population)
    assert ours.error < fixed.error
    assert ours.rollouts < 14
    assert fixed.rollouts == pytest.approx(32)


@populations
def test_a_prior_for_each_cell_saves_a_fifth_more_at_the_stated_error(population: Mixture) -> None:
    jeffreys, fitted = cost(sequential(0.05, JEFFREYS), population), fitted_by_cell(0.05, population)
    assert fitted.rollouts < 0.8 * jeffreys.rollouts
    assert fitted.error < 0.05


@populations
def test_curtailing_costs_less_and_decides_the_same(population: Mixture) -> None:
    whole = fixed_table(16, 0.2, 0.8, 1)
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
