"""The oracle core and the pieces of its families that stand on their own."""

import doctest
from random import Random

import msgspec
import pytest

from generators.calendar import questions
from generators.calendar.date_arithmetic import Params as DateParams
from generators.calendar.questions import Between, Count, Later, Leap, Nth, Shift, Step, answered, same, told
from generators.cores.oracle import Oracle, drawn
from generators.graphs.shortest_path import FAMILY as PATHS
from generators.graphs.shortest_path import Map
from generators.numbers import base_conversion
from generators.strings.word_sorting import Params as WordParams
from generators.strings.word_sorting import Words, solve


class Square(msgspec.Struct, frozen=True):
    value: int


def test_an_oracle_reads_then_judges() -> None:
    oracle: Oracle[Square, int] = Oracle(
        solve=lambda square: square.value,
        write=lambda _, root: str(root),
        read=lambda _, text: int(text) if text.lstrip("-").isdecimal() else None,
        fault=lambda square, root: None if root**2 == square.value**2 else "its square is another",
    )
    three = Square(3)
    assert oracle.gold(three) == "3"
    assert [oracle.check(three, text).reason for text in ("3", "-3", "4", "three")] == [
        "correct",
        "correct",
        "wrong",
        "malformed",
    ]
    assert oracle.check(three, "4").detail == "its square is another"


def test_drawing_stops_where_nothing_fits() -> None:
    assert drawn(lambda rng: Square(rng.randrange(10)), lambda square: square.value == 7, Random(1)) == Square(7)
    with pytest.raises(ValueError, match="too little room"):
        drawn(lambda rng: Square(1), lambda square: False, Random(1))


@pytest.mark.parametrize("module", [questions, base_conversion])
def test_examples_in_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (Later(weekday=0, days=3), "Thursday"),
        (Later(weekday=0, days=-1), "Sunday"),
        (Shift(start="2024-02-28", steps=(Step("days", 2),), asks="date"), "2024-03-01"),
        (Shift(start="2023-02-28", steps=(Step("days", 2),), asks="date"), "2023-03-02"),
        (Shift(start="1900-02-28", steps=(Step("days", 1),), asks="date"), "1900-03-01"),
        (Shift(start="2024-01-31", steps=(Step("months", 1),), asks="date"), "2024-02-29"),
        (Shift(start="2024-01-31", steps=(Step("months", 1), Step("months", 1)), asks="date"), "2024-03-29"),
        (Shift(start="2024-02-29", steps=(Step("years", -1),), asks="date"), "2023-02-28"),
        (Shift(start="2024-01-15", steps=(Step("months", -13),), asks="date"), "2022-12-15"),
        (Shift(start="2024-01-01", steps=(Step("weekday", 0),), asks="date"), "2024-01-08"),
        (Shift(start="2024-01-01", steps=(Step("weekday", 6),), asks="date"), "2024-01-07"),
        (Shift(start="1969-07-20", steps=(), asks="weekday"), "Sunday"),
        (Between(first="2024-02-28", last="2024-03-01", inclusive=False), "2"),
        (Between(first="2024-02-28", last="2024-03-01", inclusive=True), "3"),
        (Nth(year=2024, month=11, weekday=3, nth=4), "2024-11-28"),
        (Nth(year=2024, month=5, weekday=0, nth=-1), "2024-05-27"),
        (Count(first="2024-01-01", last="2024-01-08", weekday=0), "2"),
        (Count(first="2024-01-02", last="2024-01-07", weekday=0), "0"),
        (Leap(first=1896, last=1904), "2"),
        (Leap(first=2000, last=2000), "1"),
    ],
)
def test_dates_that_are_known(question: questions.Question, answer: str) -> None:
    assert answered(question) == answer


def test_inclusive_and_exclusive_spans_are_said_in_words() -> None:
    span = {"first": "2024-02-28", "last": "2024-03-01"}
    assert "counting both the first and the last day" in told(Between(**span, inclusive=True), str)  # type: ignore[arg-type]
    assert told(Between(**span, inclusive=False), str) == "How many days after 2024-02-28 is 2024-03-01?"  # type: ignore[arg-type]


