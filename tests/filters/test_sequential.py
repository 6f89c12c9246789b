"""The sequential test: what it promises of its decisions, checked exactly."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from filters.beta import JEFFREYS, Beta, beta_cdf
from filters.config import DifficultyConfig
from filters.sequential import (
    DECISIONS,
    GO_ON,
    PRICE,
    DecisionTable,
    curtailed,
    decision_errors,
    decision_table,
    fixed_table,
)

priors = st.builds(Beta, st.floats(0.1, 3), st.floats(0.1, 3))
configs = st.builds(
    DifficultyConfig,
    band_low=st.sampled_from([0.0, 0.1, 0.2, 0.3]),
    band_high=st.sampled_from([0.7, 0.8, 0.9, 1.0]),
    error=st.sampled_from([0.02, 0.05, 0.1, 0.2]),
    zone=st.sampled_from([0.0, 0.05, 0.1]),
    round_size=st.integers(1, 8),
    cap=st.integers(1, 40),
)


def played(table: DecisionTable, outcomes: list[bool], most: int = 1) -> tuple[str, int]:
    """The decision a task's outcomes lead to, and after how many samples, in rounds of up to `most`."""
    samples = 0
    while True:
        wins = sum(outcomes[:samples])
        decision = table.decision(wins, samples - wins)
        if decision is not None:
            return decision, samples
        samples += min(most, table.fewest(wins, samples - wins))


def leaves(table: DecisionTable, p: float, most: int) -> NDArray[np.float64]:
    """The probability that a task of pass rate p ends at each (successes, failures)."""
    reached = np.zeros(table.numbers.shape)
    ended = np.zeros(table.numbers.shape)
    reached[0, 0] = 1.0
    for samples in range(table.cap + 1):
        for wins in range(samples + 1):
            here = reached[wins, samples - wins]
            if table.decision(wins, samples - wins) is not None:
                ended[wins, samples - wins] += here
                continue
            size = min(most, table.fewest(wins, samples - wins))
            for more in range(size + 1):
                step = math.comb(size, more) * p**more * (1 - p) ** (size - more)
                reached[wins + more, samples - wins + size - more] += here * step
    return ended


@given(st.integers(1, 24), st.integers(1, 6), st.data())
def test_a_curtailed_fixed_size_decides_as_the_whole_of_it(size: int, most: int, data: st.DataObject) -> None:
    outcomes = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    whole = fixed_table(size, 0.2, 0.8)
    decision, samples = played(curtailed(whole), outcomes, most)
    assert (decision, size) == played(whole, outcomes, most)
    assert samples <= size


def test_curtailing_saves_as_soon_as_the_decision_is_forced() -> None:
    table = curtailed(fixed_table(10, 0.2, 0.8))
    assert played(table, [False] * 10) == ("too_hard", 9)
    assert played(table, [True, True] + [False] * 8) == ("in_band", 4)
    assert played(table, [True] * 9 + [False]) == ("too_easy", 9)


@settings(deadline=None)
@given(configs, priors, st.integers(1, 50), st.data())
def test_rounds_of_the_fewest_samples_cost_and_decide_as_looking_after_every_single_one(
    config: DifficultyConfig, prior: Beta, most: int, data: st.DataObject
) -> None:
    outcomes = data.draw(st.lists(st.booleans(), min_size=config.cap, max_size=config.cap))
    table = decision_table(config, prior)
    assert played(table, outcomes, most) == played(table, outcomes, 1)


@settings(deadline=None)
@given(configs, priors)
def test_the_fewest_samples_are_those_after_which_a_decision_is_possible(config: DifficultyConfig, prior: Beta) -> None:
    table = decision_table(config, prior)
    for samples in range(config.cap + 1):
        for wins in range(samples + 1):
            further = table.fewest(wins, samples - wins)
            ends = [
                table.decision(wins + more, samples - wins + further - more) is not None for more in range(further + 1)
            ]
            assert any(ends)
            assert further == 0 or table.decision(wins, samples - wins) is None


def by_hand(config: DifficultyConfig, prior: Beta) -> NDArray[np.int8]:
    """The rule as it is stated, without curtailment: one state at a time, from the cap down."""
    errors = decision_errors(config.band_low, config.band_high, config.zone, config.cap, prior)
    numbers = np.full(errors.shape[1:], GO_ON, dtype=np.int8)
    value = np.zeros(errors.shape[1:])
    for samples in range(config.cap, -1, -1):
        for wins in range(samples + 1):
            losses = samples - wins
            now = errors[:, wins, losses].min()
            onward = np.inf
            if samples < config.cap:
                chance = prior.after(wins, losses).mean
                onward = chance * value[wins + 1, losses] + (1 - chance) * value[wins, losses + 1]
                onward += PRICE * config.error
            allowed = now <= config.error and samples >= config.round_size
            if samples == config.cap or (allowed and onward >= now):
                numbers[wins, losses] = errors[:, wins, losses].argmin() if now <= config.error else 3
                value[wins, losses] = now
            else:
                value[wins, losses] = onward
    return numbers


