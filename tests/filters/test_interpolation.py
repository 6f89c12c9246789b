"""Parameters between rungs: allowed by their family, makeable, and added only where the band lies between two cells."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.aiming import Cell, CellKey, Evidence
from filters.interpolation import FEWEST_TASKS, cells_between, params_between
from generators.registry import family_named, family_names
from generators.stream import Segment, tasks_of
from schemas import jsontext

BAND = (0.2, 0.8)
CHAIN = "arithmetic.chain"


def rungs(family: str, levels: tuple[int, ...]) -> list[Cell]:
    ladder = family_named(family).levels
    return [
        Cell(
            source=0,
            family=family,
            level=level,
            params=msgspec.to_builtins(ladder[level - 1]),
            place=float(level),
            count=5,
        )
        for level in levels
    ]


def rated(cells: list[Cell], rates: list[float | None], graded: int = 10) -> dict[CellKey, Evidence]:
    return {
        cell.key: Evidence(made=graded, once=graded, graded=graded, solved=graded * rate)
        for cell, rate in zip(cells, rates, strict=True)
        if rate is not None
    }


@pytest.mark.parametrize("family", family_names())
def test_between_most_rungs_lie_parameters_that_make_tasks(family: str) -> None:
    ladder = [msgspec.to_builtins(params) for params in family_named(family).levels]
    found = 0
    for easier, harder in pairwise(ladder):
        for params in params_between(family, easier, harder):
            found += 1
            assert all(type(value) is type(easier[name]) for name, value in params.items())
            for name, value in params.items():
                if type(value) is int:
                    assert min(easier[name], harder[name]) <= value <= max(easier[name], harder[name])
                elif not isinstance(value, float):
                    assert value in (easier[name], harder[name])
            segment = Segment(family=family, level=0, params=params, seed=5, start=0, stop=2)
            assert {jsontext.dumps(task.params) for task in tasks_of(segment)} == {jsontext.dumps(params)}
    assert found >= len(ladder) // 2


@given(low=st.integers(2, 100), high=st.integers(2, 100))
def test_whole_numbers_are_halved_and_odd_differences_go_either_way(low: int, high: int) -> None:
    halves = [params["terms"] for params in params_between(CHAIN, {"terms": low}, {"terms": high})]
    assert sorted(halves) == [(low + high) // 2, (low + high + 1) // 2]


def test_what_has_no_half_is_the_easier_and_the_harder_one_by_turns() -> None:
    easier: dict[str, Any] = {"terms": 3, "digits": 1, "operators": "+-"}
    harder: dict[str, Any] = {"terms": 4, "digits": 2, "operators": "+-*"}
    first, second = params_between(CHAIN, easier, harder)
    assert (first["terms"], first["digits"], first["operators"]) == (3, 2, "+-")
    assert (second["terms"], second["digits"], second["operators"]) == (4, 1, "+-*")


def test_a_cell_is_added_where_the_pass_rate_falls_through_the_band() -> None:
    cells = rungs(CHAIN, (2, 5, 7))
    [added] = cells_between(cells, rated(cells, [0.95, 0.9, 0.05]), BAND, [0])
    assert (added.level, added.place, added.count) == (0, 6.0, 5)
    assert added.key not in {cell.key for cell in cells}


def test_asking_again_halves_the_gap_until_nothing_lies_between() -> None:
    cells = rungs(CHAIN, (4, 10))
    seen = rated(cells, [1.0, 0.0])
    places = []
    while added := cells_between(cells, seen, BAND, [0]):
        cells += added
        places.append(added[0].place)
        seen |= rated(added, [0.0])
        assert len(places) < 40
    assert places[:3] == [7.0, 5.5, 4.75]
    assert len({cell.key for cell in cells}) == len(cells)


@pytest.mark.parametrize(
    "rates",
    [
        [0.9, 0.9, 0.85],  # all too easy
        [0.1, 0.0, 0.0],  # all too hard
        [0.7, 0.6, 0.4],  # the band is met already
        [0.9, None, 0.1],  # what lies between is not known yet
        [0.1, 0.2, 0.9],  # the ladder is upside down
    ],
)
def test_otherwise_no_cell_is_added(rates: list[float | None]) -> None:
    cells = rungs(CHAIN, (2, 5, 7))
    assert cells_between(cells, rated(cells, rates), BAND, [0]) == []


def test_a_few_tasks_do_not_tell_a_pass_rate() -> None:
    cells = rungs(CHAIN, (2, 5))
    assert cells_between(cells, rated(cells, [1.0, 0.0], graded=FEWEST_TASKS - 1), BAND, [0]) == []
    assert len(cells_between(cells, rated(cells, [1.0, 0.0], graded=FEWEST_TASKS), BAND, [0])) == 1


def test_neither_a_rung_nor_a_cell_without_enough_problems_is_added() -> None:
    digits = rungs("arithmetic.reversed_addition", (1, 3))
    assert [cell.params for cell in digits] == [{"digits": 1}, {"digits": 3}]
    assert cells_between(digits, rated(digits, [1.0, 0.0]), BAND, [0]) == []
    sums = rungs(CHAIN, (1, 2))
    assert len(cells_between(sums, rated(sums, [1.0, 0.0]), BAND, [0])) == 1
    assert cells_between(sums, rated(sums, [1.0, 0.0]), BAND, [300]) == []
