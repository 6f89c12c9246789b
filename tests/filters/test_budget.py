"""A budget that doesn't reach for all: its purchases are the best, checked against all there are."""

import math
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.difficulty_budget import POLICIES, drawn, spent_by
from benchmarks.difficulty_exact import POPULATIONS
from filters.beta import JEFFREYS, Beta
from filters.budget import OUTSIDE, Candidate, Left, Step, bought, curve, planned
from filters.config import DifficultyConfig
from filters.difficulty import Tally, next_samples, standing

weights = st.lists(st.floats(0.1, 3), min_size=5, max_size=5)
single_samples = st.lists(st.lists(st.floats(0.001, 1), max_size=4), min_size=1, max_size=5)
any_steps = st.lists(
    st.lists(st.builds(Step, st.floats(0.5, 4), st.floats(0.001, 1)), max_size=3), min_size=1, max_size=5
)


def falling(steps: list[Step]) -> list[Step]:
    """The steps of a concave curve: in falling order of worth per sample."""
    return sorted(steps, key=lambda step: step.worth / step.cost, reverse=True)


def worth(curves: list[list[Step]], weights: list[float], counts: tuple[int, ...]) -> float:
    return sum(
        weight * step.worth for steps, weight, n in zip(curves, weights, counts, strict=False) for step in steps[:n]
    )


def best(curves: list[list[Step]], weights: list[float], budget: float) -> float:
    """The most that any purchase of first steps within the budget is worth: all are tried."""
    found = 0.0
    for counts in product(*(range(len(steps) + 1) for steps in curves)):
        if sum(step.cost for steps, n in zip(curves, counts, strict=True) for step in steps[:n]) <= budget:
            found = max(found, worth(curves, weights, counts))
    return found


@given(single_samples, weights, st.integers(0, 12))
def test_the_best_step_on_offer_again_and_again_is_the_best_purchase(
    worths: list[list[float]], weights: list[float], budget: int
) -> None:
    curves = [[Step(1, each) for each in sorted(own, reverse=True)] for own in worths]
    order = bought(curves, weights, budget)
    counts = tuple(order.count(place) for place in range(len(curves)))
    assert len(order) == min(budget, sum(map(len, curves)))
    assert math.isclose(worth(curves, weights, counts), best(curves, weights, budget), abs_tol=1e-9)


@given(any_steps, weights, st.floats(0, 12))
def test_with_its_last_step_whole_no_purchase_within_the_budget_is_worth_more(
    steps: list[list[Step]], weights: list[float], budget: float
) -> None:
    curves = [falling(own) for own in steps]
    order = bought(curves, weights, budget)
    counts = tuple(order.count(place) for place in range(len(curves)))
    assert worth(curves, weights, counts) >= best(curves, weights, budget) - 1e-9
    spent = sum(step.cost for own, n in zip(curves, counts, strict=True) for step in own[:n])
    last = max((step.cost for own in curves for step in own), default=0.0)
    assert spent <= budget + last


@settings(deadline=None, max_examples=50)
@given(st.builds(Beta, st.floats(0.1, 3), st.floats(0.1, 3)), st.integers(0, 8), st.integers(0, 8), st.integers(0, 40))
def test_a_curve_rises_ever_slower_and_no_longer_than_the_samples_reach(
    prior: Beta, successes: int, failures: int, most: int
) -> None:
    steps = curve(DifficultyConfig(cap=40), prior, successes, failures, most)
    assert all(step.cost > 0 < step.worth for step in steps)
    rates = [step.worth / step.cost for step in steps]
    assert all(later <= earlier for earlier, later in pairwise(rates))
    assert sum(step.cost for step in steps) <= most + 1e-9
    assert sum(step.worth for step in steps) <= 1 + 1e-9


def expected_worth(config: DifficultyConfig, prior: Beta, wins: int, losses: int, most: int) -> float:
    """What sampling on is worth, one outcome after the other."""
    decision = standing(Tally(wins, losses), config, prior)
    if decision is not None:
        return {"in_band": 1.0, "undecided": 0.0}.get(decision, OUTSIDE)
    if most == 0:
        return 0.0
    chance = prior.after(wins, losses).mean
    won = expected_worth(config, prior, wins + 1, losses, most - 1)
    return chance * won + (1 - chance) * expected_worth(config, prior, wins, losses + 1, most - 1)


