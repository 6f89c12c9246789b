"""Worked solutions: what they say on the way is true, checked by other means than those that wrote them."""

import re
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from generators.calendar.questions import WEEKDAYS, Count, Later, Leap, Shift, Step
from generators.calendar.worked import worked
from generators.cores.constraint.by_hand import filled_in
from generators.cores.constraint.number_grid import givens
from generators.family import make_instance, make_task
from generators.grids.sudoku import rules_of
from generators.registry import family_named
from generators.worked import worked_solution

NUMBER = r"\(?(-?[0-9]+(?:/[0-9]+)?)\)?"
EQUATION = re.compile(r"(?<![a-z0-9])((?:-?[0-9]*[a-z])(?: [-+] [0-9]*[a-z])*) = (-?[0-9]+(?:/[0-9]+)?)(?! *[a-z0-9/])")
OPERATION = re.compile(rf"{NUMBER} ([-+*/]) {NUMBER} = {NUMBER}")


def instances(name: str, count: int = 4) -> list[Any]:
    family = family_named(name)
    return [make_instance(family, params, 11, index) for params in family.levels for index in range(count)]


def test_every_operation_of_a_chain_is_right() -> None:
    steps = family_named("arithmetic.chain").steps
    assert steps is not None
    for instance in instances("arithmetic.chain"):
        for step in steps(instance):
            match = OPERATION.match(step)
            assert match is not None, step
            left, right, result = map(Fraction, match.group(1, 3, 4))
            does = {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right else None}
            assert does[match[2]] == result, step


def test_every_line_of_a_base_conversion_is_right() -> None:
    steps = family_named("numbers.base_conversion").steps
    assert steps is not None
    for instance in instances("numbers.base_conversion"):
        for step in steps(instance):
            if match := re.match(r"Digit \w: (\d+) \* (\d+) \+ (\d+) = (\d+)", step):
                value, base, worth, result = map(int, match.groups())
                assert value * base + worth == result
            else:
                match = re.match(r"(\d+) / (\d+) = (\d+), remainder (\d+): digit (\w)", step)
                assert match is not None, step
                value, base, rest, last = map(int, match.group(1, 2, 3, 4))
                assert (rest * base + last, last) == (value, int(match[5], 36))


@pytest.mark.parametrize("name", ["grids.sudoku", "grids.futoshiki"])
def test_a_grid_is_filled_in_once_and_rightly(name: str) -> None:
    steps = family_named(name).steps
    assert steps is not None
    for instance in instances(name, 1):
        told = [list(map(int, re.findall(r"[0-9]+", step)))[:3] for step in steps(instance)]
        places = [(row, column) for row, column, _ in told]
        empty = [(r, c) for r, row in enumerate(instance.puzzle, 1) for c, n in enumerate(row, 1) if not n]
        assert sorted(places) == empty
        assert all(instance.solution[row - 1][column - 1] == number for row, column, number in told)


def test_the_reasons_of_a_sudoku_hold() -> None:
    """What stands already is all that is looked at here: no candidates are kept from one cell to the next."""
    reasons = set()
    for instance in instances("grids.sudoku", 1):
        size, rules = instance.size, rules_of(instance.box_rows, instance.box_columns)
        cells = [number - 1 for row in instance.puzzle for number in row]
        solution = [number - 1 for row in instance.solution for number in row]

        def fits(variable: int, value: int, rules: Any = rules, cells: list[int] = cells) -> bool:
            return cells[variable] < 0 and all(cells[other] != value for other in rules.neighbours[variable])

        for variable, value, group in filled_in(rules, givens(instance.puzzle), solution):
            if group == -1:
                assert [other for other in range(size) if fits(variable, other)] == [value]
            elif group is not None:
                assert [other for other in rules.covering[group] if fits(other, value)] == [variable]
            reasons.add(group is None or min(group, 0))
            cells[variable] = value
    assert reasons == {True, -1, 0}


def test_a_linear_system_tells_equations_that_hold_at_its_solution() -> None:
    steps = family_named("algebra.linear_systems").steps
    assert steps is not None
    gold = family_named("algebra.linear_systems").gold
    for instance in instances("algebra.linear_systems"):
        at = {name: Fraction(value) for name, value in (each.split(" = ") for each in gold(instance).split(", "))}
        for step in steps(instance):
            assert EQUATION.search(step), step
            for left, right in EQUATION.findall(step):
                terms = re.findall(r"(-?)([0-9]*)([a-z])", left.replace(" ", ""))
                value = sum(Fraction(f"{sign}{size or 1}") * at[name] for sign, size, name in terms)
                assert value == Fraction(right), step


def test_dates_on_the_way() -> None:
    shift = Shift(start="2024-01-31", steps=(Step("months", 1), Step("weekday", 0)), asks="weekday")
    assert worked(shift) == (
        "Go 1 month forward: 2024-02-29.",
        "Go to the next Monday: 2024-03-04.",
        "2024-03-04 is 63 days after 1 January, which is 9 weeks and 0 days.",
        "1 January 2024 is a Monday. The answer is Monday",
    )
    assert worked(Later(weekday=2, days=-9))[-1] == "So it is 2 days before Wednesday. The answer is Monday"


@pytest.mark.parametrize("days", [0, 1, 5, 6, 7, 20, 100])
def test_counted_weekdays(days: int) -> None:
    first = date(2023, 12, 29)
    every = [first + timedelta(days=number) for number in range(days + 1)]
    for weekday in range(7):
        question = Count(first=first.isoformat(), last=every[-1].isoformat(), weekday=weekday)
        steps = worked(question)
        found = [day for day in every if day.weekday() == weekday]
        assert steps[-1].endswith(f"The answer is {len(found)}")
        assert f"the first {WEEKDAYS[weekday]}" in steps[0]
        assert not found or found[0].isoformat() in steps[0]


def test_leap_years_by_multiples() -> None:
    fours, hundreds, again = worked(Leap(first=1896, last=2104))
    assert "53 years are multiples of 4." in fours
    assert hundreds.startswith("3 of them")
    assert again.startswith("but 1 of these")
    assert again.endswith("The answer is 51")


def test_a_task_tells_its_solution_and_one_of_another_version_none() -> None:
    task = make_task(family_named("arithmetic.reversed_addition"), level=2, seed=0, index=0)
    told = worked_solution(task)
    assert len(told) == 3
    assert told[-1].endswith(f"the sum is {task.answer}")
    assert worked_solution(msgspec.structs.replace(task, version=99)) == ()
    assert worked_solution(msgspec.structs.replace(task, payload={"left": 1})) == ()
    assert worked_solution(make_task(family_named("logic.zebra"), level=1, seed=0, index=0)) == ()