def test_months_one_after_the_other_are_not_their_sum() -> None:
    """31 January and twice a month is 29 March, and two months at once is 31 March."""
    twice = Shift(start="2024-01-31", steps=(Step("months", 1), Step("months", 1)), asks="date")
    at_once = Shift(start="2024-01-31", steps=(Step("months", 2),), asks="date")
    assert same(twice) != same(at_once)


@pytest.mark.parametrize(
    ("start", "steps", "end"),
    [
        ("2024-01-31", (Step("weeks", 1), Step("days", -7)), ()),
        ("2024-01-31", (Step("years", 1),), (Step("months", 12),)),
    ],
)
def test_steps_that_come_to_the_same_are_the_same(start: str, steps: tuple[Step, ...], end: tuple[Step, ...]) -> None:
    assert same(Shift(start=start, steps=steps, asks="date")) == Shift(start=start, steps=end, asks="date")


def test_every_shortest_path_is_accepted_and_a_longer_one_is_told_so() -> None:
    diamond = Map(
        links=(("A", "B", 1), ("B", "D", 2), ("A", "C", 2), ("C", "D", 1), ("A", "D", 4)),
        start="A",
        goal="D",
        one_way=False,
    )
    assert [PATHS.check(diamond, path).score for path in ("A B D", "A -> C -> D", "a,c,d")] == [1.0, 1.0, 1.0]
    longer = PATHS.check(diamond, "A D")
    assert (longer.reason, longer.detail) == ("wrong", "there is a shorter path than this one of length 4")
    assert PATHS.check(diamond, "A B C D").detail == "no link goes from B to C"


def test_a_one_way_link_is_not_walked_backwards() -> None:
    loop = Map(links=(("A", "B", 1), ("C", "B", 1), ("B", "C", 1)), start="A", goal="C", one_way=True)
    assert PATHS.check(loop, "A B C").score == 1.0
    back = Map(links=(("A", "B", 1), ("C", "B", 1)), start="A", goal="C", one_way=True)
    assert PATHS.check(back, "A B C").detail == "no link goes from B to C"


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        ("ascending", "car cart eel tree"),
        ("descending", "tree eel cart car"),
        ("shortest", "car eel cart tree"),
        ("longest", "cart tree car eel"),
        ("ending", "tree eel car cart"),
        ("vowels", "car cart eel tree"),
    ],
)
def test_sorting_rules(rule: str, order: str) -> None:
    assert solve(Words(words=("tree", "cart", "eel", "car"), rule=rule)) == tuple(order.split())


def test_sorting_by_another_alphabet() -> None:
    words = Words(words=("bad", "dab", "add"), rule="alphabet", alphabet="dabcefghijklmnopqrstuvwxyz")
    assert solve(words) == ("dab", "add", "bad")


@pytest.mark.parametrize(
    ("params", "values", "named"),
    [
        (WordParams, {"words": 60, "easiest": 1, "hardest": 1, "shared": 3}, "shared"),
        (WordParams, {"words": 6, "easiest": 3, "hardest": 1}, "easiest"),
        (DateParams, {"topics": ["leap"], "reach": 10}, "first_year"),
        (DateParams, {"topics": [], "reach": 10}, "topics"),
        (DateParams, {"topics": ["shift"], "steps": 40, "reach": 50_000}, "reach"),
        (PATHS.params, {"places": 4, "extra": 9, "longest_link": 1, "one_way": False, "least_links": 2}, "extra"),
        (
            PATHS.params,
            {"places": 4, "extra": 1, "longest_link": 1, "one_way": False, "least_links": 2, "detour": 1},
            "detour",
        ),
        (
            base_conversion.Params,
            {"lowest_base": 10, "highest_base": 10, "through_ten": True, "least_bits": 2, "most_bits": 4},
            "lowest_base",
        ),
    ],
)
def test_impossible_knobs_are_refused_by_name(params: type, values: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        msgspec.convert(values, params)
