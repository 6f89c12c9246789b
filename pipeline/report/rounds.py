"""The rounds of an aimed run: the yield of each, and where its tasks went."""

from collections.abc import Mapping

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Table, Words
from pipeline.report.charts import line_chart


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks of one round, or of one cell in it: of those `made` some are `unique`, of these some `graded` by rollouts,
    and of these some `in_band` and some `undecided`."""

    made: int = 0
    unique: int = 0
    graded: int = 0
    in_band: int = 0
    undecided: int = 0

    @property
    def share(self) -> float | None:
        """The share of the graded tasks that are in the band: the yield."""
        return self.in_band / self.graded if self.graded else None


class Rounds(msgspec.Struct, frozen=True, kw_only=True):
    """`rounds` in order, with `expected`, the yield that each one's plan expected (None: nothing was known), and
    `cells` by name, with a count for each round from the one that added the cell; None before."""

    rounds: tuple[Count, ...]
    expected: tuple[float | None, ...]
    cells: dict[str, tuple[Count | None, ...]]


def rounds_section(rounds: Rounds) -> tuple[Block, ...]:
    """The section's blocks."""
    measured = [(float(number), each.share) for number, each in enumerate(rounds.rounds, start=1)]
    planned = [(float(number), share) for number, share in enumerate(rounds.expected, start=1)]
    lines = {
        name: [(number, share) for number, share in line if share is not None]
        for name, line in (("in band", measured), ("expected", planned))
    }
    chart = line_chart({name: line for name, line in lines.items() if line}, "round", "share of graded tasks")
    totals = tuple(
        (
            str(number),
            f"{each.made:,}",
            f"{each.unique:,}",
            f"{each.graded:,}",
            f"{each.in_band:,}",
            f"{each.undecided:,}",
            _percent(each.share),
        )
        for number, each in enumerate(rounds.rounds, start=1)
    )
    numbers = [f"round {number}" for number in range(1, len(rounds.rounds) + 1)]
    cells = tuple((name, *map(_cell, counts)) for name, counts in rounds.cells.items())
    return (
        Drawn(Markup(chart)),
        Table(heads=("round", "made", "unique", "graded", "in band", "undecided", "yield"), rows=totals),
        Words("Tasks made of each family and level, or off the ladder, and their yield:"),
        Table(heads=("", *numbers), rows=cells),
    )


def yield_rows(rounds: Rounds) -> Mapping[str, str]:
    """The rows of the run's summary."""
    shares = " ".join(_percent(each.share) for each in rounds.rounds)
    found = " ".join(f"{each.in_band:,}" for each in rounds.rounds)
    return {"yield by round": f"{shares} of graded tasks in band: {found}"}


def _cell(count: Count | None) -> str:
    if count is None:
        return ""
    return f"{count.made:,} · {_percent(count.share)}" if count.graded else f"{count.made:,}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
