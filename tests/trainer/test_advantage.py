"""Advantages, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.advantage import STD_FLOOR, Baseline, advantages, varies

BASELINES: tuple[Baseline, ...] = ("group", "group_std", "update_std", "leave_one_out")


def one(scores: list[float | None], baseline: Baseline) -> list[float]:
    return advantages([scores], baseline)[0]


def test_a_group_is_centred_and_divided_by_its_unbiased_deviation() -> None:
    assert one([1.0, 0.0, 0.0, 1.0], "group") == [0.5, -0.5, -0.5, 0.5]
    divided = one([1.0, 0.0, 0.0, 1.0], "group_std")
    assert divided == pytest.approx([0.8660254, -0.8660254, -0.8660254, 0.8660254])  # 0.5 / sqrt(1/3)


def test_leaving_one_out_compares_with_the_mean_of_the_others() -> None:
    assert one([1.0, 0.0, 0.0, 0.5], "leave_one_out") == pytest.approx([1 - 1 / 6, -0.5, -0.5, 0.5 - 1 / 3])


def test_the_deviation_of_an_update_is_over_all_its_groups_that_vary() -> None:
    made = advantages([[1.0, 0.0], [1.0, 1.0], [0.0, 0.4, 0.8]], "update_std")
    scale = ((2 * 0.5**2 + 2 * 0.4**2) / 4) ** 0.5
    assert made[0] == pytest.approx([0.5 / scale, -0.5 / scale])
    assert made[1] == [0.0, 0.0]
    assert made[2] == pytest.approx([-0.4 / scale, 0.0, 0.4 / scale])


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("score", [0.0, 1.0, 0.1, 1 / 3])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_a_group_without_variance_gets_exact_zeros(baseline: Baseline, score: float, size: int) -> None:
    assert advantages([[score] * size, [0.0, 1.0]], baseline)[0] == [0.0] * size


def test_undecided_scores_are_no_part_of_the_group() -> None:
    with_one = one([1.0, None, 0.0, 0.0], "group_std")
    without = one([1.0, 0.0, 0.0], "group_std")
    assert with_one == [without[0], 0.0, without[1], without[2]]


def test_an_undecided_score_makes_no_variance() -> None:
    assert not varies([1.0, None, 1.0])
    assert not varies([None, None])
    assert not varies([1.0, None])
    assert one([1.0, None, 1.0], "group_std") == [0.0, 0.0, 0.0]
    assert one([None, None], "group_std") == [0.0, 0.0]


def test_a_group_that_differs_by_rounding_is_not_blown_up() -> None:
    assert max(map(abs, one([0.3, 0.1 + 0.2], "group_std"))) < 1e-16 / STD_FLOOR


groups = st.lists(st.lists(st.none() | st.floats(0, 1), min_size=2, max_size=6), min_size=1, max_size=4)


@given(groups, st.sampled_from(BASELINES))
def test_every_group_is_balanced_and_every_score_answered(scores: list[list[float | None]], baseline: Baseline) -> None:
    made = advantages(scores, baseline)
    for group, own in zip(scores, made, strict=True):
        assert len(own) == len(group)
        assert sum(own) == pytest.approx(0.0, abs=1e-6 * max(1.0, max(map(abs, own))))
        assert all(value == 0.0 for score, value in zip(group, own, strict=True) if score is None)


@given(groups, st.sampled_from(BASELINES), st.floats(0, 2))
def test_only_advantages_below_zero_are_reweighed(
    scores: list[list[float | None]], baseline: Baseline, weight: float
) -> None:
    plain, reweighed = advantages(scores, baseline), advantages(scores, baseline, negative_weight=weight)
    for before, after in zip(plain, reweighed, strict=True):
        assert after == pytest.approx([value * weight if value < 0 else value for value in before])
