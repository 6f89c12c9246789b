"""The way of the data as a picture: how many tasks came to each stop, and what was lost between them and why."""

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Table
from pipeline.report.html import safe


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One stop on the way of the data: how many came to it, what to know of it, and how many were lost on the way to
    it, by reason. `counts` is what is counted: the picture compares tasks alone."""

    name: str
    count: int
    note: str
    lost: dict[str, int] = {}
    counts: str = "tasks"


def funnel_section(stops: Sequence[Stop]) -> tuple[Block, ...]:
    """The section's blocks, none where there are no stops."""
    if not stops:
        return ()
    rows = tuple(
        row
        for stop in stops
        for row in (
            *(("", f"− {count:,}", reason) for reason, count in stop.lost.items()),
            (stop.name, f"{stop.count:,}", stop.note),
        )
    )
    table = Table(heads=("stop", stops[0].counts, "what to know"), rows=rows)
    return (Drawn(Markup(f"<ol class=funnel>{_drawn(stops)}</ol>"), instead=(table,)),)


def _drawn(stops: Sequence[Stop]) -> str:
    widest = max((stop.count for stop in stops if stop.counts == "tasks"), default=0) or 1
    parts, above = [], 100.0
    for place, stop in enumerate(stops):
        share = 100 * stop.count / widest
        if stop.counts == "tasks":
            if place:
                parts.append(_narrowing(above, share, stop.lost))
            shape = f'<i class=level style="width:{max(share, 0.4):.2f}%"></i>'
            above = share
        else:
            shape = ""
        parts.append(
            f"<li class=stop><span class=what>{safe(stop.name)} <b>{stop.count:,}</b></span>"
            f"<span class=shape>{shape}</span><span class=told>{safe(stop.note)}</span></li>"
        )
    return "".join(parts)


def _narrowing(above: float, below: float, lost: dict[str, int]) -> str:
    left, right = 50 - above / 2, 50 + above / 2
    corners = f"{left:.2f},0 {right:.2f},0 {50 + below / 2:.2f},40 {50 - below / 2:.2f},40"
    reasons = "".join(f"<span class=loss><b>−{count:,}</b> {safe(reason)}</span>" for reason, count in lost.items())
    return (
        "<li class=between><span class=what></span><span class=shape>"
        f'<svg viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true"><polygon points="{corners}"/></svg>'
        f"</span><span class=told>{reasons}</span></li>"
    )
