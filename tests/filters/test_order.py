"""Every ordering holds each row once, whatever order they come in, and has the property it is named for."""

from math import ceil

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.order import CYCLES, ORDERINGS, OrderName
from schemas import CurriculumRow
from tests.filters.rows import row


@st.composite
def rows(draw: st.DrawFn) -> list[CurriculumRow]:
    rates = draw(st.lists(st.floats(0, 1), max_size=60))
    return [
        row(index, family=draw(st.sampled_from(["a", "b", "c"])), pass_rate=rate) for index, rate in enumerate(rates)
    ]


def rates(ordered: list[CurriculumRow]) -> list[float]:
    return [each.pass_rate for each in ordered]


@pytest.mark.parametrize("name", sorted(ORDERINGS))
@given(given_rows=rows(), seed=st.integers(0, 3), shuffle=st.randoms(use_true_random=False))
def test_an_ordering_is_a_permutation_that_the_rows_and_the_seed_alone_decide(
    name: OrderName, given_rows: list[CurriculumRow], seed: int, shuffle: st.DataObject
) -> None:
    ordered = ORDERINGS[name](given_rows, seed)
    assert sorted(each.id for each in ordered) == sorted(each.id for each in given_rows)
    mixed = list(given_rows)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert ORDERINGS[name](iter(mixed), seed) == ordered


@given(rows())
def test_learnability_starts_with_the_most_learnable(given_rows: list[CurriculumRow]) -> None:
    learnable = [rate * (1 - rate) for rate in rates(ORDERINGS["learnability"](given_rows, 0))]
    assert learnable == sorted(learnable, reverse=True)


def test_learnability_prefers_a_half_to_either_end() -> None:
    ordered = ORDERINGS["learnability"]([row(0, pass_rate=0.9), row(1, pass_rate=0.5), row(2, pass_rate=0.2)], 0)
    assert rates(ordered) == [0.5, 0.2, 0.9]


@given(rows(), st.integers(0, 3))
def test_staged_ends_with_a_quarter_of_hard_rows_the_hardest_last(given_rows: list[CurriculumRow], seed: int) -> None:
    ordered = rates(ORDERINGS["staged"](given_rows, seed))
    hard = ordered[len(ordered) - ceil((len(ordered) // 2) / 2) :]
    assert hard == sorted(hard, reverse=True)
    if hard:
        assert hard[-1] == min(ordered)
        assert hard[0] <= sorted(ordered)[len(ordered) // 2]


def test_the_broad_stage_covers_the_whole_range_in_every_family() -> None:
    many = [row(index, family="ab"[index // 2 % 2], pass_rate=index / 400) for index in range(400)]
    broad = ORDERINGS["staged"](many, 5)[:300]
    assert {int(each.pass_rate * 10) for each in broad[:150]} == set(range(10))
    for start in range(0, 300, 30):  # each family has its share of every stretch
        assert abs(sum(each.family == "a" for each in broad[start : start + 30]) - 15) <= 1


@given(rows(), st.integers(0, 3))
def test_each_cycle_opens_at_its_easiest_quarter_and_widens_to_all(given_rows: list[CurriculumRow], seed: int) -> None:
    ordered = ORDERINGS["cyclical"](given_rows, seed)
    end = 0
    for cycle in range(CYCLES):
        size = len(range(cycle, len(given_rows), CYCLES))
        own = rates(ordered[end : end + size])
        easiest_first = sorted(own, reverse=True)
        for step, rate in enumerate(own):
            assert rate >= easiest_first[min(size, ceil(size / 4 + 1.5 * step)) - 1]
        end += size


def test_cycles_are_alike_and_each_goes_from_easy_to_the_full_range() -> None:
    many = [row(index, pass_rate=index / 400) for index in range(400)]
    ordered = rates(ORDERINGS["cyclical"](many, 1))
    for start in range(0, 400, 100):
        cycle = ordered[start : start + 100]
        assert sum(cycle) / 100 == pytest.approx(0.5, abs=0.01)
        assert sum(cycle[:10]) / 10 > 0.7 > 0.55 > sum(cycle[50:]) / 50
        assert min(cycle[50:]) < 0.05 < 0.6 < max(cycle[50:])


@given(rows())
def test_interleaving_holds_each_familys_share_in_every_prefix(given_rows: list[CurriculumRow]) -> None:
    ordered = ORDERINGS["interleaved"](given_rows, 0)
    for family in ("a", "b", "c"):
        share = sum(each.family == family for each in ordered) / max(1, len(ordered))
        for end in range(len(ordered) + 1):
            assert abs(sum(each.family == family for each in ordered[:end]) - share * end) <= 2


def test_the_pass_rate_alone_decides_not_the_place_on_the_ladder() -> None:
    hard_rung = msgspec.structs.replace(row(0, pass_rate=0.9), level=8)
    assert ORDERINGS["easy_to_hard"]([row(1, pass_rate=0.5), hard_rung], 0)[0] == hard_rung
