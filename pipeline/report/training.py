"""The training's part of a report: curves, what the doctor said, held-out splits, and rollouts to read."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from markupsafe import Markup

from pipeline.report import blocks
from pipeline.report.blocks import Block, Drawn, Folded, Head, Quote, Table, Words
from pipeline.report.curves import Chart, curve_chart
from pipeline.report.html import safe


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule of the doctor found from a step on; `stop`: that going on is waste."""

    step: int
    rule: str
    sentence: str
    stop: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One rollout to read: what the verifier said of it in a line, and its words. Empty: not known any more."""

    place: str
    line: str
    right: bool
    prompt: str
    answer: str
    text: str


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """`summary`: rows of name and value. `splits` and `cells`: tables, the heads first. `samples` by step."""

    summary: dict[str, str]
    notes: tuple[Note, ...]
    splits: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[str, ...], ...]
    charts: tuple[Chart, ...]
    samples: dict[int, tuple[Shown, ...]]


_WORDS_OF_SPLITS = (
    "cost: tokens for a right answer; gained, lost: tasks that some sample of the last evaluation solves and none of "
    "the first, and the other way round (chance alone moves some both ways)"
)


def training_section(training: Training) -> tuple[Block, ...]:
    """The section's blocks."""
    return tuple(_blocks(training))


def _blocks(training: Training) -> Iterator[Block]:
    yield Table(rows=tuple(training.summary.items()), named="training")
    yield from _notes(training.notes)
    if len(training.splits) > 1:
        yield Head("Held-out tasks")
        yield _table(training.splits)
        yield Words(_WORDS_OF_SPLITS)
        if len(training.cells) > 1:
            yield Folded("by family and level", (_table(training.cells),))
    if drawn := "".join(_figure(chart) for chart in training.charts):
        yield Head("Step by step")
        yield Drawn(Markup(f"<div class=curves>{drawn}</div>"))
    if training.samples:
        yield Head("Rollouts")
        last = max(training.samples)
        for step, shown in training.samples.items():
            yield Head(f"Step {step}", level=4)
            for each in shown:
                yield Folded(each.place, tuple(_words(each)), aside=each.line, opened=step == last)


def _notes(notes: Sequence[Note]) -> Iterator[Block]:
    if not notes:
        yield blocks.Note("", "", "The doctor found nothing amiss.", "good")
    for note in notes:
        since = f"{'stop: going on is waste,' if note.stop else 'from'} step {note.step}"
        yield blocks.Note(note.rule, since, note.sentence, "stopped" if note.stop else "warned")


def _figure(chart: Chart) -> str:
    drawn = curve_chart(chart)
    return drawn and (
        f"<figure><figcaption><b>{safe(chart.title)}</b> <span class=soft>{safe(chart.note)}</span></figcaption>"
        f"{drawn}</figure>"
    )


def _words(shown: Shown) -> Iterator[Block]:
    judged: Literal["right", "wrong"] = "right" if shown.right else "wrong"
    if shown.prompt:
        yield Quote("prompt", shown.prompt)
    if shown.answer:
        yield Quote("right answer", shown.answer)
    if shown.text:
        yield Quote("completion", shown.text, judged)


def _table(rows: Sequence[tuple[str, ...]]) -> Table:
    heads, *body = rows
    return Table(heads=heads, rows=tuple(body))
