"""Process: what a step is worth is bounded however many steps there are."""

import math
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.preferences.confidence import Decode
from tests.trainer.rewards.groups import a_config, a_group, decode, rewarded_by
from trainer import tiny
from trainer.rewards.process import gated, process_credits, returns_of, weight_of
from trainer.rewards.settings import Process
from trainer.rollout import Group
from trainer.rows import rows_of

CLIP, DELTA = Process(kind="clip"), Process(kind="delta")


@given(scores=st.lists(st.floats(0, 1), min_size=1, max_size=20), needless=st.integers(1, 30))
def test_needless_true_steps_raise_the_sum_of_scores_and_not_what_steps_are_worth(
    scores: list[float], needless: int
) -> None:
    padded = [*scores, *[1.0] * needless]
    assert sum(padded) > sum(scores)
    assert returns_of(padded, CLIP)[: len(scores)] == pytest.approx(returns_of(scores, CLIP))
    assert returns_of(padded, DELTA)[: len(scores)] == pytest.approx(returns_of(scores, DELTA))
    for settings in (CLIP, DELTA):
        assert all(-1 <= value <= 1 + 1e-9 for value in returns_of(padded, settings))
    assert max(returns_of(padded, CLIP)) <= 0


SETTINGS = [Process(kind=kind, threshold=threshold) for kind in ("clip", "delta") for threshold in (0.5, 1.0)]


@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=12),
    settings=st.sampled_from(SETTINGS),
    right=st.booleans(),
    data=st.data(),
)
def test_repeating_steps_never_raises_what_any_step_is_worth(
    scores: list[float], settings: Process, right: bool, data: st.DataObject
) -> None:
    """A copy of any step, anywhere behind it, as often as one likes; gated or not."""
    places = list(range(len(scores)))
    longer = list(zip(scores, places, strict=True))
    for _ in range(data.draw(st.integers(1, 8))):
        copied = data.draw(st.integers(0, len(longer) - 1))
        longer.insert(data.draw(st.integers(copied + 1, len(longer))), (longer[copied][0], -1))
    before = returns_of(scores, settings)
    after = returns_of([score for score, _ in longer], settings)
    for told_before, told_after in ((before, after), (gated(before, right, settings), gated(after, right, settings))):
        kept = [value for value, (_, place) in zip(told_after, longer, strict=True) if place >= 0]
        assert all(now <= then + 1e-9 for now, then in zip(kept, told_before, strict=True))


@given(
    right=st.lists(st.floats(0, 1), min_size=1, max_size=8),
    wrong=st.lists(st.floats(0, 1), min_size=1, max_size=8),
    settings=st.sampled_from(SETTINGS),
)
def test_by_its_steps_alone_no_wrong_completion_is_worth_more_than_a_right_one(
    right: list[float], wrong: list[float], settings: Process
) -> None:
    above, below = (gated(returns_of(own, settings), side, settings) for own, side in ((right, True), (wrong, False)))
    assert min(above) >= 0 >= max(below)
    assert max(above) <= 0.5
    assert min(below) >= -0.5
    for own, side in ((right, above), (wrong, below)):
        plain = returns_of(own, settings)
        places = range(len(own))
        assert all(side[one] <= side[other] for one in places for other in places if plain[one] < plain[other])


def spoken(texts: list[str], scores: list[float | None]) -> Group:
    """A group in which every character of a text is a token."""
    group = a_group(scores, [len(text) for text in texts], texts)
    rollouts = [msgspec.structs.replace(rollout, token_ids=tuple(map(ord, rollout.text))) for rollout in group.rollouts]
    return msgspec.structs.replace(group, rollouts=tuple(rollouts))


TEXTS = ["1 + 1 = 2, 2 + 2 = 4, so 4", "1 + 1 = 2, 2 + 2 = 5, so 5", "1 + 1 = 3, 3 + 2 = 5, so 5", "4"]


def credited(kind: str, scores: list[float | None], **more: Any) -> Group:
    (made,) = rewarded_by([spoken(TEXTS, scores)], reward={"process": {"kind": kind, "weight": 0.4, **more}})
    return made


def test_a_false_step_is_pushed_down_from_its_cause_on_and_true_ones_up() -> None:
    made = credited("clip", [1.0, 0.0, 0.0, 1.0])
    true, late, early, silent = made.credits
    assert true[0] > 0 == true[-1]
    assert late[0] == late[15] < 0 == late[-1]
    assert early[0] < 0 < early[15]
    assert silent == ()
    delta = credited("delta", [1.0, 0.0, 0.0, 1.0])
    assert delta.credits[1][0] > 0 > delta.credits[1][15]
    assert made.rewards == delta.rewards == made.scores
    assert made.parts["process"] == (1.0, 0.5, 0.5, None)


