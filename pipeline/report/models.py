"""Models side by side: a table, their places on one scale, and their pass rates by family and level."""

from collections.abc import Mapping, Sequence

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Table, Words
from pipeline.report.charts import PLOT_WIDTH, svg
from pipeline.report.html import safe


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """One model: what it was asked, and where it stands in logits, with its 95 % interval."""

    name: str
    samples: int
    pass_rate: float
    ability: float
    low: float
    high: float
    infit: float
    outfit: float
    off: float
    holds: bool


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """`rates`: by family and level, the mean pass rate of each model's own tasks, in the order of `rows`; None for
    none. `gap` is the mean of strong less weak."""

    rows: tuple[ModelRow, ...]
    rates: dict[str, list[float | None]]
    strong: str
    weak: str
    gap: float | None


def models_section(models: Models) -> tuple[Block, ...]:
    """The section's blocks."""
    places = Table(
        heads=("", "rollouts", "rate on the scale", "ability", "95 % interval", "infit", "outfit", "off", "scale"),
        rows=tuple(
            (
                row.name,
                f"{row.samples:,}",
                f"{row.pass_rate:.3f}",
                f"{row.ability:+.2f}",
                f"{row.low:+.2f} to {row.high:+.2f}",
                f"{row.infit:.2f}",
                f"{row.outfit:.2f}",
                f"{row.off:.3f}",
                "holds" if row.holds else "does not hold",
            )
            for row in models.rows
        ),
    )
    own = Table(
        heads=("own pass rates", *(row.name for row in models.rows)),
        rows=tuple(
            (name, *("–" if rate is None else f"{rate:.2f}" for rate in rates)) for name, rates in models.rates.items()
        ),
    )
    return places, Drawn(Markup(abilities_chart(models.rows))), Words(verdict(models)), own


def verdict(models: Models) -> str:
    """Whether one scale describes the models, in a sentence."""
    unlike = [row.name for row in models.rows if not row.holds]
    if not unlike:
        return "One scale describes these models: difficulties carry over from one to another."
    return (
        f"One scale does not describe {', '.join(unlike)}: trust each model's own pass rates there, "
        "not what the scale predicts."
    )


def abilities_chart(rows: Sequence[ModelRow]) -> str:
    """A dot with its interval for each model on a common axis of logits."""
    label, right, height = 150, PLOT_WIDTH - 24, 24
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    margin = max(0.05 * (high - low), 0.1)
    low, high = low - margin, high + margin

    def across(logit: float) -> float:
        return label + (right - label) * (logit - low) / (high - low)

    base = len(rows) * height
    parts = [f'<line class="axis" x1="{label}" y1="{base}" x2="{right}" y2="{base}"/>']
    for position, row in enumerate(rows):
        middle = position * height + height / 2
        name = safe(row.name[-22:])
        parts.append(
            f'<text class="label" x="{label - 8}" y="{middle + 4:.1f}" text-anchor="end">{name}</text>'
            f'<line class="line line-0" style="stroke: var(--line0)" x1="{across(row.low):.1f}" y1="{middle:.1f}" '
            f'x2="{across(row.high):.1f}" y2="{middle:.1f}"/>'
            f'<circle class="dot dot-0" cx="{across(row.ability):.1f}" cy="{middle:.1f}" r="4">'
            f"<title>{safe(row.name)}: {row.ability:+.2f}</title></circle>"
        )
    for logit in (low + margin, (low + high) / 2, high - margin):
        parts.append(
            f'<text class="label" x="{across(logit):.1f}" y="{base + 15}" text-anchor="middle">{logit:+.2f}</text>'
        )
    return svg(PLOT_WIDTH, base + 20, parts, "abilities with their intervals")


def summary_rows(models: Models) -> Mapping[str, str]:
    """The rows of the run's summary."""
    places = ", ".join(
        f"{row.name} {row.ability:+.2f} ± {(row.high - row.low) / 2:.2f}"
        for row in sorted(models.rows, key=lambda row: -row.ability)
    )
    rows = {"abilities": places}
    if models.gap is not None:
        rows["gap"] = f"{models.gap:.3f}: {models.strong} less {models.weak}, mean over tasks"
    return rows | {"one scale": verdict(models)}
