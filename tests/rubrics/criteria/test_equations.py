"""Equations are read and judged, and what can't be read is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.family import level_params, make_instance
from generators.registry import family_named
from rubrics.criteria.equations import LONGEST_TEXT, MOST_EQUATIONS, equations

READ = {
    "1. 3 + 4 = 7": [True],
    "so 1,234 + 1 = 1,235.": [True],
    "1/3 + 1/6 = 1/2": [True],
    "3 × (4 - 5) = -3": [True],
    "2 + 2 = 4; 5 + 5 = 11": [True, False],
    "3 + 4 = 7 + 5 = 12": [True],
    "6 / 4 = 1.5 and 10 / 3 = 3.3": [True, True],
    "10 / 3 = 3.4": [False],
    "n - 3 + 5 = 9, 2a3 + 4 = 7, 7 = 7, x = 3": [],
    "2^3 = 8, 5 / 0 = 1, 9 / 2 = 4, remainder 1": [],
}


@pytest.mark.parametrize(("text", "truths"), READ.items())
def test_what_is_read_as_an_equation(text: str, truths: list[bool]) -> None:
    assert [equation.true for equation in equations(text)] == truths


@pytest.mark.parametrize("name", ["arithmetic.chain", "numbers.base_conversion"])
def test_worked_solutions_of_families_are_true_and_one_changed_number_is_found(name: str) -> None:
    family = family_named(name)
    assert family.steps is not None
    found = 0
    for level in range(1, len(family.levels) + 1):
        text = "\n".join(family.steps(make_instance(family, level_params(family, level), 3, level)))
        told = equations(text)
        assert all(equation.true for equation in told)
        found += len(told)
        for number, equation in enumerate(told[:3]):
            wrong = text[: equation.end] + "7" + text[equation.end :]
            assert [other.true for other in equations(wrong)][number] is False
    assert found > 20


@pytest.mark.parametrize(
    "hostile",
    ["1+" * 100_000 + "=1", "(" * 100_000 + "=3", "= 1" * 70_000, "1 + 1 = 2, " * 20_000, "9" * 10**6 + " + 1 = 2"],
)
def test_hostile_text_is_answered_and_bounded(hostile: str) -> None:
    assert len(equations(hostile)) <= MOST_EQUATIONS  # a pattern that backtracks would never get here


@given(st.text(alphabet="0123456789+-*/=().,x× \n", max_size=300))
def test_anything_is_read_and_ends_lie_in_the_text_in_order(text: str) -> None:
    ends = [equation.end for equation in equations(text)]
    assert ends == sorted(set(ends))
    assert all(0 < end <= min(len(text), LONGEST_TEXT) for end in ends)