@pytest.mark.parametrize("most", [8, 10, 12])
@pytest.mark.parametrize("prior", [JEFFREYS, Beta(0.3, 1.5)])
def test_a_curve_ends_at_the_worth_of_all_the_samples(prior: Beta, most: int) -> None:
    config = DifficultyConfig()
    steps = curve(config, prior, 0, 0, most)
    assert sum(step.worth for step in steps) == pytest.approx(expected_worth(config, prior, 0, 0, most))


def test_no_sample_is_bought_that_cannot_decide() -> None:
    config = DifficultyConfig()
    fresh = Candidate(Tally(), JEFFREYS)
    assert curve(config, JEFFREYS, 0, 0, 5) == ()
    assert planned([fresh, fresh], config, Left(5)) == [0, 0]
    assert planned([fresh, Candidate(Tally(0, 4), JEFFREYS)], config, Left(5)) == [0, 4]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0.01, 1)), max_size=12),
    st.integers(0, 60),
)
def test_a_round_stays_within_the_budget_in_whole_looks(states: list[tuple[int, int, float]], left: int) -> None:
    config = DifficultyConfig()
    candidates = [
        Candidate(Tally(wins, losses), JEFFREYS, weight)
        for wins, losses, weight in states
        if standing(Tally(wins, losses), config, JEFFREYS) is None
    ]
    sizes = planned(candidates, config, Left(left))
    assert sum(sizes) <= left
    for size, each in zip(sizes, candidates, strict=True):
        assert size in (0, next_samples(each.tally, config, each.prior))
    if any(curve(config, JEFFREYS, each.tally.successes, each.tally.failures, left) for each in candidates):
        assert sum(sizes) > 0


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(1, 20)), max_size=12),
    st.integers(0, 2000),
    st.none() | st.integers(0, 60),
)
def test_no_limit_is_passed_however_long_the_rollouts_get(
    states: list[tuple[int, int, float]], tokens: int, rollouts: int | None
) -> None:
    config, longest = DifficultyConfig(), 20
    candidates = [
        Candidate(Tally(wins, losses), JEFFREYS, 1.0, length)
        for wins, losses, length in states
        if standing(Tally(wins, losses), config, JEFFREYS) is None
    ]
    left = Left(rollouts, tokens)
    sizes = planned(candidates, config, left, longest)
    assert left.holds(sum(sizes), sum(sizes) * longest)
    for size, each in zip(sizes, candidates, strict=True):
        assert size in (0, next_samples(each.tally, config, each.prior))


def test_of_two_tasks_alike_the_one_with_the_shorter_rollouts_is_sampled() -> None:
    long, short = (Candidate(Tally(0, 4), JEFFREYS, 1.0, length) for length in (10.0, 5.0))
    assert planned([long, short], DifficultyConfig(), Left(8), 10) == [4, 4]
    assert planned([long, short], DifficultyConfig(), Left(None, 45), 10) == [0, 4]
    assert planned([long, short], DifficultyConfig(), Left(3, 1000), 10) == [0, 0]


@given(st.none() | st.integers(0, 10**6), st.none() | st.integers(0, 10**6), st.lists(st.integers(1, 50), min_size=1))
def test_shares_that_pass_on_what_they_leave_add_up_to_the_whole(
    rollouts: int | None, tokens: int | None, parts: list[int]
) -> None:
    left = Left(rollouts, tokens)
    for number, part in enumerate(parts):
        own = left.share(part, sum(parts[number:]))
        assert left.holds(own.rollouts or 0, own.tokens or 0)
        left = left.after(own.rollouts or 0, own.tokens or 0)
    assert left == Left(rollouts and 0, tokens and 0)


@pytest.mark.parametrize("name", ["U", "hard"])
def test_a_budget_finds_more_tasks_in_band_than_any_order_of_them(name: str) -> None:
    config = DifficultyConfig(max_rollouts=1200)
    found = {
        title: spent_by(POLICIES[title], drawn(POPULATIONS[name], 1), config, 1200)
        for title in ("ours", "ours, guessed", "in rounds", "one after another", "the same for each")
    }
    assert all(each["rollouts"] <= 1200 for each in found.values())
    for other in ("in rounds", "one after another", "the same for each"):
        assert found["ours"]["in_band"] > 1.3 * found[other]["in_band"]
    assert found["ours, guessed"]["in_band"] > found["ours"]["in_band"]
