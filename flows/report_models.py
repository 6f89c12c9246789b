"""What the report says of several models: from the stages `items` and `abilities`."""

from pipeline.report.models import ModelRow, Models
from pipeline.store import Run
from schemas import Ability, Item


def models_of(run: Run) -> Models | None:
    """The comparison of a run's models, or None where there is none yet."""
    abilities, items = run.sealed("abilities", Ability), run.sealed("items", Item)
    if abilities is None or items is None:
        return None
    rows = tuple(
        ModelRow(
            name=each.model,
            samples=each.samples,
            pass_rate=each.pass_rate,
            ability=each.ability,
            low=each.low,
            high=each.high,
            infit=each.infit,
            outfit=each.outfit,
            off=each.off,
            holds=each.holds,
        )
        for each in abilities.records()
    )
    places = {row.name: place for place, row in enumerate(rows)}
    sums: dict[tuple[str, int], list[tuple[float, int]]] = {}
    gaps: list[float] = []
    strong = weak = ""
    for item in items.records():
        cell = sums.setdefault((item.family, item.level), [(0.0, 0)] * len(rows))
        for rate in item.rates:
            total, count = cell[places[rate.model]]
            cell[places[rate.model]] = (total + rate.mean, count + 1)
        strong, weak = item.strong, item.weak
        if item.gap is not None:
            gaps.append(item.gap)
    return Models(
        rows=rows,
        rates={
            f"{family} {level}" if level else family: [total / count if count else None for total, count in cell]
            for (family, level), cell in sorted(sums.items())
        },
        strong=strong,
        weak=weak,
        gap=sum(gaps) / len(gaps) if gaps else None,
    )
