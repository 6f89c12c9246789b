"""How hard the tasks of each family are: how many were decided what, and how their pass rates are spread."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Table
from pipeline.report.charts import histogram, stacked_bars

DECISIONS = ("too_hard", "in_band", "too_easy", "undecided")


def bands_section(decisions: Mapping[str, Mapping[str, int]]) -> tuple[Block, ...]:
    """Tasks by decision for each family, none where nothing was decided."""
    if not decisions:
        return ()
    names = [kind.replace("_", " ") for kind in DECISIONS]
    pairs = zip(DECISIONS, names, strict=True)
    swatches = "".join(f'<span><i class="swatch kind-{kind}"></i>{name}</span>' for kind, name in pairs)
    rows = tuple((name, *(f"{counts.get(kind, 0):,}" for kind in DECISIONS)) for name, counts in decisions.items())
    drawn = f'<p class="soft legend">{swatches}</p>{stacked_bars(decisions, DECISIONS)}'
    return (Drawn(Markup(drawn), instead=(Table(heads=("", *names), rows=rows),)),)


def pass_rates_section(pass_rates: Mapping[str, Sequence[float]]) -> tuple[Block, ...]:
    """A histogram of the posterior means of each family's tasks."""
    if not pass_rates:
        return ()
    drawn = "".join(f"<figure>{histogram(values, name)}</figure>" for name, values in pass_rates.items())
    means = tuple((name, f"{len(own):,}", f"{sum(own) / len(own):.3f}") for name, own in pass_rates.items())
    table = Table(heads=("", "tasks", "mean pass rate"), rows=means)
    return (Drawn(Markup(f"<div class=charts>{drawn}</div>"), instead=(table,)),)
