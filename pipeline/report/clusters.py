"""What was left out as the same problem: how many copies there were, and the largest clusters to compare by eye."""

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Folded, Head, Quote, Table
from pipeline.report.html import html_of


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """`copies` of one problem, the kept one among them; `method` says why they are the same. Of those left out only
    some are shown."""

    family: str
    level: int
    copies: int
    method: str
    kept: str
    left_out: tuple[str, ...]


class Clusters(msgspec.Struct, frozen=True, kw_only=True):
    """`sizes`: how many problems have so many copies, 2 and more; `shown` the largest."""

    sizes: dict[int, int]
    shown: tuple[Cluster, ...]


_MOST_SIZES = 8


def clusters_section(clusters: Clusters) -> tuple[Block, ...]:
    """The section's blocks."""
    sizes = sorted(clusters.sizes.items())
    many = sum(count for size, count in sizes[_MOST_SIZES:])
    rows = [(str(size), f"{count:,}", f"{count * (size - 1):,}") for size, count in sizes[:_MOST_SIZES]]
    if many:
        left_out = sum(count * (size - 1) for size, count in sizes[_MOST_SIZES:])
        rows.append((f"{sizes[_MOST_SIZES][0]} and more", f"{many:,}", f"{left_out:,}"))
    table = Table(heads=("copies", "problems", "tasks left out"), rows=tuple(rows))
    return table, Head("The largest clusters"), *map(_shown, clusters.shown)


def _shown(cluster: Cluster) -> Block:
    kept = html_of([Quote("kept", cluster.kept, "right")])
    others = "".join(f"<div>{html_of([Quote('left out', text, 'wrong')])}</div>" for text in cluster.left_out)
    drawn = Markup(f"<div class=beside><div>{kept}</div>{others}</div>")
    where = f"{cluster.family} {cluster.level}" if cluster.level else cluster.family
    return Folded(f"{cluster.copies:,} copies", (Drawn(drawn),), aside=f"{where} · by {cluster.method} key")
