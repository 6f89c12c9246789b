"""Small charts of how numbers went over the steps of a run, as inline SVG: lines, bands of uncertainty, marks."""

from collections.abc import Mapping, Sequence
from math import floor, log10
from statistics import fmean

import msgspec

from pipeline.report.charts import label, svg
from pipeline.report.html import safe

Point = tuple[float, float]

COLOURS = 4
"""Lines that the page's style sheet tells apart."""

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP = 360, 140, 46, 50, 30
_MOST_POINTS, _MOST_DOTS = 120, 30
_NOTHING = 1e-290  # below it halves and powers of ten are no longer floats


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Up to COLOURS named lines of (step, value); `bands` of (step, low, high) belong to the lines of their names.

    `note` says what the value is and which way is good; `marks` are steps to point at, with what to say there.
    """

    title: str
    note: str
    lines: dict[str, list[Point]]
    bands: dict[str, list[tuple[float, float, float]]] = {}
    marks: list[tuple[float, str]] = []


def curve_chart(chart: Chart) -> str:
    """The chart's SVG, empty where it has no points. Long lines are drawn by their running means over their own
    points, which stay visible behind them."""
    values = [value for line in chart.lines.values() for _, value in line]
    if not values:
        return ""
    values += [end for band in chart.bands.values() for _, low, high in band for end in (low, high)]
    steps = [step for line in chart.lines.values() for step, _ in line]
    places = _Axes((min(steps), max(max(steps), min(steps) + 1)), _rounded(min(values), max(values)))
    names = list(chart.lines)
    parts = [*places.grid(), *(places.mark(step, said) for step, said in chart.marks)]
    parts += [places.band(names.index(name), band) for name, band in chart.bands.items() if band]
    for number, line in enumerate(chart.lines.values()):
        parts += places.line(number, names[number], _thinned(line))
    legend = _legend(names) if len(names) > 1 or names[0] not in f"{chart.title} {chart.note}" else []
    return svg(
        _WIDTH, _TOP + _HEIGHT + 20, [*parts, *legend, *places.ends(chart.lines)], f"{chart.title}, {chart.note}"
    )


class _Axes:
    """Where a step and a value lie in the picture."""

    def __init__(self, steps: Point, values: Point) -> None:
        self.steps, self.values = steps, values

    def at(self, step: float, value: float) -> Point:
        across = (step - self.steps[0]) / (self.steps[1] - self.steps[0])
        up = (value - self.values[0]) / (self.values[1] - self.values[0])
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * across, _TOP + _HEIGHT * (1 - up)

    def grid(self) -> list[str]:
        parts = []
        for share in (0, 0.5, 1):
            value = self.values[0] + (self.values[1] - self.values[0]) * share
            y = self.at(self.steps[0], value)[1]
            parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>')
            parts.append(label(_LEFT - 6, y + 4, _number(value), "end"))
        for step, anchor in zip(self.steps, ("start", "end"), strict=True):
            parts.append(label(self.at(step, 0)[0], _TOP + _HEIGHT + 15, f"{step:g}", anchor))
        return parts

    def mark(self, step: float, said: str) -> str:
        x = self.at(step, 0)[0]
        return (
            f'<line class="mark" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_TOP + _HEIGHT}">'
            f"<title>{safe(said)}</title></line>"
        )

    def band(self, number: int, band: Sequence[tuple[float, float, float]]) -> str:
        edge = [self.at(step, high) for step, _, high in band]
        edge += [self.at(step, low) for step, low, _ in reversed(band)]
        return f'<polygon class="band-{number}" points="{_path(edge)}"/>'

    def line(self, number: int, name: str, line: Sequence[Point]) -> list[str]:
        spots = [self.at(*point) for point in line]
        long = len(line) > _MOST_DOTS
        parts = [f'<polyline class="line line-{number}{" behind" * long}" points="{_path(spots)}"/>']
        if long:
            smooth = _path([self.at(*point) for point in _smooth(line)])
            parts.append(f'<polyline class="line line-{number}" points="{smooth}"/>')
        for (step, value), (x, y) in zip(line, spots, strict=True):
            parts.append(
                f'<circle class="dot-{number}{" spot" * long}" cx="{x:.1f}" cy="{y:.1f}" r="{4 if long else 2.5}">'
                f"<title>{safe(name)}: {value:.4g} at step {step:g}</title></circle>"
            )
        return parts

    def ends(self, lines: Mapping[str, Sequence[Point]]) -> list[str]:
        """The last values, beside their ends, no two closer than a line of text."""
        last = sorted(
            (self.at(*(_smooth(line)[-1] if len(line) > _MOST_DOTS else line[-1]))[1], number, line[-1][1])
            for number, line in enumerate(lines.values())
            if line
        )
        parts, free = [], float("-inf")
        for y, number, value in last:
            free = max(y, free)
            parts.append(label(_WIDTH - _RIGHT + 6, free + 4, _number(value), "start", f"key-{number}"))
            free += 13
        return parts


def _number(value: float) -> str:
    small = f"{value:.1e}".replace("e-0", "e-").replace(".0e", "e")
    return small if 0 < abs(value) < 1e-3 else f"{value:.4g}" if abs(value) >= 1 else f"{value:.3g}"


def _legend(names: Sequence[str]) -> list[str]:
    """The names in a row above the lines."""
    parts, x = [], float(_LEFT)
    for number, name in enumerate(names):
        parts.append(label(x, 14, f"● {name}", "start", f"key-{number}"))
        x += 7 * len(name) + 26
    return parts


def _rounded(low: float, high: float) -> Point:
    """The ends of the values' axis, two round steps apart; from 0 where that does not squash what there is to see.

    >>> _rounded(0.19, 0.83)
    (0.0, 1.0)
    """
    low, high = (0.0 if abs(end) < _NOTHING else end for end in (low, high))
    if -1e-3 * high <= low <= 0.6 * high:
        low = 0.0
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        low, high = (low, low + 1) if low == 0 else (low - abs(low) / 2, low + abs(low) / 2)
    step = 10 ** floor(log10((high - low) / 2))
    for size in (1, 2, 2.5, 5, 10, 20):
        bottom = floor(low / (size * step) + 1e-9) * size * step
        if bottom + 2 * size * step >= high * (1 - 1e-9):
            break
    return bottom, bottom + 2 * size * step


def _thinned(line: Sequence[Point]) -> list[Point]:
    """At most _MOST_POINTS points: means of as many neighbours as that takes."""
    size = -(-len(line) // _MOST_POINTS)
    parts = [line[start : start + size] for start in range(0, len(line), size)] if line else []
    return [(part[-1][0], fmean(value for _, value in part)) for part in parts]


def _smooth(line: Sequence[Point]) -> list[Point]:
    """The running mean of each point and those before it, a twelfth of the line."""
    back = max(1, len(line) // 12)
    return [
        (step, fmean(value for _, value in line[max(0, place - back + 1) : place + 1]))
        for place, (step, _) in enumerate(line)
    ]


def _path(spots: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
