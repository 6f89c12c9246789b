"""Curves of a run: valid SVG for whatever numbers a run comes to, all of them inside the axes."""

import doctest
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline.report.curves
from pipeline.report.curves import COLOURS, Chart, _rounded, curve_chart

values = st.floats(-1e9, 1e9, allow_nan=False)
lines = st.lists(values, max_size=40).map(lambda told: [(float(step), value) for step, value in enumerate(told)])
names = st.text(min_size=1, max_size=12).filter(str.isprintable)


@given(st.dictionaries(names, lines, min_size=1, max_size=COLOURS))
def test_whatever_is_drawn_is_valid_and_has_a_dot_for_every_point(told: dict[str, list[tuple[float, float]]]) -> None:
    drawn = curve_chart(Chart(title="t", note="", lines=told))
    if not any(told.values()):
        assert drawn == ""
        return
    picture = ET.fromstring(drawn)
    assert len(picture.findall("circle")) == sum(map(len, told.values()))
    texts = [each.text for each in picture.findall("text")]
    assert all(f"● {name}" in texts for name in told) or len(told) == 1


@given(st.lists(values, min_size=1))
def test_the_axis_holds_every_value_between_round_ends(told: list[float]) -> None:
    low, high = _rounded(min(told), max(told))
    slack = max(1e-290, 1e-3 * abs(max(told)))  # what is less is drawn as nothing
    assert low - slack <= min(told)
    assert max(told) <= high + slack
    assert low < high


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (0, 0, (0, 1)),
        (0.19, 0.83, (0, 1)),
        (2.85, 4.01, (2, 6)),
        (-0.123, 0.668, (-1, 1)),
        (3e-7, 4.2e-7, (3e-7, 5e-7)),
        (0, 5e-324, (0, 1)),
    ],
)
def test_the_ends_of_the_axis_are_round(low: float, high: float, ends: tuple[float, float]) -> None:
    assert _rounded(low, high) == pytest.approx(ends)


def test_a_long_run_is_drawn_by_few_points_and_its_last_value_is_said() -> None:
    line = [(float(step), step / 10_000) for step in range(10_000)]
    drawn = ET.fromstring(curve_chart(Chart(title="t", note="", lines={"x": line})))
    assert len(drawn.findall("circle")) <= 120
    assert "1" in [each.text for each in drawn.findall("text")]


def test_bands_and_marks_are_drawn_and_their_words_escaped() -> None:
    chart = Chart(
        title="t", note="", lines={"<a>": [(1, 0.5), (2, 0.6)]}, bands={"<a>": [(1, 0.4, 0.6)]}, marks=[(2, "a < b")]
    )
    picture = ET.fromstring(curve_chart(chart))
    assert len(picture.findall("polygon")) == 1
    assert [each.findtext("title") for each in picture.findall("line[@class='mark']")] == ["a < b"]


def test_the_examples_are_true() -> None:
    result = doctest.testmod(pipeline.report.curves)
    assert result.attempted
    assert not result.failed
