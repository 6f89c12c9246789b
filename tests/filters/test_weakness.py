"""What failed in a round gets more tasks in the next, within the band, and nothing is lost sight of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.aiming import Cell, CellKey, Evidence
from filters.weakness import (
    Allotment,
    Course,
    Visit,
    course_of,
    first_allotment,
    has_failed,
    next_allotment,
    same_again,
)

NAMES = ("sums", "words", "dates", "grids")
CELLS = [
    Cell(source=place, family=name, level=1, params={"name": name}, place=1.0, count=25)
    for place, name in enumerate(NAMES)
]
IN_BAND = Evidence(made=25, once=25, graded=25, in_band=10.0, solved=12.0)
HOPELESS = Evidence(made=25, once=25, graded=25, in_band=0.0, solved=0.2)


def allotted(failed: dict[str, int], hopeless: frozenset[str] = frozenset(), explore: float = 0.2) -> list[Allotment]:
    """The plan after a round in which so many of ten problems of each cell failed."""
    courses: dict[CellKey, Course] = {
        cell.key: Course(
            problems=10, failed=failed.get(cell.family, 0), accuracy=0.01 if cell.family in hopeless else 0.5
        )
        for cell in CELLS
    }
    seen = {cell.key: HOPELESS if cell.family in hopeless else IN_BAND for cell in CELLS}
    return next_allotment(CELLS, {cell.key: 25 for cell in CELLS}, courses, seen, explore, 0.2)


def counts(plan: list[Allotment]) -> dict[str, int]:
    return {each.family: each.count for each in plan}


def test_a_problem_fails_where_it_never_gets_far_and_does_not_rise() -> None:
    assert has_failed([(0, 0.0), (5, 0.0)])
    assert has_failed([(0, 0.25), (5, 0.0)])
    assert not has_failed([(0, 0.0), (5, 0.125)])
    assert not has_failed([(0, 0.5), (5, 0.0)])
    assert has_failed([(0, 0.25)])


def test_the_course_of_a_cell_is_worked_out_by_hand() -> None:
    visits = [
        Visit("rising", 0, 0, 4),
        Visit("rising", 10, 2, 4),
        Visit("stuck", 0, 1, 4),
        Visit("stuck", 10, 1, 4),
        Visit("seen once", 0, 4, 4),
        Visit("unjudged", 0, 0, 0),
    ]
    course = course_of(visits)
    assert (course.problems, course.failed) == (3, 1)
    assert course.accuracy == pytest.approx((0.5 + 0.25 + 1.0) / 3)
    assert course.slope == pytest.approx(0.025)  # 0.05 a step and none, each over the same steps
    assert course.failure == pytest.approx(1 / 3)
    assert course_of([]) == Course()


def test_the_budget_goes_where_problems_failed_and_leaves_a_floor_elsewhere() -> None:
    plan = allotted({"grids": 8})
    assert counts(plan) == {"sums": 5, "words": 5, "dates": 5, "grids": 85}
    assert [each.weak for each in plan] == [False, False, False, True]
    assert all(each.start == 25 for each in plan)


def test_the_budget_is_in_proportion_to_the_failure_ratio() -> None:
    plan = counts(allotted({"sums": 2, "words": 6}, explore=0.0))
    assert plan["sums"] == pytest.approx(25, abs=1)
    assert plan["words"] == pytest.approx(75, abs=2)
    assert min(plan.values()) >= 1


def test_what_is_hopeless_is_not_chosen_however_much_of_it_fails() -> None:
    plan = allotted({"sums": 2, "grids": 10}, hopeless=frozenset({"grids"}))
    assert counts(plan)["grids"] == 5
    assert counts(plan)["sums"] == 85
    assert not plan[3].weak


def test_what_the_training_has_brought_into_the_band_is_chosen_though_it_was_hopeless_before() -> None:
    courses = {cell.key: Course(problems=10, failed=5 * (cell.family == "grids"), accuracy=0.3) for cell in CELLS}
    plan = next_allotment(CELLS, {}, courses, {cell.key: HOPELESS for cell in CELLS}, 0.2, band_low=0.2)
    assert plan[3].near
    assert plan[3].count == 85


def test_where_nothing_failed_the_tasks_are_spread_as_the_config_says() -> None:
    assert set(counts(allotted({})).values()) == {25}
    assert set(counts(allotted({"grids": 9}, hopeless=frozenset({"grids"}))).values()) == {25}


def test_rounds_without_the_rule_go_on_in_each_stream() -> None:
    first = first_allotment(CELLS)
    assert [(each.start, each.stop) for each in first] == [(0, 25)] * 4
    again = same_again(CELLS, {cell.key: 25 for cell in CELLS})
    assert [(each.start, each.stop) for each in again] == [(25, 50)] * 4


@given(st.lists(st.integers(0, 10), min_size=4, max_size=4), st.sets(st.sampled_from(NAMES)), st.floats(0, 1))
def test_every_plan_has_all_tasks_and_one_of_each_cell(failed: list[int], hopeless: set[str], explore: float) -> None:
    plan = allotted(dict(zip(NAMES, failed, strict=True)), frozenset(hopeless), explore)
    assert sum(each.count for each in plan) == 100
    assert min(each.count for each in plan) >= 1
