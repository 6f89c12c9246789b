"""The tokens of the final answer are found in whatever way a tokenizer cuts a text."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.extraction import extract
from generators.preferences.confidence import answer_confidence, token_span
from schemas import Found
from tests.generators.preferences.responses import response


@given(pieces=st.lists(st.text("ab é", min_size=1, max_size=4), min_size=1, max_size=12), data=st.data())
def test_a_span_covers_the_characters_and_no_token_more(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    start = data.draw(st.integers(0, len(text) - 1))
    stop = data.draw(st.integers(start + 1, len(text)))

    def decode(ids: object) -> str:
        return "".join(pieces[place] for place in ids)  # type: ignore[attr-defined]

    first, last = token_span(range(len(pieces)), start, stop, decode)
    ends = [len(decode(range(count))) for count in range(len(pieces) + 1)]
    assert ends[first] <= start < ends[first + 1]
    assert ends[last - 1] < stop <= ends[last]


def test_confidence_is_the_mean_probability_of_the_answers_tokens() -> None:
    pieces = ["so ", "<answer>", "1", "2", "</answer>"]
    made = response(
        text="well, " + "".join(pieces),
        sampling={"prefill": "well, "},
        token_ids=tuple(range(5)),
        logprobs=(-9.0, -9.0, log(0.5), log(0.25), -9.0),
        extracted="12",
    )

    def decode(ids: object) -> str:
        return "".join(pieces[place] for place in ids)  # type: ignore[attr-defined]

    told = answer_confidence(made, decode)
    assert told is not None
    assert abs(told - 0.375) < 1e-12


def test_confidence_is_unknown_without_an_answer_without_tokens_and_where_it_was_put_into_the_mouth() -> None:
    def decode(ids: object) -> str:
        return ""

    assert answer_confidence(response(extracted=None, logprobs=(-1.0,)), decode) is None
    assert answer_confidence(response(), decode) is None
    put = response(text="12", sampling={"prefill": "12"}, extracted="12", logprobs=(-1.0,), token_ids=(1,))
    assert answer_confidence(put, decode) is None


@pytest.mark.parametrize(
    ("found", "pieces", "place"),
    [
        ("answer_tag", ["is it 12? ", "<answer>", "12", "</answer>", ", for 12", " is 3 * 4"], 2),
        ("boxed", ["12 is", "\\boxed{", "12", "}", ", so 12"], 2),
        ("fence", ["12:", "```\n", "12", "\n```", " and 12"], 2),
        ("answer_line", ["12?\n", "Answer: ", "12", ".\n", "As 12 is 3 * 4"], 2),
    ],
)
def test_the_answer_is_where_its_mark_is_and_not_where_it_is_said_again(
    found: Found, pieces: list[str], place: int
) -> None:
    assert (extract("".join(pieces)).text, extract("".join(pieces)).found) == ("12", found)
    made = response(
        text="".join(pieces),
        token_ids=tuple(range(len(pieces))),
        logprobs=tuple(log(0.5) if each == place else -9.0 for each in range(len(pieces))),
        extracted="12",
        found=found,
    )
    told = answer_confidence(made, lambda ids: "".join(pieces[each] for each in ids))
    assert told == pytest.approx(0.5)
