"""The training's part of a report: curves, what the doctor said, held-out splits, and rollouts to read."""

from collections.abc import Mapping, Sequence
from html import escape

import msgspec
from markupsafe import Markup

from pipeline.report.curves import Chart, curve_chart


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
    '<p class="soft">cost: tokens for a right answer; gained, lost: tasks that some sample of the last evaluation '
    "solves and none of the first, and the other way round (chance alone moves some both ways)</p>"
)


def training_section(training: Training) -> Markup:
    """The section's HTML."""
    parts = [_rows(training.summary), _notes(training.notes)]
    if len(training.splits) > 1:
        parts += ["<h3>Held-out tasks</h3>", _table(training.splits), _WORDS_OF_SPLITS, _cells(training.cells)]
    if drawn := [_figure(chart) for chart in training.charts]:
        parts += ["<h3>Step by step</h3>", f'<div class="curves">{"".join(drawn)}</div>']
    if training.samples:
        parts.append("<h3>Rollouts</h3>")
        last = max(training.samples)
        parts += [_samples(step, shown, opened=step == last) for step, shown in training.samples.items()]
    return Markup("\n".join(parts))


def _rows(summary: Mapping[str, str]) -> str:
    return (
        "<table>"
        + "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in summary.items())
        + "</table>"
    )


def _notes(notes: Sequence[Note]) -> str:
    if not notes:
        return '<p class="note">The doctor found nothing amiss.</p>'
    return "".join(
        f'<p class="note {"stopped" if note.stop else "warned"}"><b>{escape(note.rule)}</b> '
        f'<span class="soft">{"stop: going on is waste," if note.stop else "from"} step {note.step}</span><br>'
        f"{escape(note.sentence)}</p>"
        for note in notes
    )


def _figure(chart: Chart) -> str:
    drawn = curve_chart(chart)
    return drawn and (
        f'<figure><figcaption><b>{escape(chart.title)}</b> <span class="soft">{escape(chart.note)}</span></figcaption>'
        f"{drawn}</figure>"
    )


def _cells(cells: Sequence[Sequence[str]]) -> str:
    if len(cells) < 2:
        return ""
    return f"<details><summary>by family and level</summary>{_table(cells)}</details>"


def _samples(step: int, shown: Sequence[Shown], opened: bool) -> str:
    begin = f"<details{' open' * opened}><summary>"
    return f"<h4>Step {step}</h4>" + "".join(
        f"{begin}{escape(each.place)} <span class='soft'>{escape(each.line)}</span></summary>"
        f"{_words('prompt', each.prompt)}{_words('right answer', each.answer)}"
        f"{_words('completion', each.text, 'right' if each.right else 'wrong')}</details>"
        for each in shown
    )


def _words(name: str, text: str, kind: str = "") -> str:
    return text and f'<span class="soft">{name}</span><pre class="words {kind}">{escape(text)}</pre>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    heads, *body = rows
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    told = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in body)
    return f'<table class="numbers"><tr>{head}</tr>{told}</table>'
