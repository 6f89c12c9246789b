"""The diversity map: tasks as dots, near each other where they are alike, coloured by family and by difficulty."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Words
from pipeline.report.charts import svg
from pipeline.report.html import html_of, safe

HUES = 8
"""Families that the page's style sheet tells apart by colour; the smaller ones share the last."""
SHADES = 5
"""Steps of difficulty that it tells apart."""


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One task: its place, about -1 to 1 each way; `rate` None: not rolled out."""

    x: float
    y: float
    family: str
    level: int
    rate: float | None


class TaskMap(msgspec.Struct, frozen=True, kw_only=True):
    """`rule` says which tasks are shown and by what they are alike, `held` how much of their variance the two
    directions hold, in [0, 1]."""

    spots: tuple[Spot, ...]
    rule: str
    held: float


def map_section(found: TaskMap) -> tuple[Block, ...]:
    """The section's blocks: the same dots twice."""
    told = html_of([Words(f"{found.rule} The two directions hold {found.held:.0%} of what sets them apart.")])
    pictures = (_by_family(found.spots), _by_difficulty(found.spots))
    drawn = "".join(f"<figure class=map>{picture}</figure>" for picture in pictures)
    return (Drawn(Markup(f"<div class=maps>{drawn}</div>{told}")),)


def _by_family(spots: Sequence[Spot]) -> str:
    families = [name for name, _ in Counter(spot.family for spot in spots).most_common()]
    hues = {family: f"hue-{min(place, HUES)}" for place, family in enumerate(families)}
    legend = {hue: family for family, hue in list(hues.items())[:HUES]}
    legend |= {f"hue-{HUES}": "others"} if len(families) > HUES else {}
    told = f"{len(spots)} tasks of {len(families)} families as dots"
    return _legend("By family", legend) + _picture(spots, lambda spot: hues[spot.family], told)


def _by_difficulty(spots: Sequence[Spot]) -> str:
    """By pass rate, or by level where none has one."""
    if all(spot.rate is None for spot in spots):
        return _by_level(spots)
    unknown = {f"hue-{HUES}": "not rolled out"} if any(spot.rate is None for spot in spots) else {}
    legend = {f"shade-{place}": f"from {1 - (place + 1) / SHADES:.1f}" for place in range(SHADES)} | unknown
    return _legend("By pass rate", legend) + _picture(
        spots,
        lambda spot: f"hue-{HUES}" if spot.rate is None else _shade(1 - spot.rate),
        f"{len(spots)} tasks by pass rate as dots",
    )


def _by_level(spots: Sequence[Spot]) -> str:
    levels = sorted({spot.level for spot in spots})
    shades = {level: _shade(place / max(len(levels) - 1, 1)) for place, level in enumerate(levels)}
    known = "level" if len(levels) <= SHADES else "to level"  # several share a shade
    legend = {shade: f"{known} {level}" for level, shade in shades.items()}
    told = f"{len(spots)} tasks by level as dots"
    return _legend("By level", legend) + _picture(spots, lambda spot: shades[spot.level], told)


def _shade(hard: float) -> str:
    return f"shade-{min(int(SHADES * hard), SHADES - 1)}"


def _legend(name: str, kinds: Mapping[str, str]) -> str:
    swatches = "".join(f'<span><i class="swatch {kind}"></i>{safe(told)}</span>' for kind, told in kinds.items())
    return f'<figcaption class="soft legend"><b>{name}</b>{swatches}</figcaption>'


def _picture(spots: Sequence[Spot], kind: Callable[[Spot], str], told: str) -> str:
    side = 440
    parts = [f'<rect class=ground width="{side}" height="{side}" rx="8"/>']
    for spot in spots:
        x, y = side / 2 * (1 + 0.94 * spot.x), side / 2 * (1 - 0.94 * spot.y)
        rate = "not rolled out" if spot.rate is None else f"pass rate {spot.rate:.2f}"
        level = f" {spot.level}" if spot.level else ""
        parts.append(
            f'<circle class="{kind(spot)}" cx="{x:.1f}" cy="{y:.1f}" r="4">'
            f"<title>{safe(spot.family)}{level}: {rate}</title></circle>"
        )
    return svg(side, side, parts, told)
