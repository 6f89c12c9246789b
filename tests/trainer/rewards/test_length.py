"""Length: each variant by what its paper promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.rewards.groups import LONGEST, a_config, a_group, rewarded_by
from trainer.advantage import advantages
from trainer.rewards.length import budget_at
from trainer.rewards.settings import BudgetLength
from trainer.rows import rows_of

OVERLONG = {"length": {"kind": "overlong", "buffer": 40}}
GATED = {"length": {"kind": "gated", "from_right": 0.7}}
DECOUPLED = {"length": {"kind": "decoupled", "temperature": 0.2}}
BUDGET = {"length": {"kind": "budget", "first": 40, "least": 10, "decay": 0.5, "steps": 10}}


def test_an_overlong_completion_costs_reward_only_beside_one_that_is_not_like_it() -> None:
    unlike = a_group([1.0, 1.0, 0.0], [100, 80, 3])
    alike = a_group([1.0, 1.0, 1.0], [100, 80, 3])
    made = rewarded_by([unlike, alike], reward=OVERLONG)
    assert made[0].rewards == [0.0, 0.5, 0.0]
    assert made[1].rewards == [1.0, 1.0, 1.0]


def test_a_gated_penalty_is_for_groups_that_are_mostly_right() -> None:
    lengths = [10, 20, 30, 40]
    easy, hard = a_group([1.0, 1.0, 1.0, 0.0], lengths), a_group([1.0, 1.0, 0.0, 0.0], lengths)
    made = rewarded_by([easy, hard], reward=GATED)
    short, middle, long, wrong = (value for value in made[0].parts["length"] if value is not None)
    assert -1 < long < middle < short < 0 == wrong
    assert middle == pytest.approx(-0.5)
    assert made[1].rewards == made[1].scores


def test_a_gated_penalty_on_groups_all_right_needs_to_be_primary() -> None:
    group = a_group([1.0, 1.0], [10, 20])
    (shape,) = rewarded_by([group], reward=GATED)
    assert shape.rewards == [1.0, 1.0]
    (primary,) = rewarded_by([group], reward={"length": {"kind": "gated", "primary": True}})
    assert primary.rewards[0] > primary.rewards[1]
    (wrong,) = rewarded_by([a_group([0.0, 0.0], [10, 20])], reward={"length": {"kind": "gated", "primary": True}})
    assert wrong.rewards == [0.0, 0.0]


def test_a_budget_shrinks_and_then_stays() -> None:
    settings = BudgetLength.model_validate(BUDGET["length"])
    assert [budget_at(step, settings) for step in (1, 10, 11, 20, 21, 31, 400)] == [40, 40, 20, 20, 10, 10, 10]
    group = a_group([1.0, 1.0, 1.0, 0.0], [10, 30, 60, 10])
    first, late = (rewarded_by([group], step=step, reward=BUDGET)[0].parts["length"] for step in (1, 11))
    assert first == (0.0, 0.0, -0.5, 0.0)
    assert late == (0.0, -0.5, -1.0, 0.0)


def by_added_penalty(scores: list[float], lengths: list[int]) -> list[float]:
    """What GRPO makes of right completions whose length is taken off their reward."""
    rewards = [score - score * length / LONGEST for score, length in zip(scores, lengths, strict=True)]
    (made,) = advantages([rewards], "group_std")
    return made


def test_a_long_right_completion_is_pushed_down_by_an_added_penalty_and_not_when_decoupled() -> None:
    scores, lengths = [1.0, 1.0, 1.0, 0.0], [5, 5, 95, 5]
    assert by_added_penalty(scores, lengths)[2] < 0
    (group,) = rewarded_by([a_group(scores, lengths)], reward=DECOUPLED)
    made = {len(row.token_ids): row.advantages[0] for row in rows_of([group], a_config(reward=DECOUPLED))[1:]}
    assert 0 < made[95] < 0.1


@given(
    rollouts=st.lists(
        st.tuples(st.none() | st.sampled_from([0.0, 0.3, 1.0]), st.integers(1, 200)), min_size=2, max_size=9
    )
)
def test_decoupled_length_turns_no_sign_and_keeps_what_right_ones_weigh(
    rollouts: list[tuple[float | None, int]],
) -> None:
    scores, lengths = [score for score, _ in rollouts], [length for _, length in rollouts]
    (group,) = rewarded_by([a_group(scores, lengths)], reward=DECOUPLED)
    assert group.rewards == scores
    right = [place for place, score in enumerate(scores) if score == 1.0]
    assert all(factor == 1 for place, factor in enumerate(group.factors) if place not in right)
    assert all(group.factors[place] > 0 for place in right)
    if right:
        assert sum(group.factors[place] for place in right) == pytest.approx(len(right))
    by_length = sorted(right, key=lambda place: lengths[place])
    factors = [group.factors[place] for place in by_length]
    assert factors == sorted(factors, reverse=True)


def test_a_buffer_longer_than_completions_is_refused() -> None:
    with pytest.raises(ValueError, match="more than max_tokens"):
        a_config(reward={"length": {"kind": "overlong", "buffer": LONGEST + 1}})
