"""The diversity map: tasks as dots, near each other where their words and features are alike."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Words
from pipeline.report.charts import svg
from pipeline.report.html import html_of, safe

HUES = 8
"""Families that the page's style sheet tells apart by colour; the smaller ones share the last."""


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One task: its place, about -1 to 1 each way; `rate` None: not rolled out."""

    x: float
    y: float
    family: str
    level: int
    rate: float | None


class TaskMap(msgspec.Struct, frozen=True, kw_only=True):
    """`rule` says which tasks are shown, `held` how much of their variance the two directions hold, in [0, 1]."""

    spots: tuple[Spot, ...]
    rule: str
    held: float


def map_section(found: TaskMap) -> tuple[Block, ...]:
    """The section's blocks."""
    families = [name for name, _ in Counter(spot.family for spot in found.spots).most_common()]
    hues = {family: min(place, HUES) for place, family in enumerate(families)}
    legend = "".join(
        f'<span><i class="swatch hue-{place}"></i>{safe(name)}</span>' for name, place in list(hues.items())[:HUES]
    ) + ("<span><i class='swatch hue-8'></i>others</span>" if len(families) > HUES else "")
    fuller = " The fuller a dot, the more often its task is solved." * any(
        spot.rate is not None for spot in found.spots
    )
    told = html_of([Words(f"{found.rule} The two directions hold {found.held:.0%} of what sets them apart.{fuller}")])
    drawn = f'<p class="soft legend">{legend}</p><div class=map>{_picture(found.spots, hues)}</div>{told}'
    return (Drawn(Markup(drawn)),)


def _picture(spots: Sequence[Spot], hues: dict[str, int]) -> str:
    side = 440
    parts = [f'<rect class=ground width="{side}" height="{side}" rx="8"/>']
    for spot in spots:
        x, y = side / 2 * (1 + 0.94 * spot.x), side / 2 * (1 - 0.94 * spot.y)
        rate = "not rolled out" if spot.rate is None else f"pass rate {spot.rate:.2f}"
        level = f" {spot.level}" if spot.level else ""
        full = 0.5 if spot.rate is None else 0.12 + 0.88 * spot.rate
        parts.append(
            f'<circle class="hue-{hues[spot.family]}" cx="{x:.1f}" cy="{y:.1f}" r="4" fill-opacity="{full:.2f}">'
            f"<title>{safe(spot.family)}{level}: {rate}</title></circle>"
        )
    return svg(side, side, parts, f"{len(spots)} tasks of {len(hues)} families as dots")
