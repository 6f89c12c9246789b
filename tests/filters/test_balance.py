"""After balancing, guessing one answer scores at most the bound, and no more rows went than that takes."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.balance import balanced, most_each
from filters.config import CurriculumConfig
from filters.curriculum import balanced_and_mixed
from filters.order import ORDERINGS
from schemas import CurriculumRow
from tests.filters.rows import row

COUNTS = st.lists(st.integers(1, 40), min_size=1, max_size=8)


def rows_of(counts: list[int], *, family: str = "a", level: int = 1, start: int = 0) -> list[CurriculumRow]:
    answers = [f"{answer}" for answer, count in enumerate(counts) for _ in range(count)]
    return [
        row(start + index, family=family, level=level, answer=answer, pass_rate=index % 7 / 7)
        for index, answer in enumerate(answers)
    ]


@given(COUNTS, st.integers(1, 100))
def test_it_keeps_the_most_that_the_bound_allows(counts: list[int], percent: int) -> None:
    bound = max(Fraction(percent, 100), Fraction(1, len(counts)))

    def fits(most: int) -> bool:
        kept = [min(count, most) for count in counts]
        return max(kept) <= bound * sum(kept)

    most = most_each(counts, percent / 100)
    assert fits(most)
    assert not any(fits(more) for more in range(most + 1, max(counts) + 1))


@given(COUNTS, COUNTS, st.sampled_from([0.05, 0.2, 0.5, 1.0]), st.integers(0, 2))
def test_guessing_a_constant_scores_at_most_the_bound_in_every_cell(
    one: list[int], other: list[int], most_common: float, seed: int
) -> None:
    rows = rows_of(one) + rows_of(other, level=2, start=1000)
    kept = balanced(rows, most_common, seed)
    assert [each for each in rows if each in kept] == kept
    for level, counts in ((1, one), (2, other)):
        answers = Counter(each.answer for each in kept if each.level == level)
        assert len(answers) == len(counts)  # every answer stays
        assert max(answers.values()) <= max(most_common, 1 / len(counts)) * answers.total() + 1e-9
    assert sorted(each.id for each in balanced(rows[::-1], most_common, seed)) == sorted(each.id for each in kept)


def test_what_is_balanced_already_stays_whole() -> None:
    rows = rows_of([10, 10, 10, 10, 10])
    assert balanced(rows, 0.2, 0) == rows


def test_a_two_way_question_comes_out_even() -> None:
    kept = balanced(rows_of([70, 30]), 0.2, 0)
    assert Counter(each.answer for each in kept) == {"0": 30, "1": 30}


def test_which_rows_stay_is_drawn_and_not_by_difficulty_or_place() -> None:
    rows = rows_of([300, 30, 30, 30, 30])
    first, second = (balanced(rows, 0.2, seed) for seed in (0, 1))
    assert len(first) == len(second) == 150
    assert first != second
    common = [each for each in first if each.answer == "0"]
    assert sum(each.pass_rate for each in common) / 30 == pytest.approx(3 / 7, abs=0.15)


def test_what_stays_of_a_common_answer_does_not_stand_first_in_the_shuffle() -> None:
    ordered = ORDERINGS["shuffled"](balanced(rows_of([3000, 100, 100, 100, 100]), 0.2, 0), 0)
    early = Counter(each.answer for each in ordered[:250])
    assert early["0"] == pytest.approx(50, abs=20)


@given(COUNTS, COUNTS, st.integers(0, 1))
def test_balance_and_mix_hold_together_and_what_went_is_said(one: list[int], other: list[int], seed: int) -> None:
    config = CurriculumConfig(most_common_answer=0.4, mix={"a": 0.6, "b": 0.4})
    rows = rows_of(one) + rows_of(other, family="b", start=1000)
    kept, left_out = balanced_and_mixed(rows, config, seed)
    assert sorted([each.id for each in kept] + [each.id for each in left_out]) == sorted(each.id for each in rows)
    assert balanced(kept, 0.4, seed) == kept
    families = Counter(each.family for each in kept)
    assert abs(families["a"] - 0.6 * len(kept)) <= 0.01 * len(kept) + 1e-9
    assert {each.cause for each in left_out} <= {"common_answer", "mix"}


def test_balance_and_mix_together_lose_little_of_many_rows() -> None:
    rows = rows_of([400, 150, 150, 150, 150]) + rows_of([250] * 8, family="b", start=1000)
    kept, left_out = balanced_and_mixed(
        rows, CurriculumConfig(most_common_answer=0.2, mix={"a": 0.5, "b": 0.5}), seed=0
    )
    families = Counter(each.family for each in kept)
    assert families["a"] == 750
    assert 740 <= families["b"] <= 780
    assert Counter((each.cause, each.family) for each in left_out) == {
        ("common_answer", "a"): 250,
        ("mix", "b"): 2000 - families["b"],
    }
    [example] = {each.detail for each in left_out if each.cause == "common_answer"}
    assert example == "its answer is that of 400 of the 1,000 tasks of its family and level"
