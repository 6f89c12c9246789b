"""What was left out as the same problem: by which method, how many copies there were, and examples beside them."""

from collections.abc import Mapping

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Folded, Head, Quote, Table
from pipeline.report.html import html_of

METHODS: Mapping[str, str] = {
    "canonical": "the canonical key of another task",
    "index": "the canonical key of a task of a former run",
    "text": "the same text up to names and the order of clues",
    "lexical": "nearly the same words, and numbers, answer and relations agree",
    "semantic": "nearly the same sense, and numbers, answer and relations agree",
    "benchmark": "the problem of an item of a benchmark",
}
"""What decides, by the method's name, surest first."""


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """A task that was left out and, where it is at hand, the text of what stays in its place."""

    family: str
    level: int
    score: float
    reason: str
    left_out: str
    kept_id: str
    kept: str


class RemovedTasks(msgspec.Struct, frozen=True, kw_only=True):
    """`counts` of tasks left out, `of` all, and examples, by method; `copies`: how many problems were there so many
    times, 2 and more."""

    of: int
    counts: dict[str, int]
    copies: dict[int, int]
    examples: dict[str, tuple[Twin, ...]]


_MOST_SIZES = 8
_LONGEST = 1200


def removed_section(found: RemovedTasks) -> tuple[Block, ...]:
    """The section's blocks."""
    methods = [*METHODS, *sorted(set(found.counts) - set(METHODS))]
    rows = tuple(
        (method, f"{count:,}", f"{count / max(found.of, 1):.2%}", METHODS.get(method, ""))
        for method in methods
        if (count := found.counts.get(method))
    )
    shown = [
        block
        for method in methods
        if (twins := found.examples.get(method))
        for block in (Head(f"By method {method}"), *(_shown(twin, number == 0) for number, twin in enumerate(twins)))
    ]
    return Table(heads=("method", "tasks", "share", "the same since it has"), rows=rows), *_copies(found), *shown


def _copies(found: RemovedTasks) -> tuple[Block, ...]:
    sizes = sorted(found.copies.items())
    if not sizes:
        return ()
    rows = [(str(size), f"{count:,}", f"{count * (size - 1):,}") for size, count in sizes[:_MOST_SIZES]]
    if more := sizes[_MOST_SIZES:]:
        problems, left_out = sum(count for _, count in more), sum(count * (size - 1) for size, count in more)
        rows.append((f"{more[0][0]} and more", f"{problems:,}", f"{left_out:,}"))
    return (Table(heads=("copies", "problems", "tasks left out"), rows=tuple(rows)),)


def _shown(twin: Twin, opened: bool) -> Block:
    kept = Quote("kept", twin.kept, "right", _LONGEST) if twin.kept else Quote("kept elsewhere", twin.kept_id)
    left_out = Quote("left out", twin.left_out, "wrong", _LONGEST)
    beside = "".join(f"<div>{html_of([quote])}</div>" for quote in (kept, left_out))
    where = f"{twin.family} {twin.level}" if twin.level else twin.family
    inside = Drawn(Markup(f"<div class=beside>{beside}</div>"))
    return Folded(where, (inside,), aside=f"score {twin.score:.3f} · {twin.reason}", opened=opened)
