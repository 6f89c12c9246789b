"""The report page: one self-contained HTML file from plain data."""

from pathlib import Path

import jinja2
import msgspec
from markupsafe import Markup

from pipeline.report.charts import histogram, stacked_bars
from pipeline.report.models import Models, models_section
from pipeline.report.reliability import Predicted, predicted_section
from pipeline.report.rounds import Rounds, rounds_section
from pipeline.report.training import Training, training_section

DECISIONS = ("too_hard", "in_band", "too_easy", "undecided")


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One stop on the way of the data: how many went out of it, and what to know of it."""

    name: str
    count: int
    note: str


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
    """What a page tells; parts that a run has not come to are empty."""

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


def page(report: Report) -> str:
    """The HTML text."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
    return template.render(
        report=report,
        decisions=DECISIONS,
        band_chart=Markup(stacked_bars(report.decisions, DECISIONS)),
        histograms=[Markup(histogram(values, name)) for name, values in report.pass_rates.items()],
        models=None if report.models is None else models_section(report.models),
        rounds=None if report.rounds is None else rounds_section(report.rounds),
        predicted=None if report.predicted is None else predicted_section(report.predicted),
        training=None if report.training is None else training_section(report.training),
    )
