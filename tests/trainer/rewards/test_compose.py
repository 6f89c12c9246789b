"""Components put together: bounds, what may teach by itself, and what is written down."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.trainer.rewards.groups import a_config, a_group, rewarded_by
from trainer.advantage import varies
from trainer.rewards.compose import COMPONENTS
from trainer.rewards.settings import RewardConfig
from trainer.rewards.shares import reward_parts

OVERLONG: dict[str, Any] = {"kind": "overlong", "buffer": 40}


def test_without_a_word_on_rewards_the_scores_are_the_rewards() -> None:
    group = a_group([1.0, None, 0.5])
    (made,) = rewarded_by([group])
    assert made is group
    assert made.rewards == [1.0, None, 0.5]
    assert reward_parts([made], RewardConfig()) == {}


def test_every_component_has_its_settings() -> None:
    sections = set(RewardConfig.model_fields) - {"correctness", "outweigh"}
    assert sections == COMPONENTS.keys()


@pytest.mark.parametrize(
    ("reward", "said"),
    [
        ({"length": OVERLONG | {"weight": 1.5}}, "up to 1.5 and correctness by 1.* outweigh: true"),
        ({"correctness": 0.5, "length": OVERLONG}, "up to 1 and correctness by 0.5"),
        ({"correctness": 0, "length": OVERLONG}, "primary"),
        ({"correctness": 0}, "primary"),
    ],
)
def test_rewards_that_would_teach_wrong_answers_are_refused(reward: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        a_config(reward=reward)


def test_rewards_that_could_teach_wrong_answers_can_be_asked_for() -> None:
    (made,) = rewarded_by(
        [a_group([1.0, 0.0], [100, 1])], reward={"length": OVERLONG | {"weight": 3}, "outweigh": True}
    )
    assert made.rewards == [-2.0, 0.0]
    (alone,) = rewarded_by(
        [a_group([1.0, 0.0, None], [60, 80, 1])], reward={"correctness": 0, "length": OVERLONG | {"primary": True}}
    )
    assert alone.rewards == [0.0, -0.5, None]


def test_shapes_do_not_teach_where_the_verifier_sees_no_difference() -> None:
    group = a_group([0.0, 0.0], [60, 100])
    (shaped,) = rewarded_by([group], reward={"length": OVERLONG})
    assert not varies(shaped.rewards)
    (primary,) = rewarded_by([group], reward={"length": OVERLONG | {"primary": True}})
    assert varies(primary.rewards)


def test_shares_of_variance_make_one() -> None:
    groups = rewarded_by(
        [a_group([1.0, 0.0, None, 1.0], [60, 80, 1, 100]), a_group([0.0, 0.0], [60, 100])], reward={"length": OVERLONG}
    )
    parts = reward_parts(groups, a_config(reward={"length": OVERLONG}).reward)
    assert sum(part.share or 0.0 for part in parts.values()) == pytest.approx(1)
    assert parts["correctness"].mean == pytest.approx(0.4)
    assert parts["length"].mean == pytest.approx(-2.5 / 5)
    assert parts["length"].shape
    assert not parts["correctness"].shape


def test_a_component_that_is_not_added_has_no_share() -> None:
    reward = {"length": {"kind": "decoupled"}}
    parts = reward_parts(rewarded_by([a_group([1.0, 0.0], [20, 9])], reward=reward), a_config(reward=reward).reward)
    assert (parts["length"].mean, parts["length"].share) == (pytest.approx(0.8), None)


RIGHT_OR_WRONG = st.none() | st.sampled_from([0.0, 1.0])
LENGTHS = st.integers(0, 300)


def assert_right_is_never_below_wrong(reward: dict[str, Any], rollouts: list[tuple[float | None, int, str]]) -> None:
    scores, lengths, texts = ([*column] for column in zip(*rollouts, strict=True))
    (made,) = rewarded_by([a_group(scores, lengths, texts)], reward=reward)
    assert [reward is None for reward in made.rewards] == [score is None for score in scores]
    told = list(zip(scores, made.rewards, strict=True))
    right = [reward for score, reward in told if score == 1.0 and reward is not None]
    wrong = [reward for score, reward in told if score == 0.0 and reward is not None]
    assert not right or not wrong or min(right) >= max(wrong) - 1e-9
    for name, values in made.parts.items():
        known = [value for value in values if value is not None]
        span = (
            RewardConfig.model_validate(reward).added[name].span if name in made.parts and name != "correctness" else 1
        )
        assert not known or max(known) - min(known) <= span + 1e-9


@given(
    length=st.sampled_from(
        [
            OVERLONG,
            {"kind": "gated", "from_right": 0.3, "weight": 1.0},
            {"kind": "budget", "first": 7, "weight": 1.0},
        ]
    ),
    rollouts=st.lists(st.tuples(RIGHT_OR_WRONG, LENGTHS, st.just("")), min_size=2, max_size=8),
)
def test_no_wrong_answer_earns_more_than_a_right_one(
    length: dict[str, Any], rollouts: list[tuple[float | None, int, str]]
) -> None:
    assert_right_is_never_below_wrong({"length": length}, rollouts)
