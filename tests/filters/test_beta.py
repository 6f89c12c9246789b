"""The Beta distribution against closed forms."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.beta import JEFFREYS, Beta, beta_cdf, beta_cdf_grid, beta_quantile

shapes = st.floats(0.05, 200)
places = st.floats(0, 1)
mirrored_places = st.integers(0, 1024).map(lambda part: part / 1024)  # 1 - x is exact


@given(st.integers(1, 60), st.integers(1, 60), st.fractions(0, 1, max_denominator=1000))
def test_whole_shapes_give_the_binomial_tail(a: int, b: int, x: Fraction) -> None:
    trials = a + b - 1
    tail = sum(math.comb(trials, wins) * x**wins * (1 - x) ** (trials - wins) for wins in range(a, trials + 1))
    assert beta_cdf(Beta(a, b), float(x)) == pytest.approx(float(tail), abs=1e-12)


@given(places)
def test_jeffreys_is_the_arcsine_law(x: float) -> None:
    assert beta_cdf(JEFFREYS, x) == pytest.approx(2 / math.pi * math.atan2(math.sqrt(x), math.sqrt(1 - x)), abs=1e-9)


@given(shapes, shapes, mirrored_places, mirrored_places)
def test_the_cdf_rises_and_mirrors(a: float, b: float, x: float, y: float) -> None:
    low, high = sorted((x, y))
    assert 0 <= beta_cdf(Beta(a, b), low) <= beta_cdf(Beta(a, b), high) + 1e-12
    assert beta_cdf(Beta(a, b), x) == pytest.approx(1 - beta_cdf(Beta(b, a), 1 - x), abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "x", "expected"),
    [(2, 3, 0.5, 0.6875), (1, 1, 0.3, 0.3), (3, 1, 0.2, 0.008), (1, 4, 0.25, 1 - 0.75**4), (0.5, 0.5, 0.5, 0.5)],
)
def test_known_values(a: float, b: float, x: float, expected: float) -> None:
    assert beta_cdf(Beta(a, b), x) == pytest.approx(expected, abs=1e-14)


@given(st.floats(0.1, 50), st.floats(0.1, 50), st.floats(0.01, 0.99))
def test_a_quantile_is_where_the_cdf_reaches_its_share(a: float, b: float, share: float) -> None:
    x = beta_quantile(Beta(a, b), share)
    assert beta_cdf(Beta(a, b), x - 2e-9) <= share <= beta_cdf(Beta(a, b), x + 2e-9)


@given(st.floats(0.05, 20), st.floats(0.05, 20), st.floats(-0.1, 1.1), st.integers(0, 40), st.integers(0, 40))
def test_the_grid_holds_the_cdf_of_every_posterior(a: float, b: float, x: float, wins: int, losses: int) -> None:
    grid = beta_cdf_grid(Beta(a, b), x, 40)
    assert grid[wins, losses] == pytest.approx(beta_cdf(Beta(a, b).after(wins, losses), x), abs=1e-11)
