"""Traces and pairs from stored responses: right ones only, each once, the same whatever order they come in."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.family import make_task
from generators.preferences.config import PairConfig, TraceConfig
from generators.preferences.likeness import nearness
from generators.preferences.pairs import pairs_of
from generators.preferences.temporal import temporal_pairs
from generators.preferences.traces import traces_of
from generators.registry import family_named
from generators.verify import verify
from schemas import Rollout
from tests.generators.preferences.responses import TASK, groups, response

CONFIDENCES = st.dictionaries(st.integers(0, 11), st.floats(0, 1), max_size=12)
CHOICES = st.sampled_from(["shortest", "confident", "different"])


@given(made=groups(), choose=CHOICES, per_task=st.integers(1, 4), confidences=CONFIDENCES, rng=st.randoms())
def test_traces_are_right_whole_and_distinct_in_whatever_order_they_come(
    made: list[Rollout], choose: Any, per_task: int, confidences: dict[int, float], rng: Any
) -> None:
    config = TraceConfig(per_task=per_task, choose=choose)
    traces = traces_of(TASK, made, config, confidences)
    by_sample = {rollout.sample: rollout for rollout in made}
    right = {" ".join(r.text.lower().split()) for r in made if r.score == 1.0 and r.finish == "stop"}
    assert len(traces) == min(per_task, len(right))
    assert len({trace.completion for trace in traces}) == len(traces)
    assert all(by_sample[t.sample].score == 1.0 and by_sample[t.sample].finish == "stop" for t in traces)
    assert all(trace.right == sum(r.score == 1.0 for r in made) and trace.samples == len(made) for trace in traces)
    rng.shuffle(made)
    assert traces_of(TASK, made, config, confidences) == traces


def test_traces_can_be_short_sure_or_unlike() -> None:
    made = [
        response(sample=0, text="first a then b <answer>1</answer>", completion_tokens=9),
        response(sample=1, text="first a then b, <answer>1</answer>", completion_tokens=3),
        response(sample=2, text="by halves: 1/2 + 1/2 <answer>1</answer>", completion_tokens=12),
    ]
    chosen = {
        choose: [trace.sample for trace in traces_of(TASK, made, TraceConfig(per_task=2, choose=choose), {2: 0.9})]
        for choose in ("shortest", "confident", "different")
    }
    assert chosen == {"shortest": [1, 0], "confident": [2, 1], "different": [1, 2]}


@given(
    made=groups(),
    per_task=st.integers(1, 4),
    margin=st.floats(0.1, 1),
    unfinished=st.booleans(),
    confidences=CONFIDENCES,
    rng=st.randoms(),
)
def test_a_chosen_response_is_right_and_a_rejected_one_never(
    made: list[Rollout], per_task: int, margin: float, unfinished: bool, confidences: dict[int, float], rng: Any
) -> None:
    config = PairConfig(per_task=per_task, margin=margin, unfinished=unfinished)
    pairs = pairs_of(TASK, made, config, confidences)
    by_sample = {rollout.sample: rollout for rollout in made}
    for pair in pairs:
        better, worse = by_sample[pair.chosen_sample], by_sample[pair.rejected_sample]
        assert better.score == 1.0
        assert better.finish == "stop"
        assert worse.score is not None
        assert worse.score <= 1 - margin
        assert unfinished or worse.finish == "stop"
        assert pair.margin == 1.0 - worse.score
        assert (pair.kind == "partial") == (worse.score > 0)
    used = [sample for pair in pairs for sample in (pair.chosen_sample, pair.rejected_sample)]
    assert len(set(used)) == len(used)
    assert len(pairs) <= per_task
    rng.shuffle(made)
    assert pairs_of(TASK, made, config, confidences) == pairs


def test_the_sure_the_near_and_the_equally_long_come_first() -> None:
    right = response(sample=0, text="r", completion_tokens=10)
    wrongs = {
        1: response(sample=1, text="a", extracted="9999", completion_tokens=10),
        2: response(sample=2, text="b", extracted=TASK.answer + "0", completion_tokens=10),
        3: response(sample=3, text="c", extracted="9999", completion_tokens=40),
    }
    made = [right, *(msgspec.structs.replace(each, score=0.0, reason="wrong") for each in wrongs.values())]

    def first(confidences: dict[int, float], *factors: Any) -> int:
        [pair] = pairs_of(TASK, made, PairConfig(per_task=1, factors=list(factors)), confidences)
        return pair.rejected_sample

    assert first({}, "nearness", "length") == 2
    assert first({1: 0.2, 2: 0.2, 3: 0.9}, "confidence") == 3
    assert first({1: 0.9, 2: 0.2, 3: 0.9}, "confidence", "length") == 1


def test_a_wrong_answer_by_little_is_a_near_miss_and_ties_are_two_right_ones() -> None:
    made = [
        response(sample=0, text="r", extracted=TASK.answer),
        response(sample=1, text="s", extracted=TASK.answer),
        response(sample=2, text="t", extracted=TASK.answer + "0", score=0.0, reason="wrong"),
        response(sample=3, text="u", extracted=None, score=0.0, reason="missing"),
    ]
    kinds = {pair.rejected_sample: pair.kind for pair in pairs_of(TASK, made, PairConfig(ties=1), {})}
    assert kinds == {2: "near_miss", 3: "wrong", 1: "tie"}


def test_temporal_pairs_choose_from_the_newer_model_and_reject_from_the_older() -> None:
    older = [response(sample=n, text=f"old {n}", score=float(n > 1), revision="old") for n in range(3)]
    newer = [response(sample=n, text=f"new {n}", score=float(n > 1), revision="new") for n in range(3)]
    pairs = temporal_pairs(TASK, older, newer, PairConfig(), {}, {})
    assert [(pair.chosen_revision, pair.chosen_sample, pair.rejected_revision) for pair in pairs] == [("new", 2, "old")]
    assert pairs[0].kind == "temporal"


def test_a_response_that_was_cut_off_hides_no_whole_one_of_the_same_text() -> None:
    made = [
        response(sample=0, text="r", finish="length"),
        response(sample=1, text="R"),
        response(sample=2, text="w", score=None, reason="timeout"),
        response(sample=3, text="w", score=0.0, reason="wrong"),
    ]
    assert [(each.chosen_sample, each.rejected_sample) for each in pairs_of(TASK, made, PairConfig(), {})] == [(1, 3)]
    older = [msgspec.structs.replace(each, revision="old") for each in made]
    temporal = temporal_pairs(TASK, older, made, PairConfig(), {}, {})
    assert [(each.chosen_sample, each.rejected_sample) for each in temporal] == [(1, 3)]


def test_samples_of_two_models_with_the_same_numbers_are_not_taken_for_one() -> None:
    newer = [response(sample=n, text=f"new {n}", model="a") for n in range(2)]
    older = [response(sample=n, text=f"old {n}", model="b", score=0.0, reason="wrong") for n in range(2)]
    pairs = temporal_pairs(TASK, older, newer, PairConfig(), {}, {})
    assert sorted((each.chosen_sample, each.rejected_sample) for each in pairs) == [(0, 0), (1, 1)]


def test_rollouts_of_other_tasks_and_of_several_models_are_refused() -> None:
    with pytest.raises(ValueError, match="other tasks"):
        traces_of(TASK, [response(task_id="another")], TraceConfig(), {})
    with pytest.raises(ValueError, match="several models"):
        pairs_of(TASK, [response(), response(sample=1, text="b", revision="other")], PairConfig(), {})


@given(st.text(max_size=60), st.text(max_size=60))
def test_nearness_is_one_for_the_same_and_never_out_of_range(left: str, right: str) -> None:
    assert nearness(left, left) == 1.0
    assert 0 <= nearness(left, right) <= 1


def worked(*lines: str, sample: int) -> Rollout:
    text = "\n".join([*lines, f"<answer>{TASK.answer}</answer>"])
    return response(sample=sample, text=text, extracted=TASK.answer)


# The problem is 9 + 2 + 7.
SOUND, UNSOUND = ("9 + 2 = 11", "11 + 7 = 18"), ("9 + 2 = 12", "12 + 7 = 18")


def test_a_right_answer_by_a_false_step_loses_to_one_by_true_steps_and_is_chosen_nowhere() -> None:
    assert TASK.answer == "18"
    wrong = response(sample=3, text="w", extracted="17", score=0.0, reason="wrong")
    made = [worked(*SOUND, sample=0), worked(*UNSOUND, sample=1), worked(sample=2), wrong]
    pairs = pairs_of(TASK, made, PairConfig(ties=2), {})
    assert [(each.kind, each.chosen_sample, each.rejected_sample) for each in pairs] == [
        ("near_miss", 2, 3),
        ("unsound", 0, 1),
        ("tie", 0, 2),
    ]
    assert (pairs[1].chosen_score, pairs[1].rejected_score, pairs[1].margin) == (1.0, 1.0, 0.0)
    assert [trace.sample for trace in traces_of(TASK, made, TraceConfig(), {})] == [0, 2]


def test_without_steps_that_can_be_read_nothing_is_unsound() -> None:
    silent, unsound = worked(sample=0), worked(*UNSOUND, sample=1)
    assert pairs_of(TASK, [silent, unsound], PairConfig(), {}) == []
    assert pairs_of(TASK, [worked(*SOUND, sample=0), unsound], PairConfig(unsound=0), {}) == []


def test_an_answer_that_a_second_check_calls_wrong_is_no_side_of_an_unsound_pair() -> None:
    made = [worked(*SOUND, sample=0), worked(*UNSOUND, sample=1)]
    assert [each.kind for each in pairs_of(TASK, made, PairConfig(), {})] == ["unsound"]
    doubted = [msgspec.structs.replace(each, extracted="17") for each in made]  # as a verifier that errs would have it
    assert pairs_of(TASK, doubted, PairConfig(), {}) == []


def test_attacks_are_rejected_beside_a_right_response_and_are_wrong() -> None:
    task = make_task(family_named("arithmetic.chain"), level=2, seed=1, index=0)
    text = f"It is <answer>{task.answer}</answer>"
    made = [response(task_id=task.id, sample=0, text=text, score=1.0, completion_tokens=10)]
    pairs = pairs_of(task, made, PairConfig(attacks=3), {})
    assert [(pair.kind, pair.chosen_sample, pair.rejected_sample) for pair in pairs] == [("attack", 0, -1)] * 3
    assert all(pair.chosen[0].content == text for pair in pairs)
    assert all(verify(task, pair.rejected[0].content).score == 0.0 for pair in pairs)
    assert len({pair.method for pair in pairs}) == 3
    assert pairs_of(task, made, PairConfig(), {}) == []
