"""How many problems a stream will hold: right where that is known, and honest where it is not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.arithmetic.chain import FAMILY
from generators.family import canonical_key, level_params, make_instance
from generators.occupancy import drawn_problems, times_seen

DRAWS = 200


def between(draws: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.1, 0.9])
    return float(low), float(high)


def test_a_billion_tasks_of_a_rung_of_ten_thousand_problems_are_ten_thousand_problems() -> None:
    rng = np.random.default_rng(1)
    seen = times_seen(map(str, rng.integers(0, 10_000, 30_000)))
    unique, problems = drawn_problems(seen, 10**9, DRAWS, rng, begun=True)
    assert 9_700 < between(unique)[0] <= between(unique)[1] < 10_300
    assert np.allclose(unique, problems, rtol=0.01)


def test_where_nothing_has_repeated_the_interval_goes_from_what_that_excludes_to_all_being_different() -> None:
    unique, _ = drawn_problems({1: 200}, 10**9, DRAWS, np.random.default_rng(2), begun=True)
    low, high = between(unique)
    assert 5_000 < low < 10**7, "200 of 5,000 problems would hardly ever all be different"
    assert high > 0.99e9


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("shape", [None, 1.0])
def test_an_eighty_percent_interval_holds_the_fact_about_eighty_times_in_a_hundred(
    begun: bool, shape: float | None
) -> None:
    rng = np.random.default_rng(3)
    inside, trials = 0, 40
    for _ in range(trials):
        problems = int(10 ** rng.uniform(1.5, 4.5))
        shares = np.ones(problems) if shape is None else rng.gamma(shape, size=problems)
        first = rng.choice(problems, size=200, p=shares / shares.sum())
        further = rng.choice(problems, size=3_000, p=shares / shares.sum())
        items = np.concatenate([first, further]) if begun else further
        unique, _ = drawn_problems(times_seen(map(str, first)), len(items), DRAWS, rng, begun=begun)
        low, high = between(unique)
        inside += low <= len(np.unique(items)) <= high
    assert 0.6 * trials <= inside


def test_a_real_rung_is_foretold_from_its_first_items() -> None:
    params = level_params(FAMILY, 2)
    keys = [canonical_key(FAMILY, make_instance(FAMILY, params, 5, index)) for index in range(3_000)]
    unique, _ = drawn_problems(times_seen(keys[:300]), len(keys), DRAWS, np.random.default_rng(4), begun=True)
    low, high = np.quantile(unique, [0.025, 0.975])
    assert low <= len(set(keys)) <= high


@settings(max_examples=40)
@given(
    seen=st.dictionaries(st.integers(1, 30), st.integers(1, 50), min_size=1, max_size=6),
    items=st.integers(1, 10**12),
    begun=st.booleans(),
)
def test_draws_are_never_more_than_there_are(seen: dict[int, int], items: int, begun: bool) -> None:
    unique, problems = drawn_problems(seen, items, 20, np.random.default_rng(5), begun=begun)
    assert np.isfinite(unique).all()
    assert (unique >= 0).all()
    assert (unique <= items).all()
    assert (unique <= problems * (1 + 1e-9)).all()
