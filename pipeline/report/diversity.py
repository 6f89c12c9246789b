"""How varied the tasks are: over families, in what they are like and how they are worded, and how soon they repeat."""

from collections.abc import Mapping

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Folded, Head, Note, Quote, Table, Words
from pipeline.report.charts import line_chart, share_bars


class FamilyVariety(msgspec.Struct, frozen=True, kw_only=True):
    """Of `made` tasks of a family `distinct` were different problems; there are at least about `problems`, and of the
    next tasks the share `new` would be new ones. `template` is the share of a prompt that is the family's template,
    `nearest` the median distance to the nearest other task; None where there are too few to tell."""

    family: str
    made: int
    distinct: int
    problems: float
    new: float
    template: float | None
    nearest: float | None


class CommonWords(msgspec.Struct, frozen=True, kw_only=True):
    """Words that stand in the `share` of a family's prompts."""

    family: str
    share: float
    text: str


class Diversity(msgspec.Struct, frozen=True, kw_only=True):
    """`measures` by name, as they are told. `nearest`: curves of (share of tasks, distance) by the space in which
    distances are taken. `rule` says of which tasks the measures that are of a sample are."""

    measures: dict[str, str]
    families: tuple[FamilyVariety, ...]
    nearest: dict[str, list[tuple[float, float]]]
    templates: tuple[CommonWords, ...]
    rule: str


_DRY, _MADE, _NOTES = 0.2, 100, 5
"""The share of new problems below which a family of so many tasks is said to run dry, and how many are named."""
_BARS = 24
_LONGEST = 300


def diversity_section(found: Diversity) -> tuple[Block, ...]:
    """The section's blocks."""
    chart = line_chart(found.nearest, "share of tasks", "distance to the nearest other task at most")
    return (
        Table(rows=tuple(found.measures.items()), named="measures of diversity"),
        *_dry(found),
        Words(found.rule),
        *((Head("Nearest neighbours"), Drawn(Markup(chart), instead=(_quantiles(found.nearest),))) if chart else ()),
        *_wording(found),
        Head("Families that repeat themselves first"),
        Table(heads=_HEADS, rows=tuple(map(_row, sorted(found.families, key=_repeating))), named="families"),
        Words(
            "What is new of the next tasks, a thousand or as many as there are, and how many problems there are is at "
            "least about that: told from how many problems came once and twice (Good and Turing; Chao)."
        ),
    )


def _dry(found: Diversity) -> tuple[Block, ...]:
    dry = [each for each in found.families if each.made >= _MADE and each.new < _DRY]
    return tuple(
        Note(
            head="runs dry",
            aside=each.family,
            text=f"{each.distinct:,} problems in {each.made:,} tasks; of the next ones {each.new:.0%} would be new.",
            kind="warned",
        )
        for each in sorted(dry, key=_repeating)[:_NOTES]
    )


_HEADS = ("family", "tasks", "problems", "repeated", "new of the next", "problems there are", "template",
          "nearest")  # fmt: skip


def _row(each: FamilyVariety) -> tuple[str, ...]:
    return (
        each.family,
        f"{each.made:,}",
        f"{each.distinct:,}",
        f"{_repeated(each):.1%}",
        f"{each.new:.0%}",
        f"≥ {each.problems:,.0f}",
        "–" if each.template is None else f"{each.template:.0%}",
        "–" if each.nearest is None else f"{each.nearest:.3f}",
    )


def _repeated(each: FamilyVariety) -> float:
    return 1 - each.distinct / max(each.made, 1)


def _repeating(each: FamilyVariety) -> tuple[float, float, str]:
    return each.new, -_repeated(each), each.family


def _wording(found: Diversity) -> tuple[Block, ...]:
    shares = {each.family: each.template for each in found.families if each.template is not None}
    if not shares:
        return ()
    largest: Mapping[str, float] = dict(sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:_BARS])
    told = Words(
        "How much of a prompt is its family's template: words in a row that stand in more than a tenth of the prompts."
        + f" The {_BARS} largest shares of {len(shares)}." * (len(shares) > _BARS)
    )
    quotes = tuple(Quote(f"{each.family}, {each.share:.0%}", each.text, longest=_LONGEST) for each in found.templates)
    folded = (Folded("The commonest templates", quotes, aside="and the share of prompts they stand in"),)
    bars = Drawn(Markup(share_bars(largest)))  # the table of families has the same figures
    return Head("Template"), told, bars, *(folded if quotes else ())


def _quantiles(curves: Mapping[str, list[tuple[float, float]]]) -> Table:
    rows = tuple(
        (name, *(f"{distance:.3f}" for share, distance in curve if round(100 * share) % 25 == 0))
        for name, curve in curves.items()
    )
    return Table(heads=("share of tasks within", "0 %", "25 %", "50 %", "75 %", "100 %"), rows=rows)
