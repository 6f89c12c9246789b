"""Texts that are shown to a person: nothing in them steers what shows them, and long ones are cut."""

import doctest
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report import shown
from pipeline.report.shown import LONGEST, harmless


@given(st.text())
def test_no_text_steers_a_terminal(text: str) -> None:
    told = harmless(text)
    assert not [sign for sign in told if unicodedata.category(sign) == "Cc" and sign not in "\n\t"]
    assert not [sign for sign in told if unicodedata.bidirectional(sign) in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI")]
    assert len(told) == len(text)


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    told = harmless("a" * LONGEST + "b" * LONGEST)
    assert told.startswith("aaa")
    assert told.endswith("bbb")
    assert f"{LONGEST:,} characters" in told
    assert len(told) < LONGEST + 50


def test_the_examples_are_true() -> None:
    result = doctest.testmod(shown)
    assert result.attempted
    assert not result.failed
