"""Small charts of the page: no scripts, no files beside the page, colours from the page's style sheet."""

from collections.abc import Mapping, Sequence

from pipeline.report.html import safe

PLOT_WIDTH = 440


def stacked_bars(rows: Mapping[str, Mapping[str, int]], kinds: Sequence[str]) -> str:
    """One horizontal bar a row, split into the shares of `kinds`, with the counts on it."""
    parts = []
    for name, counts in rows.items():
        total = sum(counts.values())
        told = ", ".join(f"{kind.replace('_', ' ')} {counts[kind]:,}" for kind in kinds if counts.get(kind))
        pieces = "".join(
            f'<i class="kind-{safe(kind)}" style="flex-grow:{counts[kind]}" title="{safe(kind.replace("_", " "))}: '
            f'{counts[kind]:,} of {total:,}">{counts[kind] if 12 * counts[kind] >= total else ""}</i>'
            for kind in kinds
            if counts.get(kind)
        )
        parts.append(
            f"<div class=bar-row><span class=bar-name>{safe(name)}</span><span class=stack role=img "
            f'aria-label="{safe(told)}">{pieces}</span><span class=bar-total>{total:,}</span></div>'
        )
    return "".join(parts)


def share_bars(shares: Mapping[str, float]) -> str:
    """One horizontal bar a row, as long as its share in [0, 1]."""
    return "".join(
        f"<div class=bar-row><span class=bar-name>{safe(name)}</span><span class=stack role=img "
        f'aria-label="{share:.0%}"><i class=share style="flex-grow:{share:.4f}"></i>'
        f'<i style="flex-grow:{1 - share:.4f}"></i></span><span class=bar-total>{share:.0%}</span></div>'
        for name, share in shares.items()
    )


def histogram(values: Sequence[float], title: str, bins: int = 10) -> str:
    """Counts of values in [0, 1] in equal bins, 1.0 in the last."""
    counts = [0] * bins
    for value in values:
        counts[min(int(value * bins), bins - 1)] += 1
    width, height, base = 225, 70, 92
    tallest = max([*counts, 1])
    step = width / bins
    parts = [label(0, 12, f"{title} ({len(values)})", "start", "chart-title")]
    for position, count in enumerate(counts):
        tall = height * count / tallest
        parts.append(
            f'<rect class="bar" x="{position * step + 1:.1f}" y="{base - tall:.1f}" width="{step - 2:.1f}" '
            f'height="{tall:.1f}"><title>{position / bins:g} to {(position + 1) / bins:g}: {count}</title></rect>'
        )
    parts.append(f'<line class="axis" x1="0" y1="{base}" x2="{width}" y2="{base}"/>')
    parts += [
        label(0, base + 14, "0"),
        label(width / 2, base + 14, "0.5", "middle"),
        label(width, base + 14, "1", "end"),
    ]
    return svg(width, base + 18, parts, f"{title}: {len(values)} values between 0 and 1")


def line_chart(series: Mapping[str, Sequence[tuple[float, float]]], x_name: str, y_name: str) -> str:
    """Lines through (x, y) points, one a named series, on common axes."""
    points = [point for line in series.values() for point in line]
    if not points:
        return ""
    left, top, width, height = 48, 14, PLOT_WIDTH - 60, 180
    low_x, high_x = _span([x for x, _ in points])
    low_y, high_y = _span([0.0, *(y for _, y in points)])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - low_x) / (high_x - low_x)
        up = (y - low_y) / (high_y - low_y)
        return left + width * across, top + height * (1 - up)

    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = top + height * (1 - share)
        parts.append(f'<line class="grid" x1="{left}" y1="{y:.1f}" x2="{left + width}" y2="{y:.1f}"/>')
        parts.append(label(left - 6, y + 4, f"{low_y + (high_y - low_y) * share:.3g}", "end"))
    for x in sorted({low_x, (low_x + high_x) / 2, high_x}):
        parts.append(label(place(x, low_y)[0], top + height + 16, f"{x:g}", "middle"))
    parts.append(label(left + width / 2, top + height + 34, x_name, "middle"))
    for position, (name, line) in enumerate(series.items()):
        spots = [place(x, y) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline class="line line-{position % 4}" points="{path}"/>')
        for (x, y), (across, down) in zip(line, spots, strict=True):
            parts.append(
                f'<circle class="dot dot-{position % 4}" cx="{across:.1f}" cy="{down:.1f}" r="3">'
                f"<title>{safe(name)}: {x_name} {x:g}, {y_name} {y:.4g}</title></circle>"
            )
        parts.append(label(left + 8 + 150 * position, top + height + 52, f"● {name}", "start", f"key-{position % 4}"))
    return svg(PLOT_WIDTH, top + height + 60, parts, f"{y_name} by {x_name}: {', '.join(series)}")


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def label(x: float, y: float, text: str, anchor: str = "start", kind: str = "label") -> str:
    """A text in a picture."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{safe(text)}</text>'


def svg(width: float, height: float, parts: Sequence[str], told: str = "chart") -> str:
    """A picture of its parts; `told` is what a screen reader says of it."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img" aria-label="{safe(told)}">'
        f"{''.join(parts)}</svg>"
    )
