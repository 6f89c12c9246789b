"""The work on hostile texts is bounded, counted in calls, so that the figures are the same on every machine."""

import sys
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.text import read, text_key
from dedup.text.reading import LONGEST

CALLS = 25
"""Calls of Python functions a character, at most."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL = LETTERS.lower()

HOSTILE = {
    "one word": "a" * 300_000,
    "one number": "1" * 300_000,
    "letters": "A " * 50_000,
    "many names": " ".join(f"X{one}{two} is on Yq." for one in SMALL for two in SMALL for _ in range(3)),
    "one clause": "A and B or C " * 20_000,
    "brackets": "(" * 50_000 + ")" * 50_000,
    "open sums": "(x+" * 30_000,
    "quotes": '"' * 100_000,
    "fractions": "\\frac{" * 20_000,
    "number words": "one hundred and " * 10_000,
    "lists": "a, b, c, d, " * 10_000,
    "lists of values": "- c: aa, bb, cc\n" * 5_000,
    "dots": "a. " * 30_000,
    "bullets": "- a\n" * 30_000,
    "spaces": " " * 300_000,
    "lines": "\n" * 300_000,
    "wide letters": "ﷺ" * 20_000,
    "code": "for " + "x " * 50_000,
    "path": "\n".join(f"P{i}x < P{i + 1}x" for i in range(5_000)),
    "regular graph": "\n".join(
        f"{a} - {b}" for i, a in enumerate(LETTERS) for j, b in enumerate(LETTERS) if i * j % 7 < 3
    ),
    "surrogates and nulls": "\ud800 \0 " * 20_000,
}  # fmt: skip


def calls_of(text: str) -> int:
    """Calls of Python functions while a key is made and the text is read."""
    number = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal number
        number += event == "call"

    sys.setprofile(count)
    try:
        text_key(text)
        read(text)
    finally:
        sys.setprofile(None)
    return number


@pytest.mark.parametrize("name", HOSTILE)
def test_the_work_on_a_text_is_linear_up_to_a_length_and_constant_beyond(name: str) -> None:
    text = HOSTILE[name]
    assert calls_of(text) < CALLS * min(len(text), LONGEST) + 10_000


def test_what_stands_behind_the_part_that_is_read_counts_to_the_letter() -> None:
    text = "Ann is older than Bob.\n" * (LONGEST // 20)
    assert text_key(text) == text_key(text)
    assert text_key(text + "x") != text_key(text + "y")


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_has_a_key_and_a_reading(text: str) -> None:
    key = text_key(text)
    assert len(key) == 32
    assert int(key, 16) >= 0
    reading = read(text)
    assert all(at < len(reading.entities) for clause in reading.clauses for at in clause.entities)
    blocks = [clause.block for clause in reading.clauses]
    assert blocks == sorted(blocks)
