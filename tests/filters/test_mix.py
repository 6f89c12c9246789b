"""The largest training split with the wanted shares: against trying every choice, and on rows."""

from collections import Counter
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from filters.config import CurriculumConfig
from filters.mix import TOLERANCE, largest_mix, mixed
from tests.filters.rows import row

SHARES = st.lists(st.integers(1, 10), min_size=1, max_size=3).map(
    lambda weights: {"abc"[place]: weight / sum(weights) for place, weight in enumerate(weights)}
)


def within(counts: dict[str, int], shares: dict[str, float]) -> bool:
    total = sum(counts.values())
    wanted = {name: Fraction(share).limit_denominator(10**6) for name, share in shares.items()}
    return all(abs(counts[name] - wanted[name] * total) <= TOLERANCE * total for name in shares)


@settings(deadline=None)
@given(SHARES, st.data())
def test_no_other_choice_with_the_shares_is_larger(shares: dict[str, float], data: st.DataObject) -> None:
    available = {name: data.draw(st.integers(0, 14), label=name) for name in shares}
    counts = largest_mix(available, shares)
    assert all(0 <= counts[name] <= available[name] for name in shares)
    assert within(counts, shares)
    others = (dict(zip(shares, each, strict=True)) for each in product(*(range(top + 1) for top in available.values())))
    assert sum(counts.values()) == max(sum(other.values()) for other in others if within(other, shares))


@given(SHARES, st.lists(st.integers(1000, 9000), min_size=3, max_size=3))
def test_many_rows_are_used_up_until_one_group_is_empty(shares: dict[str, float], sizes: list[int]) -> None:
    available = dict(zip(shares, sizes, strict=False))
    counts = largest_mix(available, shares)
    assert within(counts, shares)
    assert any(counts[name] == available[name] for name in shares)


@pytest.mark.parametrize(
    ("available", "shares", "counts"),
    [
        ({"a": 500, "b": 500}, {"a": 0.5, "b": 0.5}, {"a": 500, "b": 500}),
        ({"a": 70, "b": 30}, {"a": 0.7, "b": 0.3}, {"a": 70, "b": 30}),
        ({"a": 490, "b": 510}, {"a": 0.5, "b": 0.5}, {"a": 490, "b": 510}),  # 49 % is within 1 % of 50 %
        ({"a": 480, "b": 520}, {"a": 0.5, "b": 0.5}, {"a": 480, "b": 499}),
        ({"a": 9, "b": 0}, {"a": 0.5, "b": 0.5}, {"a": 0, "b": 0}),
        ({"a": 7}, {"a": 1.0}, {"a": 7}),
    ],
)
def test_exact_counts(available: dict[str, int], shares: dict[str, float], counts: dict[str, int]) -> None:
    assert largest_mix(available, shares) == counts


def test_many_groups_of_very_unequal_sizes_are_soon_mixed() -> None:
    shares = {f"{group:03}": 0.01 for group in range(100)}
    counts = largest_mix({name: 10**6 if name == "000" else 10 for name in shares}, shares)
    assert within(counts, shares)
    assert sum(counts.values()) == 990 + counts["000"]
    assert counts["000"] == 20  # 2 % of 1,010: a share of 1 % may be 2 %


def test_the_order_in_which_shares_are_given_changes_nothing() -> None:
    available, shares = {"a": 10, "b": 10, "c": 10}, {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}
    for size in range(1, 10):
        available["b"] = size
        assert largest_mix(available, shares) == largest_mix(available, dict(reversed(shares.items())))


def test_a_family_is_counted_before_its_domain_and_what_has_no_share_goes() -> None:
    rows = [row(index, family="sudoku", domain="logic") for index in range(100)]
    rows += [row(100 + index, family="zebra", domain="logic") for index in range(100)]
    rows += [row(200 + index, family="chain", domain="maths") for index in range(100)]
    kept = mixed(rows, {"sudoku": 0.2, "logic": 0.8}, seed=1)
    assert Counter(each.family for each in kept) == {"sudoku": 26, "zebra": 100}
    assert mixed(rows[::-1], {"sudoku": 0.2, "logic": 0.8}, seed=1) == kept[::-1]


def test_thinning_keeps_levels_and_answers_in_proportion() -> None:
    rows = [row(index, family="a", level=1 + index % 3, answer=str(index // 3 % 4)) for index in range(1200)]
    rows += [row(1200 + index, family="b") for index in range(300)]
    kept = [each for each in mixed(rows, {"a": 0.5, "b": 0.5}, seed=4) if each.family == "a"]
    assert len(kept) == 312
    cells = Counter((each.level, each.answer) for each in kept)
    assert set(cells.values()) == {26}
    assert mixed(rows, {"a": 0.5, "b": 0.5}, seed=5) != mixed(rows, {"a": 0.5, "b": 0.5}, seed=4)


@pytest.mark.parametrize(
    ("mix", "message"),
    [
        ({"a": 0.5, "b": 0.4}, r"the shares make 0\.9 and must make 1"),
        ({"a": 1.0, "b": 0.0}, "greater than 0"),
        ({"a": 1.5}, "less than or equal to 1"),
    ],
)
def test_wrong_shares_are_refused(mix: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CurriculumConfig.model_validate({"mix": mix})
