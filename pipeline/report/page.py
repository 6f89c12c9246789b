"""The report: plain data, told in sections, as one self-contained HTML page or as Markdown."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import jinja2
import msgspec
from markupsafe import Markup

from pipeline.report.bands import bands_section, pass_rates_section
from pipeline.report.blocks import Block, Folded, Quote, Table, Words
from pipeline.report.browser import Browser, browser_section
from pipeline.report.contamination import Contamination, contamination_section
from pipeline.report.costs import Costs, costs_section
from pipeline.report.diversity import Diversity, diversity_section
from pipeline.report.funnel import Stop, funnel_section
from pipeline.report.gallery import Shown, gallery_section
from pipeline.report.heat import Rung, heat_section
from pipeline.report.html import html_of
from pipeline.report.loop import Loop, loop_section
from pipeline.report.markdown import inline, markdown_of
from pipeline.report.models import Models, models_section
from pipeline.report.reliability import Predicted, predicted_section
from pipeline.report.removed import RemovedTasks, removed_section
from pipeline.report.rounds import Rounds, rounds_section
from pipeline.report.shown import harmless
from pipeline.report.taskmap import TaskMap, map_section
from pipeline.report.training import Training, training_section


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a report tells; parts that a run has not come to are empty."""

    title: str
    facts: dict[str, str]
    summary: dict[str, str]
    config: str
    stops: tuple[Stop, ...] = ()
    pass_rates: dict[str, list[float]] = {}
    decisions: dict[str, dict[str, int]] = {}
    rungs: dict[str, dict[int, Rung]] = {}
    calibration: Predicted | None = None
    rounds: Rounds | None = None
    predicted: Predicted | None = None
    costs: Costs | None = None
    models: Models | None = None
    removed: RemovedTasks | None = None
    contamination: Contamination | None = None
    diversity: Diversity | None = None
    task_map: TaskMap | None = None
    gallery: tuple[Shown, ...] = ()
    reasons: dict[str, int] = {}
    browser: Browser | None = None
    training: Training | None = None
    loop: Loop | None = None


class Section(NamedTuple):
    """A part of the report. `blocks` tells it; a report in which it has nothing to tell gives none."""

    anchor: str
    title: str
    lead: str
    blocks: Callable[[Report], Sequence[Block]]


def page(report: Report) -> str:
    """The HTML text: it asks nothing of the network, and its policy lets no script run but its own."""
    sections = [
        (each.anchor, each.title, html_of((*_lead(each), *blocks)))
        for each in SECTIONS
        if (blocks := tuple(each.blocks(report)))
    ]
    script = _part("script.js") if report.browser is not None else ""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(_part("page.html")).render(
        title=harmless(report.title),
        facts={harmless(name): harmless(value) for name, value in report.facts.items()},
        sections=sections,
        style=Markup(_part("style.css")),
        script=Markup(script),
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
    )


def markdown(report: Report) -> str:
    """The Markdown text: words and tables."""
    facts = " · ".join(f"{name} {value}" for name, value in report.facts.items())
    head = f"# {inline(report.title)}\n\n{inline(facts)}"
    parts = [
        f"## {each.title}\n\n{lead}{text}"
        for each in SECTIONS
        if (text := markdown_of(each.blocks(report)))
        for lead in (f"{inline(each.lead)}\n\n" if each.lead else "",)
    ]
    return "\n\n".join([head, *parts]) + "\n"


def _lead(section: Section) -> tuple[Block, ...]:
    return (Words(section.lead),) if section.lead else ()


def _part(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _summary(report: Report) -> tuple[Block, ...]:
    return (Table(rows=tuple(report.summary.items()), named="summary"),) if report.summary else ()


def _reasons(report: Report) -> tuple[Block, ...]:
    rows = tuple((reason, f"{count:,} rollouts") for reason, count in report.reasons.items())
    return (Table(rows=rows, named="verdicts"),) if rows else ()


def _config(report: Report) -> tuple[Block, ...]:
    return (
        (Folded("Everything this run was asked to do", (Quote("", report.config, longest=100_000),)),)
        if report.config
        else ()
    )


SECTIONS: tuple[Section, ...] = (
    Section(
        "way",
        "The way of the data",
        "",
        lambda report: funnel_section(report.stops),
    ),
    Section("summary", "Summary", "", _summary),
    Section(
        "loop",
        "Round by round",
        "A model that learns from its own rollouts: what it makes of tasks that it is never trained on.",
        lambda report: () if report.loop is None else loop_section(report.loop),
    ),
    Section(
        "bands",
        "Band shares",
        "Tasks by decision, for each family.",
        lambda report: bands_section(report.decisions),
    ),
    Section(
        "heat",
        "Yield by family and level",
        "The share of graded tasks that are in the band; below it how many were graded, and their mean pass rate.",
        lambda report: heat_section(report.rungs),
    ),
    Section(
        "pass-rates",
        "Pass rates by family",
        "Posterior mean of each task's pass rate, 0 to 1; in brackets, how many tasks.",
        lambda report: pass_rates_section(report.pass_rates),
    ),
    Section(
        "calibration",
        "Are the pass rates to be believed?",
        "Each rollout forecast from those of its task before it, by the posterior that also decides; then compared "
        "with what it came to.",
        lambda report: () if report.calibration is None else predicted_section(report.calibration),
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
        "Each graded task predicted by a predictor that was fitted to other problems, against what its rollouts said.",
        lambda report: () if report.predicted is None else predicted_section(report.predicted),
    ),
    Section(
        "models",
        "Models side by side",
        "Ability in logits, their mean 0. A model solves a task with probability 1 / (1 + exp(difficulty − ability)), "
        "as far as the scale holds.",
        lambda report: () if report.models is None else models_section(report.models),
    ),
    Section(
        "removed",
        "Removed",
        "Tasks that are left out because the same problem is elsewhere. None is lost: the run's folder has them whole.",
        lambda report: () if report.removed is None else removed_section(report.removed),
    ),
    Section(
        "contamination",
        "Contamination",
        "Whether tasks are items of the benchmarks that the run was told of.",
        lambda report: () if report.contamination is None else contamination_section(report.contamination),
    ),
    Section(
        "diversity",
        "Diversity",
        "Of the tasks that stay.",
        lambda report: () if report.diversity is None else diversity_section(report.diversity),
    ),
    Section(
        "map",
        "Diversity map",
        "Tasks as dots, near each other where they are alike.",
        lambda report: () if report.task_map is None else map_section(report.task_map),
    ),
    Section("gallery", "Families", "", lambda report: gallery_section(report.gallery)),
    Section("verdicts", "What the verifiers said", "", _reasons),
    Section(
        "rollouts",
        "Rollouts to read",
        "",
        lambda report: () if report.browser is None else browser_section(report.browser),
    ),
    Section(
        "training",
        "Training",
        "",
        lambda report: () if report.training is None else training_section(report.training),
    ),
    Section(
        "costs",
        "What it cost",
        "By stage, work that was lost and done again included as far as it was written down.",
        lambda report: () if report.costs is None else costs_section(report.costs),
    ),
    Section("config", "Config", "", _config),
)
"""The report in its order."""