@pytest.mark.parametrize("gate", [False, True])
@pytest.mark.parametrize("kind", ["clip", "delta"])
def test_credits_of_a_group_balance_and_stay_within_their_weight(kind: str, gate: bool) -> None:
    made = credited(kind, [1.0, None, 0.0, 1.0], gate=gate)
    assert made.credits[1] == ()
    values = [value for own in made.credits for value in own]
    assert sum(values) == pytest.approx(0)
    assert max(map(abs, values)) <= 0.4


def test_gated_credits_of_true_steps_are_less_where_the_answer_is_wrong() -> None:
    scores: list[float | None] = [1.0, 0.0, 0.0, 1.0]  # the first two texts begin with the same true step
    plain, own = (credited("delta", scores, gate=gate).credits for gate in (False, True))
    assert plain[0][0] == plain[1][0]
    assert own[0][0] > own[1][0] > own[1][15]


def test_steps_that_look_better_where_the_answer_is_wrong_weigh_less_and_all_of_them_fade() -> None:
    honest, inverted = spoken(TEXTS, [1.0, 0.0, 0.0, 1.0]), spoken(TEXTS, [0.0, 1.0, 1.0, 1.0])
    trusting = Process(kind="delta", weight=0.4, trust=True)
    assert weight_of(honest, trusting, 0) == 0.4
    assert weight_of(inverted, trusting, 0) == pytest.approx(0.4 * math.exp(0.5 - 1.0))
    assert weight_of(spoken(TEXTS, [0.0] * 4), trusting, 0) == 0.4
    assert weight_of(spoken(TEXTS, [0.0, None, 1.0, None]), trusting, 0) == pytest.approx(0.4 * math.exp(0.5 - 1.0))
    assert weight_of(spoken(TEXTS, [None, 1.0, 1.0, 1.0]), trusting, 0) == 0.4
    fading = Process(kind="delta", weight=0.4, fade=10)
    assert [weight_of(inverted, fading, step) for step in (0, 10)] == pytest.approx([0.4, 0.4 / math.e])
    assert weight_of(honest, fading, 1000) < 1e-9
    doubted, plain = (
        process_credits(inverted, kind, decode, "") for kind in (trusting, Process(kind="delta", weight=0.4))
    )
    assert max(map(abs, doubted[0])) < max(map(abs, plain[0]))


def test_a_group_that_is_alike_learns_from_steps_only_when_they_are_primary() -> None:
    config = a_config()
    alike = credited("clip", [0.0] * 4)
    assert not alike.teaches
    assert rows_of([alike], config) == []
    primary = credited("clip", [0.0] * 4, primary=True)
    assert primary.teaches
    rows = rows_of([primary], config)
    assert [tuple(row.advantages) for row in rows] == [own for own in primary.credits if own]


def test_credits_are_added_to_the_advantage_of_each_token() -> None:
    made = credited("clip", [1.0, 0.0, 0.0, 1.0])
    plain, taught = (rows_of([group], a_config()) for group in (spoken(TEXTS, [1.0, 0.0, 0.0, 1.0]), made))
    gained = [
        [now - before for now, before in zip(after.advantages, row.advantages, strict=True)]
        for row, after in zip(plain, taught, strict=True)
    ]
    assert [pytest.approx(own) for own in gained] == [*made.credits[:3], (0.0,)]


def test_a_step_has_the_tokens_that_spell_it_however_they_are_cut() -> None:
    """Tokens of several characters: one that spans the end of a step belongs to it."""
    rng, words, text = Random(3), list[str](), TEXTS[1]
    while text:
        size = rng.randint(1, 4)
        words.append(text[:size])
        text = text[size:]
    told = _values_of(tuple(range(len(words))), lambda ids: "".join(words[n] for n in ids))
    by_character = _values_of(tuple(map(ord, TEXTS[1])), decode)
    assert told == [by_character[len("".join(words[:place]))] for place in range(len(words))]


def test_a_real_tokenizer_s_tokens_are_found_behind_the_prefill() -> None:
    tokenizer = tiny.tokenizer()
    ids = tuple(tokenizer.encode("2+2=5, 3+4=7"))
    group = a_group([0.0, 1.0], [len(ids), 1], ["1+1=2, " + "2+2=5, 3+4=7", "1+1=2, 7"])
    wrong = msgspec.structs.replace(group.rollouts[0], token_ids=ids)
    group = msgspec.structs.replace(group, rollouts=(wrong, group.rollouts[1]))
    first, second = process_credits(group, CLIP, tokenizer.decode, "1+1=2, ")
    assert first[0] == first[4] < 0 < first[5] == first[-1]
    assert second == ()


def _values_of(token_ids: tuple[int, ...], read: Decode) -> list[float]:
    """The signs of the credits of one text with these tokens: its first step is true, its second is not."""
    group = a_group([0.0, 1.0], [len(token_ids), 1], [TEXTS[1], "4"])
    whole = msgspec.structs.replace(group.rollouts[0], token_ids=token_ids)
    group = msgspec.structs.replace(group, rollouts=(whole, group.rollouts[1]))
    (credits, _) = process_credits(group, DELTA, read, "")
    return [math.copysign(bool(credit), credit) for credit in credits]
