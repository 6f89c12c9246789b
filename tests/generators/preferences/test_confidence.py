"""The tokens of the final answer are found in whatever way a tokenizer cuts a text."""

from math import log

from hypothesis import given
from hypothesis import strategies as st

from generators.preferences.confidence import answer_confidence, token_span
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
