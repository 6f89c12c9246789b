"""Exploration, exploitation and the balance score, against numbers worked out by hand."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from filters.exploring import ExploreConfig, best, tried
from filters.monitors import balance, balance_score, commonest, differing, majority, monitors
from schemas import Rollout


def rollout(text: str, right: bool | None, task: str = "t", sample: int = 0, answer: str | None = None) -> Rollout:
    return Rollout(
        task_id=task,
        sample=sample,
        model="m",
        revision="r",
        engine="transformers",
        sampling={},
        seed=0,
        text=text,
        prompt_tokens=1,
        completion_tokens=1,
        token_ids=(1,),
        logprobs=(0.0,),
        mean_logprob=0.0,
        finish="stop",
        score=None if right is None else float(right),
        reason="correct" if right else "wrong",
        detail="",
        extracted=answer or text.strip() or None,
        found="answer_tag",
    )


def group(task: str, *told: tuple[str, bool]) -> list[Rollout]:
    return [rollout(text, right, task, sample) for sample, (text, right) in enumerate(told)]


WON = group("won", ("7", True), ("7", True), ("7 ", True), ("5", False))
"""Three right ones of four, told in one way but for blanks; the vote is right."""
LOST = group("lost", ("9", True), ("8", False), ("8", False), ("6", False))
"""One right one of four, which the vote overlooks."""


def test_every_number_of_two_tasks_is_the_one_worked_out_by_hand() -> None:
    seen = monitors([WON, LOST], wanted=2)
    assert (seen.tasks, seen.samples) == (2, 4.0)
    assert seen.pass_at == {1: 0.5, 2: 0.75, 4: 1.0}  # k = 2: 1 and 1 - 3/6
    assert seen.vote == 0.5
    assert seen.variety == pytest.approx((3 / 6 + 5 / 6) / 2)  # of 6 pairs 3 and 5 differ
    assert seen.right_variety == 0.0
    assert seen.distinct == 1.0
    assert seen.balance == pytest.approx((1.0 + 0.5) / 2)  # min(3/2, 1) * 3/3 and min(1/2, 1) * 1/1
    assert seen.exploration == 0.5
    assert seen.exploitation == 0.0
    assert seen.best is None


@pytest.mark.parametrize(
    ("right", "selected", "wanted", "score"),
    [(4, 8, 8, 0.25), (8, 8, 8, 1.0), (16, 32, 8, 0.5), (0, 4, 8, 0.0), (0, 0, 8, 0.0), (2, 4, 4, 0.25)],
)
def test_the_balance_score_of_one_task(right: int, selected: int, wanted: int, score: float) -> None:
    assert balance_score(right, selected, wanted) == score


def test_the_balance_score_is_the_mean_over_tasks_of_what_is_selected() -> None:
    assert balance([WON, LOST], "vote", wanted=2) == pytest.approx((1.0 + 0.0) / 2)
    assert balance([], "verifier") is None


def test_what_a_value_models_favourites_gain_counts_as_exploitation_instead_of_the_votes() -> None:
    seen = monitors([WON, LOST], best=1.0)
    assert (seen.best, seen.exploitation) == (1.0, 0.5)
    assert monitors([LOST], best=1.0).exploitation == 0.75


def test_samples_without_a_verdict_are_left_aside() -> None:
    undecided = rollout("?", None, "won", 9)
    assert monitors([[*WON, undecided], [undecided]]) == monitors([WON])
    assert monitors([[undecided]]).pass_at == {}


def test_two_ways_to_the_answer_differ_and_blanks_do_not() -> None:
    told = [rollout("2+5=7", True, answer="7"), rollout("5+2 = 7", True, answer="7"), rollout(" 2+5=7\n", True)]
    assert differing(told) == pytest.approx(2 / 3)
    assert differing(told[:1]) is None


def test_a_tie_of_the_vote_is_half_a_point_and_the_first_one_is_selected() -> None:
    tied = group("tied", ("1", True), ("2", False))
    assert majority(tied) == 0.5
    assert [one.text for one in commonest(tied)] == ["1"]
    assert commonest([msgspec.structs.replace(tied[0], extracted=None)]) == []


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=9), min_size=1, max_size=6))
def test_shares_lie_in_their_ranges_and_more_samples_never_reach_less(scores: Sequence[Sequence[bool]]) -> None:
    groups = [group(str(place), *((str(right), right) for right in own)) for place, own in enumerate(scores)]
    seen = monitors(groups)
    reached = [seen.pass_at[k] for k in sorted(seen.pass_at)]
    assert reached == sorted(reached)
    told = (*reached, seen.vote, seen.variety, seen.right_variety, seen.balance)
    assert all(0 <= value <= 1 + 1e-12 for value in told if value is not None)


def test_the_grid_takes_the_first_samples_and_the_best_setting_is_the_cheapest_of_equals() -> None:
    config = ExploreConfig(temperatures=[0.7, 1.0], samples=[4, 2], wanted=2)
    cold, warm = tried(0.7, [WON, LOST], config), tried(1.0, [LOST, LOST], config)
    assert [(each.samples, each.balance) for each in cold] == [(2, 0.75), (4, 0.75)]
    assert [each.balance for each in warm] == [0.5, 0.5]
    assert best([*warm, *cold]) == cold[0]


@pytest.mark.parametrize("wrong", [{"temperatures": [0.0]}, {"samples": [1]}, {"select": "prm"}, {"wanted": 0}])
def test_a_grid_that_says_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ExploreConfig.model_validate(wrong)