@settings(deadline=None, max_examples=40)
@given(configs, priors, st.data())
def test_sampling_goes_on_above_the_error_and_as_long_as_it_is_worth_its_price(
    config: DifficultyConfig, prior: Beta, data: st.DataObject
) -> None:
    outcomes = data.draw(st.lists(st.booleans(), min_size=config.cap, max_size=config.cap))
    whole = DecisionTable(by_hand(config, prior))
    table = decision_table(config, prior)
    decision, samples = played(table, outcomes)
    expected, expected_samples = played(whole, outcomes)
    assert decision == expected
    assert samples == expected_samples or (decision == "undecided" and samples < expected_samples)


@settings(deadline=None)
@given(configs, priors)
def test_no_decision_is_more_often_false_than_stated(config: DifficultyConfig, prior: Beta) -> None:
    errors = decision_errors(config.band_low, config.band_high, config.zone, config.cap, prior)
    table = decision_table(config, prior)
    for number in range(DECISIONS.index("undecided")):
        assert (errors[number][table.numbers == number] <= config.error).all()


@settings(deadline=None)
@given(configs, priors)
def test_more_successes_never_make_a_task_harder(config: DifficultyConfig, prior: Beta) -> None:
    table = decision_table(config, prior)
    for samples in range(config.cap + 1):
        numbers = [int(table.numbers[wins, samples - wins]) for wins in range(samples + 1)]
        ranks = [number for number in numbers if 0 <= number < 3]
        assert ranks == sorted(ranks)


@pytest.mark.parametrize("zone", [0.0, 0.05])
@pytest.mark.parametrize("prior", [JEFFREYS, Beta(0.3, 1.5)])
def test_the_stated_error_is_the_true_one_for_tasks_that_follow_the_prior(zone: float, prior: Beta) -> None:
    """Plays tasks of every pass rate and counts false decisions, without using a posterior."""
    config = DifficultyConfig(cap=32, zone=zone)
    table = decision_table(config, prior)
    errors = decision_errors(config.band_low, config.band_high, config.zone, config.cap, prior)
    edges = [0, 0.2 - zone, 0.2, 0.2 + zone, 0.8 - zone, 0.8, 0.8 + zone, 1]
    grid = sorted({*edges, *np.linspace(0, 1, 401).round(6)})
    false = stated = decided = 0.0
    for start, end in pairwise(grid):
        p = (start + end) / 2
        weight = beta_cdf(prior, end) - beta_cdf(prior, start)
        ended = weight * leaves(table, p, config.round_size)
        for number, wrong in enumerate((p > 0.2 + zone, p < 0.2 - zone or p > 0.8 + zone, p < 0.8 - zone)):
            here = ended[table.numbers == number].sum()
            false += here * wrong
            decided += here
            stated += (ended * errors[number])[table.numbers == number].sum()
    assert false == pytest.approx(stated, abs=2e-4)
    assert 0 < false <= config.error * decided


def test_nothing_is_decided_before_the_first_round_however_sure_the_prior() -> None:
    assert decision_table(DifficultyConfig(), Beta(0.05, 3.9)).decision(0, 0) is None
    assert decision_table(DifficultyConfig(), Beta(0.05, 3.9)).fewest(0, 0) == DifficultyConfig().round_size


def test_dead_and_solved_tasks_take_nine_rollouts_and_middling_ones_six() -> None:
    table = decision_table(DifficultyConfig(), JEFFREYS)
    assert played(table, [False] * 128, 4) == ("too_hard", 9)
    assert played(table, [True] * 128, 4) == ("too_easy", 9)
    assert played(table, [True, False] * 64, 4) == ("in_band", 6)


def test_a_band_that_reaches_an_end_has_nothing_beyond_it() -> None:
    table = decision_table(DifficultyConfig(band_low=0.0), JEFFREYS)
    assert played(table, [False] * 128)[0] == "in_band"
    table = decision_table(DifficultyConfig(band_high=1.0), JEFFREYS)
    assert played(table, [True] * 128)[0] == "in_band"
