"""Tasks that are items of a benchmark: how many of which one, by which rule, and examples to compare by eye."""

from collections.abc import Mapping

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Folded, Head, Quote, Table, Words
from pipeline.report.html import html_of
from schemas import HitMethod

RULES: Mapping[HitMethod, str] = {
    "canonical": "the same problem up to renaming, reordering and symmetry",
    "exact": "the same words",
    "text": "the same text up to names and the order of clues",
    "near": "rare word sequences of it, and its numbers",
    "semantic": "its sense, and its numbers, answer and relations",
}
"""What a task has of an item, by the method's name, surest first."""


class BenchmarkHits(msgspec.Struct, frozen=True, kw_only=True):
    """Of a benchmark's `items` so many were `found` among the tasks; so many `tasks` are items of it, by method."""

    name: str
    items: int
    found: int
    tasks: int
    methods: dict[str, int]


class HitShown(msgspec.Struct, frozen=True, kw_only=True):
    """A task, and what the hit shows of the item that it is."""

    family: str
    level: int
    benchmark: str
    item: str
    method: str
    score: float
    reason: str
    task: str
    excerpt: str


class Contamination(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in which benchmarks, none where none was asked for. `tasks` were compared; those found are
    `dropped`, or stay and are written down."""

    benchmarks: tuple[BenchmarkHits, ...]
    tasks: int
    dropped: bool
    examples: tuple[HitShown, ...] = ()


_LONGEST = 1200


def contamination_section(found: Contamination) -> tuple[Block, ...]:
    """The section's blocks."""
    if not found.benchmarks:
        return (Words("No benchmark was asked for. Nothing is claimed of whether a task stands in one."),)
    rows = tuple(
        (
            each.name,
            f"{each.items:,}",
            f"{each.found:,}",
            f"{each.tasks:,}",
            f"{each.tasks / max(found.tasks, 1):.2%}",
            ", ".join(f"{method} {each.methods[method]:,}" for method in RULES if each.methods.get(method)) or "–",
        )
        for each in found.benchmarks
    )
    heads = ("benchmark", "items", "found among the tasks", "tasks", "share of tasks", "by method")
    done = "removed" if found.dropped else "kept, and written down as hits"
    told = f"{found.tasks:,} tasks were compared. Those that are items are {done}."
    rules = tuple((method, has) for method, has in RULES.items())
    return (
        Words(told),
        Table(heads=heads, rows=rows, named="benchmarks"),
        Folded("What the methods mean", (Table(heads=("method", "the task has"), rows=rules),)),
        *((Head("Examples"), *map(_shown, found.examples)) if found.examples else ()),
    )


def _shown(hit: HitShown) -> Block:
    quotes = Quote(f"{hit.benchmark} {hit.item}", hit.excerpt), Quote("task", hit.task, "wrong", _LONGEST)
    beside = "".join(f"<div>{html_of([quote])}</div>" for quote in quotes)
    where = f"{hit.family} {hit.level}" if hit.level else hit.family
    aside = f"{hit.method}, score {hit.score:.3f} · {hit.reason}"
    return Folded(where, (Drawn(Markup(f"<div class=beside>{beside}</div>")),), aside=aside)
