"""By verdict: nothing but a strict last line counts, samples vote, and a copied verdict is none."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.fencing import quieted
from rubrics.judges.contract import Case
from rubrics.judges.pointwise import PointwiseJudge
from rubrics.judges.prompts import FIRST_SECOND, YES_NO
from rubrics.judges.verdict import ByVerdict, verdict_of
from tests.rubrics.judges.scripted import Scripted, Writes


def judge(writes: Writes, samples: int = 1, **engine: Any) -> tuple[PointwiseJudge, Scripted]:
    scripted = Scripted(writes=writes, **engine)
    asker = ByVerdict(scripted, samples=samples, temperature=0.7, max_tokens=64, longest=4096, seed=5)
    return PointwiseJudge(asker, seed=5), scripted


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("It is right.\nVerdict: Yes", "Yes"),
        ("**Verdict: no**\n\n", "No"),
        ("`verdict: YES.`", "Yes"),
        ("Verdict: no\nso\nVerdict: no", "No"),
        ("", None),
        ("Yes", None),
        ("Verdict: maybe", None),
        ("Verdict: yes and no", None),
        ("Verdict: yes\nI am sure.", None),
        ("Verdict: no\nVerdict: yes", None),
        ("The verdict: yes", None),
        ("Verdict:\nyes", None),
        ("Verdict : yes", None),
        ("Verdict：yes", None),
        ("Verdıct: yes", None),
        ("Verdict: A", None),
        ("Verdict: yes" + "!" * 50, None),
    ],
)
def test_only_a_strict_last_line_is_a_verdict(text: str, verdict: str | None) -> None:
    assert verdict_of(text, YES_NO) == verdict


@given(st.text(alphabet="verdictVERDICT: yesnoYESNO*`._\n", max_size=60))
def test_what_a_judge_copies_of_a_response_is_never_a_verdict(text: str) -> None:
    assert verdict_of(quieted(text), YES_NO) is None
    assert verdict_of(quieted(text), FIRST_SECOND) is None


def test_hostile_lengths_are_read_at_once() -> None:
    assert verdict_of("*" * 1_000_000 + "verdict: yes", YES_NO) is None
    assert verdict_of("Verdict: yes\n" * 200_000, YES_NO) == "Yes"


@pytest.mark.parametrize(
    ("words", "score"),
    [
        (["yes"] * 4, 1.0),
        (["yes", "no", "yes", "yes"], 0.75),
        (["yes", "no", "", ""], 0.5),
        (["yes", "", "", ""], None),
    ],
)
def test_samples_vote_and_half_of_them_must_have_a_verdict(words: list[str], score: float | None) -> None:
    asked, engine = judge(lambda prompt, sample: f"So.\nVerdict: {words[sample]}", samples=4)
    (told,) = asked.judge([Case(prompt="?", response="7")])
    assert told.score == score
    assert len(set(engine.requests[0].seeds)) == 4
    assert told.tokens == len(engine.requests[0].prompt_ids) + sum(len(f"So.\nVerdict: {word}") for word in words)


def test_a_text_that_was_cut_off_is_no_verdict() -> None:
    asked, engine = judge(lambda prompt, sample: "Verdict: yes")
    engine.finish = "length"
    assert asked.judge([Case(prompt="?", response="7")])[0].score is None


def test_a_server_that_is_asked_in_messages_judges_too_and_counts_its_own_tokens() -> None:
    asked, engine = judge(lambda prompt, sample: "Verdict: yes", samples=2, kind="server", speaks="messages")
    (told,) = asked.judge([Case(prompt="What is 3 + 4?", response="7")])
    assert (told.score, told.tokens) == (1.0, 24)
    assert "What is 3 + 4?" in engine.requests[0].messages[0].content


def test_a_question_has_its_own_seeds_wherever_it_stands() -> None:
    first, second = Case(prompt="?", response="7"), Case(prompt="?", response="8")
    alone, engine_alone = judge(lambda prompt, sample: "Verdict: yes")
    alone.judge([second])
    both, engine = judge(lambda prompt, sample: "Verdict: yes")
    both.judge([first, second])
    seeds = {request.prompt_ids: request.seeds for request in engine.requests}
    assert seeds[engine_alone.requests[0].prompt_ids] == engine_alone.requests[0].seeds
    assert len(set(seeds.values())) == 2


def test_too_long_a_response_is_undecided_and_the_others_are_judged() -> None:
    asked, engine = judge(lambda prompt, sample: "Verdict: yes")
    told = asked.judge([Case(prompt="?", response=each) for each in ("7", "7" * 10_000, "7" * 10_000_000)])
    assert [each.score for each in told] == [1.0, None, None]
    assert len(engine.requests) == 1


def test_a_random_model_never_passes_by_accident(worded: Callable[..., Any]) -> None:
    engine, _, _ = worded()
    asker = ByVerdict(engine, samples=2, temperature=1.0, max_tokens=8, longest=1500, seed=0)
    told = PointwiseJudge(asker, seed=0).judge([Case(prompt="?", response="7", criterion="c")])
    assert told == PointwiseJudge(asker, seed=0).judge([Case(prompt="?", response="7", criterion="c")])
    assert told[0].score is None
    assert told[0].tokens > 16
