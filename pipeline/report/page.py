"""The report: plain data, told in sections, as one self-contained HTML page or as Markdown."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import jinja2
import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Folded, Quote, Table, Words
from pipeline.report.charts import histogram, stacked_bars
from pipeline.report.funnel import Stop, funnel_section
from pipeline.report.html import html_of
from pipeline.report.markdown import inline, markdown_of
from pipeline.report.models import Models, models_section
from pipeline.report.reliability import Predicted, predicted_section
from pipeline.report.rounds import Rounds, rounds_section
from pipeline.report.shown import plain
from pipeline.report.training import Training, training_section

DECISIONS = ("too_hard", "in_band", "too_easy", "undecided")


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A task shown with a response that was verified and one that failed, where there are such."""

    family: str
    level: int
    prompt: str
    gold: str
    pass_rate: float
    right: str | None
    wrong: str | None
    wrong_reason: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a report tells; parts that a run has not come to are empty."""

    title: str
    facts: dict[str, str]
    summary: dict[str, str]
    config: str
    stops: tuple[Stop, ...] = ()
    pass_rates: dict[str, list[float]] = {}
    decisions: dict[str, dict[str, int]] = {}
    reasons: dict[str, int] = {}
    examples: tuple[Example, ...] = ()
    training: Training | None = None
    models: Models | None = None
    rounds: Rounds | None = None
    predicted: Predicted | None = None


class Section(NamedTuple):
    """A part of the report. `blocks` tells it; a report in which it has nothing to tell gives none."""

    anchor: str
    title: str
    lead: str
    blocks: Callable[[Report], Sequence[Block]]


class _Told(NamedTuple):
    anchor: str
    title: str
    blocks: tuple[Block, ...]


def page(report: Report) -> str:
    """The HTML text: it asks nothing of the network, and its policy lets no script run but its own."""
    sections = [(each.anchor, each.title, html_of(each.blocks)) for each in _told(report)]
    script = _part("script.js")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(_part("page.html")).render(
        title=plain(report.title),
        facts={plain(name): plain(value) for name, value in report.facts.items()},
        sections=sections,
        style=Markup(_part("style.css")),
        script=Markup(script),
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
    )


def markdown(report: Report) -> str:
    """The Markdown text: words and tables."""
    facts = " · ".join(f"{name} {value}" for name, value in report.facts.items())
    head = f"# {inline(report.title)}\n\n{inline(facts)}"
    parts = [(each.title, markdown_of(each.blocks)) for each in _told(report)]
    return "\n\n".join([head, *(f"## {title}\n\n{text}" for title, text in parts if text)]) + "\n"


def _told(report: Report) -> Iterator[_Told]:
    for section in SECTIONS:
        if blocks := tuple(section.blocks(report)):
            lead = (Words(section.lead),) if section.lead else ()
            yield _Told(section.anchor, section.title, lead + blocks)


def _part(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _summary(report: Report) -> tuple[Block, ...]:
    return (Table(rows=tuple(report.summary.items()), named="summary"),) if report.summary else ()


def _bands(report: Report) -> tuple[Block, ...]:
    if not report.decisions:
        return ()
    swatches = "".join(f'<i class="swatch kind-{kind}"></i>{kind.replace("_", " ")}' for kind in DECISIONS)
    rows = tuple(
        (name, *(f"{counts.get(kind, 0):,}" for kind in DECISIONS)) for name, counts in report.decisions.items()
    )
    table = Table(heads=("", *(kind.replace("_", " ") for kind in DECISIONS)), rows=rows)
    drawn = f'<p class="soft legend">{swatches}</p>{stacked_bars(report.decisions, DECISIONS)}'
    return (Drawn(Markup(drawn), instead=(table,)),)


def _pass_rates(report: Report) -> tuple[Block, ...]:
    if not report.pass_rates:
        return ()
    drawn = "".join(histogram(values, name) for name, values in report.pass_rates.items())
    means = tuple(
        (name, f"{len(values):,}", f"{sum(values) / len(values):.3f}") for name, values in report.pass_rates.items()
    )
    table = Table(heads=("", "tasks", "mean pass rate"), rows=means)
    return (Drawn(Markup(f"<div class=charts>{drawn}</div>"), instead=(table,)),)


def _reasons(report: Report) -> tuple[Block, ...]:
    rows = tuple((reason, f"{count:,} rollouts") for reason, count in report.reasons.items())
    return (Table(rows=rows, named="verdicts"),) if rows else ()


def _config(report: Report) -> tuple[Block, ...]:
    return (Folded("Everything this run was asked to do", (Quote("", report.config),)),) if report.config else ()


SECTIONS: tuple[Section, ...] = (
    Section(
        "way",
        "The way of the data",
        "",
        lambda report: funnel_section(report.stops),
    ),
    Section("summary", "Summary", "", _summary),
    Section("bands", "Band shares", "Tasks by decision, for each family and level.", _bands),
    Section(
        "pass-rates",
        "Pass rates by family",
        "Posterior mean of each task's pass rate; in brackets, how many tasks.",
        _pass_rates,
    ),
    Section(
        "rounds",
        "Yield per round",
        "The share of each round's graded tasks that are in the band, and the share that its plan expected from the "
        "rounds before.",
        lambda report: () if report.rounds is None else rounds_section(report.rounds),
    ),
    Section(
        "predicted",
        "How well tasks are predicted",
        "Each graded task predicted by a predictor that was fitted to other problems, against what its rollouts said. "
        "On the diagonal, predictions come true.",
        lambda report: () if report.predicted is None else predicted_section(report.predicted),
    ),
    Section(
        "models",
        "Models side by side",
        "Ability in logits, their mean 0. A model solves a task with probability 1 / (1 + exp(difficulty − ability)), "
        "as far as the scale holds.",
        lambda report: () if report.models is None else models_section(report.models),
    ),
    Section("verdicts", "What the verifiers said", "", _reasons),
    Section(
        "training",
        "Training",
        "",
        lambda report: () if report.training is None else training_section(report.training),
    ),
    Section("config", "Config", "", _config),
)
"""The report in its order."""
