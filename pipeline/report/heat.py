"""Where the band is: the yield of every family and rung as a heat map."""

from collections.abc import Mapping

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Table
from pipeline.report.html import safe


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """Of the `graded` tasks of a family and level `in_band` are in the band; `mean` is their mean pass rate."""

    graded: int
    in_band: int
    mean: float

    @property
    def share(self) -> float:
        return self.in_band / self.graded


def rung_name(level: int) -> str:
    """A rung's name; parameters off the ladder have none."""
    return f"level {level}" if level else "own"


def heat_section(rungs: Mapping[str, Mapping[int, Rung]]) -> tuple[Block, ...]:
    """The section's blocks, for rungs by family and level; none where nothing was graded."""
    levels = sorted({level for own in rungs.values() for level in own})
    if not levels:
        return ()
    rows = tuple(
        (family, *(f"{own[level].share:.0%} of {own[level].graded:,}" if level in own else "" for level in levels))
        for family, own in rungs.items()
    )
    table = Table(heads=("", *map(rung_name, levels)), rows=rows)
    heads = "".join(f"<th scope=col>{rung_name(level)}</th>" for level in levels)
    body = "".join(
        f"<tr><th scope=row>{safe(family)}</th>{''.join(_cell(own.get(level)) for level in levels)}</tr>"
        for family, own in rungs.items()
    )
    drawn = (
        "<div class=scroll tabindex=0 role=region aria-label='yield by family and level'><table class=heat>"
        f"<thead><tr><th></th>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return (Drawn(Markup(drawn), instead=(table,)),)


def _cell(rung: Rung | None) -> str:
    """The deeper its colour, the larger the share in the band."""
    if rung is None:
        return "<td></td>"
    return (
        f'<td style="--heat:{100 * rung.share:.0f}%"><b>{rung.share:.0%}</b>'
        f"<span>{rung.graded:,} · {rung.mean:.2f}</span></td>"
    )
