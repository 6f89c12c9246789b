"""The answer readers: every natural way to write a value is read, nothing else is, and no text takes long."""

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators import answers

NOT_NUMBERS = (
    "",
    " ",
    "-",
    "3 + 4",
    "2*3",
    "2^3",
    "2**3",
    "9**9**9**9",
    "(3)",
    "１２",
    "٣",
    "1_000",
    "0x10",
    "1e5",
    "nan",
    "inf",
    "-inf",
    "∞",
    "3 or 4",
    "3 4",
    "3\n3",
    "3, 4",
    "--3",
    "- -3",
    "1,23",
    "1,2345",
    "3=3",
    "x = 3",
    "__import__('os')",
    "1" * 4001,
    "²",
    "½",
    "three",
)


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_what_is_not_one_number_is_refused(text: str) -> None:
    assert answers.integer(text) is None
    assert answers.rational(text) is None


@pytest.mark.parametrize("text", ["7/0", "7/00", "1/2/3", "1 3/2", "1 -1/2", "1/-2", "\\frac{1}{0}", "\\frac{1}{2}{3}"])
def test_fractions_that_are_none_are_refused(text: str) -> None:
    assert answers.rational(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", Fraction(42)),
        ("+42", Fraction(42)),
        ("- 42", Fraction(-42)),
        ("−42", Fraction(-42)),
        ("42.", Fraction(42)),
        ("42.50", Fraction(85, 2)),
        (".5", Fraction(1, 2)),
        ("1,234,567", Fraction(1234567)),
        ("1{,}234", Fraction(1234)),
        ("1,234.5", Fraction(2469, 2)),
        ("-6/4", Fraction(-3, 2)),
        ("6 / 4", Fraction(3, 2)),
        ("-1 1/2", Fraction(-3, 2)),
        ("$\\frac{3}{4}$", Fraction(3, 4)),
        ("\\(-\\dfrac{3}{4}\\)", Fraction(-3, 4)),
        ("\\frac{-3}{4}", Fraction(-3, 4)),
        ("\\frac34", Fraction(3, 4)),
        ("2\\frac{1}{3}", Fraction(7, 3)),
    ],
)
def test_every_natural_way_to_write_a_number_is_read(text: str, value: Fraction) -> None:
    assert answers.rational(text) == value


@pytest.mark.parametrize("text", ["6/4", "4/2", "7/1", "1 2/4", "\\frac{6}{4}"])
def test_lowest_terms_are_demanded_where_asked(text: str) -> None:
    assert answers.rational(text) is not None
    assert answers.rational(text, lowest_terms=True) is None


@given(st.integers(min_value=-(10**40), max_value=10**40))
def test_integers_come_back_from_plain_and_grouped_text(value: int) -> None:
    assert answers.integer(str(value)) == answers.integer(f"{value:,}") == value


@given(st.fractions())
def test_fractions_come_back_from_their_text(value: Fraction) -> None:
    assert answers.rational(str(value), lowest_terms=True) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5))
def test_decimals_come_back_exactly(value: object) -> None:
    assert answers.rational(f"{value:f}") == Fraction(str(value))


@given(st.lists(st.fractions(max_denominator=99), min_size=1, max_size=8), st.sampled_from([", ", "; ", "\n", " and "]))
def test_lists_of_numbers_come_back(values: list[Fraction], comma: str) -> None:
    text = comma.join(map(str, values))
    assert answers.rationals(text) == tuple(values)
    assert answers.rationals("{" + text + "}") == tuple(values)


def test_lists_keep_every_item_and_refuse_what_is_not_one() -> None:
    assert answers.integers("[3, 1, 2]") == answers.integers("3 1 2") == answers.integers("(3,1,2)") == (3, 1, 2)
    assert answers.rationals("x = 1, x = -1/2", name="x") == (1, Fraction(-1, 2))
    assert answers.rationals("x=1 and 2", name="x") == (1, 2)
    for text in ("1,,2", "1, 2,", "1, two", "y = 1", "x = ", "x = x = 1", "{1, 2}, {3}", "1 2; 3 + 4"):
        assert answers.rationals(text, name="x") is None, text


def test_tokens_are_read_in_every_common_notation() -> None:
    for text in ("A B C", "A, B, C", "A -> B -> C", "A → B → C", "[A, B, C]", '["A", "B", "C"]', "(A;B;C)", "A\nB\nC"):
        assert answers.tokens(text) == ("A", "B", "C"), text
    for text in ("", "A,,B", "A -> -> B", ",A", "A,"):
        assert answers.tokens(text) is None, text


def test_grids_are_read_in_every_common_notation() -> None:
    rows = (("1", "2"), ("3", "4"))
    for text in (
        "1 2\n3 4",
        "1,2\n3,4",
        "1 2\n\n3 4",
        "[[1, 2], [3, 4]]",
        "[1, 2]\n[3, 4]",
        "1 2; 3 4",
        "|1|2|\n|3|4|",
    ):
        assert answers.grid(text, width=2) == rows, text
    assert answers.grid("12\n34", width=2) == rows
    assert answers.grid("12\n34") == (("12",), ("34",))
    for text in ("", "1 2\n3", "1 2 3\n4 5 6", "123\n456"):
        assert answers.grid(text, width=2) is None, text


def test_assignments_are_read_in_every_common_notation() -> None:
    pairs = {"x": "1/2", "y_1": "-3"}
    for text in (
        "x = 1/2, y_1 = -3",
        "x=1/2\ny_1=−3",
        "x: 1/2; y_1: -3",
        "$x = 1/2$ and $y_{1} = -3$",
        "{x = 1/2, y_1 = -3}",
    ):
        assert answers.assignments(text) == pairs, text
    for text in ("x = 1, x = 1", "x", "x = ", "= 3", "x = 1, 2", "x = y = 1", "x = 1,, y = 2", "1 = x"):
        assert answers.assignments(text) is None, text


HOSTILE = (
    " " * 50_000,
    "1" * 50_000,
    "1," * 25_000,
    "{" * 50_000,
    "(" * 25_000 + ")" * 25_000,
    "x" + " " * 50_000,
    "]" + " " * 50_000 + "[",
    "[[" + "]" * 50_000,
    "a and " * 10_000,
    "x = " * 12_000,
    "$" * 50_000,
    "\\frac{" * 8_000,
    "-" * 50_000,
    "\n" * 50_000,
    "1 " * 25_000,
    "\x00" * 50_000,
    "'" * 50_000,
    "9**" * 16_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_hostile_text_is_answered_at_once(text: str) -> None:
    started = time.process_time()
    for read in (answers.integer, answers.rational, answers.integers, answers.rationals, answers.items):
        read(text)
    for read_parts in (answers.tokens, answers.grid, answers.assignments):
        read_parts(text)
    assert time.process_time() - started < 1.0  # eight readers, ten times the longest answer


@given(st.text(max_size=60))
def test_no_text_makes_a_reader_fail(text: str) -> None:
    answers.integer(text)
    answers.rational(text, lowest_terms=True)
    answers.integers(text)
    answers.rationals(text, name="x")
    answers.tokens(text)
    answers.grid(text, width=3)
    answers.assignments(text)
