"""Canonical JSON: equal values give equal texts, every text reads back, and what JSON cannot hold is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Message, jsontext

_PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_VALUES = st.recursive(_PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(_VALUES)
def test_the_text_reads_back_as_the_value(value: Any) -> None:
    assert json.loads(jsontext.dumps(value)) == value
    assert jsontext.encoded(value) == jsontext.dumps(value).encode()


@given(st.dictionaries(st.text(), _VALUES), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_show(value: dict[str, Any], rng: Any) -> None:
    assert jsontext.dumps(dict(rng.sample(list(value.items()), len(value)))) == jsontext.dumps(value)


def test_the_text_is_sorted_and_tight_and_takes_structs_and_tuples() -> None:
    value = {"z": (1, 2.5), "a": None, "é": Message("user", 'a "null"\n')}
    assert jsontext.dumps(value) == '{"a":null,"z":[1,2.5],"é":{"content":"a \\"null\\"\\n","role":"user"}}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("beside", [None, 0, "null"])
def test_numbers_that_json_lacks_are_refused(number: float, beside: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        jsontext.dumps({"x": [beside, {"y": number}]})
