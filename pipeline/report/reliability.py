"""The reliability plot: what was forecast against what was observed, a dot a bin, as inline SVG."""

from collections.abc import Mapping, Sequence
from math import sqrt

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Table
from pipeline.report.charts import label, svg
from pipeline.report.html import safe


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """How predictions came true: dots (forecast, observed, tasks) by what was predicted, and the scores in words."""

    curves: dict[str, list[tuple[float, float, int]]]
    scores: dict[str, str]


def predicted_section(predicted: Predicted) -> tuple[Block, ...]:
    """The plot and the scores below it."""
    chart = reliability_chart(predicted.curves, "predicted", "observed")
    told = "<p class=soft>On the diagonal, forecasts come true; the larger a dot, the more of them.</p>"
    return Drawn(Markup(chart + told)), Table(rows=tuple(predicted.scores.items()))


_SIDE, _LEFT, _TOP = 260, 60, 14
_LARGEST = 9.0


def reliability_chart(curves: Mapping[str, Sequence[tuple[float, float, int]]], forecast: str, observed: str) -> str:
    """Dots at (forecast, observed), both in [0, 1], with an area that grows with their count; a curve for each name.

    On the diagonal, forecasts come true. Colours are those of the page's line charts. Empty where there are no dots.
    """
    if not any(curves.values()):
        return ""
    largest = max(count for dots in curves.values() for _, _, count in dots)
    parts = [_line("axis", (0, 0), (1, 1))]
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y = _place(share, share)
        parts.append(_line("grid", (0, share), (1, share)))
        parts.append(label(_LEFT - 6, y + 4, f"{share:g}", "end"))
        parts.append(label(x, _TOP + _SIDE + 16, f"{share:g}", "middle"))
    parts.append(label(_LEFT + _SIDE / 2, _TOP + _SIDE + 34, forecast, "middle"))
    parts.append(label(_LEFT, _TOP - 4, observed))
    for number, (name, dots) in enumerate(curves.items()):
        spots = [_place(x, y) for x, y, _ in dots]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline class="line line-{number % 4}" points="{path}"/>')
        for (told, seen, count), (x, y) in zip(dots, spots, strict=True):
            radius = max(2.0, _LARGEST * sqrt(count / largest))
            parts.append(
                f'<circle class="dot dot-{number % 4}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
                f"<title>{safe(name)}: {told:.2f} forecast, {seen:.2f} observed, {count} tasks</title></circle>"
            )
        parts.append(label(_LEFT, _TOP + _SIDE + 54 + 18 * number, f"● {name}", "start", f"key-{number % 4}"))
    width, height = _LEFT + _SIDE + 20, _TOP + _SIDE + 48 + 18 * len(curves)
    return svg(width, height, parts, f"{forecast} against {observed}: {', '.join(curves)}")


def _place(x: float, y: float) -> tuple[float, float]:
    return _LEFT + _SIDE * x, _TOP + _SIDE * (1 - y)


def _line(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = _place(*start), _place(*end)
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
