"""Group advantages, by hand."""

import pytest

from trainer.advantage import STD_FLOOR, group_advantages, varies


def test_a_group_is_centred_and_divided_by_its_unbiased_deviation() -> None:
    assert group_advantages([1.0, 0.0, 0.0, 1.0], by_std=False) == [0.5, -0.5, -0.5, 0.5]
    divided = group_advantages([1.0, 0.0, 0.0, 1.0], by_std=True)
    assert divided == pytest.approx([0.8660254, -0.8660254, -0.8660254, 0.8660254])  # 0.5 / sqrt(1/3)


@pytest.mark.parametrize("by_std", [True, False])
@pytest.mark.parametrize("score", [0.0, 1.0, 0.1, 1 / 3])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_a_group_without_variance_gets_exact_zeros(by_std: bool, score: float, size: int) -> None:
    assert group_advantages([score] * size, by_std=by_std) == [0.0] * size


def test_undecided_scores_are_no_part_of_the_group() -> None:
    with_one = group_advantages([1.0, None, 0.0, 0.0], by_std=True)
    without = group_advantages([1.0, 0.0, 0.0], by_std=True)
    assert with_one == [without[0], 0.0, without[1], without[2]]


def test_an_undecided_score_makes_no_variance() -> None:
    assert not varies([1.0, None, 1.0])
    assert not varies([None, None])
    assert not varies([1.0, None])
    assert group_advantages([1.0, None, 1.0], by_std=True) == [0.0, 0.0, 0.0]
    assert group_advantages([None, None], by_std=True) == [0.0, 0.0]


def test_a_group_that_differs_by_rounding_is_not_blown_up() -> None:
    advantages = group_advantages([0.3, 0.1 + 0.2], by_std=True)
    assert max(map(abs, advantages)) < 1e-16 / STD_FLOOR
