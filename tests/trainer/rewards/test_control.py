"""Negative controls: what is rewarded is not what the verifier says, and what the verifier says stays known."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.rewards.groups import a_group, rewarded_by
from trainer.config import TrainConfig
from trainer.loop import train
from trainer.record import read_findings, read_metrics
from trainer.rewards.control import controlled
from trainer.rewards.settings import ControlConfig
from trainer.rollout import Group

KINDS = ["random", "flipped", "inverted", "format_only"]
MALFORMED = "<answer>1</answer> or not"


def many(count: int, score: float = 1.0) -> list[Group]:
    return [a_group([score] * 10, task=number) for number in range(count)]


def scores_under(groups: list[Group], kind: str, share: float = 1.0, seed: int = 0) -> list[list[float | None]]:
    control = ControlConfig.model_validate({"kind": kind, "share": share})
    return [group.scores for group in controlled(groups, control, seed)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_verifiers_scores_stay_where_they_are(kind: str) -> None:
    group = a_group([1.0, 0.0, None, 0.5], texts=["<answer>1</answer>"] * 3 + [MALFORMED])
    (made,) = rewarded_by([group], control={"kind": kind})
    assert made.scores == group.scores
    assert made.rollouts == group.rollouts
    assert made.rewards == list(made.parts["correctness"])
    assert made.rewards != made.scores


def test_what_each_control_rewards() -> None:
    group = a_group([1.0, 0.0, 0.25, 1.0], texts=["<answer>1</answer>"] * 3 + [MALFORMED])
    assert scores_under([group], "flipped") == [[0.0, 1.0, 0.75, 0.0]]
    assert scores_under([group], "inverted") == [[0.0, 1.0, 0.75, 0.0]]
    assert scores_under([group], "format_only") == [[1.0, 1.0, 1.0, 0.0]]
    assert {score for scores in scores_under(many(10), "random") for score in scores} == {0.0, 1.0}


@given(
    kind=st.sampled_from(KINDS),
    share=st.floats(0.01, 1),
    seed=st.integers(0, 5),
    scores=st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=8),
)
def test_a_control_keeps_to_the_range_leaves_undecided_ones_and_is_the_same_twice(
    kind: str, share: float, seed: int, scores: list[float | None]
) -> None:
    group = a_group(scores)
    (told,) = scores_under([group], kind, share, seed)
    assert [score is None for score in told] == [score is None for score in scores]
    assert all(0 <= score <= 1 for score in told if score is not None)
    assert scores_under([a_group([0.0], task=1), group], kind, share, seed)[1] == told


def test_noise_is_of_completions_and_a_wrong_key_is_of_tasks() -> None:
    groups = many(100)
    flipped = scores_under(groups, "flipped", 0.3)
    assert 0.26 < sum(score == 0.0 for scores in flipped for score in scores) / 1000 < 0.34
    assert sum(len(set(scores)) == 2 for scores in flipped) > 80
    inverted = scores_under(groups, "inverted", 0.3)
    assert all(len(set(scores)) == 1 for scores in inverted)
    assert 0.15 < sum(scores[0] == 0.0 for scores in inverted) / 100 < 0.45
    assert scores_under(groups, "inverted", 0.3)[7:9] == inverted[7:9]
    assert scores_under(groups, "flipped", 0.3, seed=1) != flipped


def test_random_rewards_do_not_depend_on_what_is_right() -> None:
    assert scores_under(many(20, 1.0), "random") == scores_under(many(20, 0.0), "random")


def test_other_components_see_the_control_and_not_the_verifier() -> None:
    """A length that only right completions pay for would tell what is right."""
    group = a_group([1.0, 1.0, 1.0, 0.0], lengths=[10, 20, 30, 40])
    length = {"length": {"kind": "gated", "from_right": 0.25}}
    (made,) = rewarded_by([group], reward=length, control={"kind": "inverted"})
    assert made.parts["length"] == (0.0, 0.0, 0.0, -0.5)


ARun = Callable[..., TrainConfig]


def test_a_group_that_is_all_wrong_learns_from_a_control(a_run: ARun) -> None:
    config = a_run("run", steps=3, control={"kind": "random"}, evaluation=None)
    summary = train(config)
    lines = read_metrics(Path(config.output))
    assert [line.reward_mean for line in lines] == [0.0] * 3  # a random model is never right
    assert sum(line.rewards["correctness"].mean or 0.0 for line in lines) > 0
    assert summary.updates > 0
    assert {line.control for line in lines} == {"random, share 1"}
    assert [found.rule for found in read_findings(Path(config.output))].count("negative control") == 1
