"""What a run has cost, stage by stage, and whether that is what its plan said."""

from collections.abc import Iterator, Mapping

import msgspec

from pipeline.costs.plan import TOTAL, Interval, Plan
from pipeline.costs.prices import QUANTITIES
from pipeline.costs.shown import NAMES, shown
from pipeline.report.blocks import Block, Head, Table, Words


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """`facts` by stage and quantity (`prices.QUANTITIES`); money is there where prices are known.

    `beside` is CPU seconds that made what is of no use now: shards of another config, or work that was done again.
    """

    facts: dict[str, dict[str, float]]
    plan: Plan | None = None
    beside: float = 0.0


def costs_section(costs: Costs) -> tuple[Block, ...]:
    """A row for each stage; below, where there is a plan, a row for each of its numbers."""
    blocks: list[Block] = []
    names = [name for name in QUANTITIES if any(name in facts for facts in costs.facts.values())]
    if names:
        whole = costs.facts | {TOTAL: total_of(costs.facts)}
        rows = tuple(
            (stage, *(shown(name, facts[name]) if name in facts else "" for name in names))
            for stage, facts in whole.items()
        )
        blocks.append(Table(heads=("", *(NAMES[name] for name in names)), rows=rows, named="cost by stage"))
    if costs.beside >= 1.0:
        blocks.append(Words(f"{shown('cpu_seconds', costs.beside)} more of CPU time made shards of other configs."))
    if costs.plan is not None:
        blocks += _against(costs.plan, costs.facts)
    return tuple(blocks)


def _against(plan: Plan, facts: Mapping[str, Mapping[str, float]]) -> Iterator[Block]:
    rows = tuple(compared(plan, facts))
    if not rows:
        return
    inside = sum(row[4] == "inside" for row in rows)
    yield Head("Plan and fact")
    yield Words(
        f"Planned by the rates of {plan.rates}: {inside} of {len(rows)} numbers are inside their {plan.share:.0%} "
        "intervals."
    )
    heads = "", "", "plan", "fact", "", f"{plan.share:.0%} within"
    yield Table(heads=heads, rows=rows, named="plan against fact")


def compared(plan: Plan, facts: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, ...]]:
    """Stage, quantity, plan, fact, `inside`, `below` or `above`, and interval: of what is both planned and made.

    The total is that of the stages that are planned.
    """
    planned = {stage: own for stage, own in facts.items() if stage in plan.stages}
    known = planned | ({TOTAL: total_of(planned)} if planned.keys() >= plan.stages.keys() - {TOTAL} else {})
    for stage, quantities in plan.stages.items():
        for name, told in quantities.items():
            if name not in known.get(stage, {}):
                continue
            fact = known[stage][name]
            within = "" if told.low == told.high else f"{shown(name, told.low)} – {shown(name, told.high)}"
            yield stage, NAMES[name], shown(name, told.expected), shown(name, fact), _place(told, fact), within


def total_of(facts: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The sums over stages; rows of different stages don't make a sum."""
    names = [name for name in QUANTITIES if name != "rows" and any(name in own for own in facts.values())]
    return {name: sum(own.get(name, 0.0) for own in facts.values()) for name in names}


def _place(told: Interval, fact: float) -> str:
    if told.low == told.high:  # planned exactly
        return (
            "inside" if abs(fact - told.low) <= 1e-6 * max(abs(fact), 1.0) else "below" if fact < told.low else "above"
        )
    return "inside" if told.holds(fact) else "below" if fact < told.low else "above"
