"""How many different problems a rung can make."""

import doctest
from random import Random

import pytest

from generators import saturation as module
from generators.registry import family_named
from generators.saturation import saturation, saturation_of


def test_the_example_in_its_docstring_holds() -> None:
    assert doctest.testmod(module).failed == 0


def test_the_estimate_is_near_the_truth_where_much_repeats() -> None:
    rng = Random(5)
    for size in (30, 200):
        report = saturation_of([str(rng.randrange(size)) for _ in range(300)])
        assert report.made == 300
        assert report.distinct <= size
        assert report.estimate == pytest.approx(size, rel=0.25)


def test_it_says_many_where_nothing_repeats() -> None:
    report = saturation_of([str(number) for number in range(100)])
    assert report.distinct == 100
    assert report.estimate > 2000


def test_a_tiny_rung_is_seen_to_be_tiny() -> None:
    low = saturation(family_named("numbers.base_conversion"), level=1, seed=0, count=400)
    high = saturation(family_named("numbers.base_conversion"), level=8, seed=0, count=400)
    assert low.estimate < 400 < high.estimate
    assert high.distinct > 390
