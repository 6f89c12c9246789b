"""What is in the rows of a dataset, counted column by column: composition, difficulty, licences."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flows.export.readme import model_name
from flows.export.source import Source
from pipeline.store import read_columns
from schemas import CurriculumRow, Difficulty, Split

BINS = 10

_PRIORS = {"fitted": "fitted to the first rollouts of each family and level", "jeffreys": "Jeffreys'"}

_COLUMNS = ["family", "domain", "level", "source", "license", "pass_rate", "pass_low", "pass_high", "samples"]


class Cell(NamedTuple):
    split: Split
    family: str
    domain: str
    level: int
    source: str
    license: str


class Measured(NamedTuple):
    """`rates` counts the rows of a split by tenth of the pass rate; `widths` and `samples` are sums over its rows."""

    cells: Counter[Cell]
    rates: dict[Split, list[int]]
    widths: dict[Split, float]
    samples: dict[Split, int]
    revisions: list[str]

    def rows(self, split: Split) -> int:
        return sum(count for cell, count in self.cells.items() if cell.split == split)

    @property
    def splits(self) -> list[Split]:
        """Those that have rows, in their order."""
        return list(self.rates)

    def values(self, column: str) -> list[str]:
        """The values that there are of a column of the cells."""
        return sorted({str(getattr(cell, column)) for cell in self.cells})


def measured_in(source: Source) -> Measured:
    """Of the splits that are exported; a shard's columns are in memory at a time."""
    found = Measured(Counter(), {}, defaultdict(float), Counter(), [])
    revisions = set()
    for split, stage in source.curriculum.items():
        for info in stage.shards():
            table = read_columns(stage.path(info.shard), CurriculumRow, [*_COLUMNS, "revision"])
            cells = {name: table[name].to_pylist() for name in table.column_names}
            revisions |= set(cells["revision"])
            named = zip(*(cells[name] for name in Cell._fields[1:]), strict=True)
            found.cells.update(Cell(split, *each) for each in named)
            for rate in cells["pass_rate"]:
                found.rates.setdefault(split, [0] * BINS)[min(int(rate * BINS), BINS - 1)] += 1
            widths = zip(cells["pass_low"], cells["pass_high"], strict=True)
            found.widths[split] += sum(high - low for low, high in widths)
            found.samples[split] += sum(cells["samples"])
    return found._replace(revisions=sorted(revisions))


def composition_of(measured: Measured) -> str:
    """By family and domain, then by level."""
    splits = measured.splits
    families: dict[tuple[str, str], Counter[Split]] = defaultdict(Counter)
    rungs: dict[int, Counter[Split]] = defaultdict(Counter)
    levels: dict[str, set[int]] = defaultdict(set)
    for cell, count in measured.cells.items():
        families[cell.domain, cell.family][cell.split] += count
        rungs[cell.level][cell.split] += count
        levels[cell.family].add(cell.level)
    by_family = [
        [domain, family, ", ".join(map(str, sorted(levels[family]))), *_counts(families[domain, family], splits)]
        for domain, family in sorted(families)
    ]
    totals = ["all", "", "", *(f"{measured.rows(split):,}" for split in splits)]
    by_level = [[str(level), *_counts(rungs[level], splits)] for level in sorted(rungs)]
    return "\n\n".join(
        [table(["domain", "family", "levels", *splits], [*by_family, totals]), table(["level", *splits], by_level)]
    )


def difficulty_of(source: Source, measured: Measured) -> str:
    """How the rows' pass rates lie, who measured them, and what is promised of them."""
    config, sampling, splits = source.config, source.config.sampling, measured.splits
    band = config.difficulty
    bins = [f"{place / BINS:.1f} to {(place + 1) / BINS:.1f}" for place in range(BINS)]
    lines = [[name, *(f"{measured.rates[split][place]:,}" for split in splits)] for place, name in enumerate(bins)]
    means = {split: f"{measured.widths[split] / measured.rows(split):.2f}" for split in splits}
    lines.append(["mean width of the 95 % intervals", *(means[split] for split in splits)])
    lines.append(["rollouts a task", *(f"{measured.samples[split] / measured.rows(split):.1f}" for split in splits)])
    said = [
        f"`pass_rate` is how often `{model_name(source)}` (revision {_listed(measured.revisions)}) solved a task at "
        f"temperature {sampling.temperature:g} within {sampling.max_tokens:,} tokens, judged by the task's verifier.",
        f"A task was rolled out until it was known, with a probability of {band.error:g} to be wrong at most, whether "
        f"its rate lies in the band from {band.band_low:g} to {band.band_high:g} ({band.zone:g} past an edge is no "
        f"mistake). Where {band.cap} rollouts could not tell it, it is `undecided`. Rates have a Beta prior "
        f"({_PRIORS[band.prior]}). Rows are the tasks found {_listed(config.curriculum.keep)}.",
    ]
    if sampling.prefill:
        said.append(
            f"Responses were begun for the model with `{sampling.prefill}`. Without that the tasks are harder than "
            "`pass_rate` says."
        )
    return "\n\n".join([*said, table(["pass rate", *splits], lines), _all_graded(source)]).strip()


def licences_of(measured: Measured) -> str:
    """Each licence and source with the families under it."""
    under: dict[tuple[str, str], set[str]] = defaultdict(set)
    rows: Counter[tuple[str, str]] = Counter()
    for cell, count in measured.cells.items():
        under[cell.license, cell.source].add(cell.family)
        rows[cell.license, cell.source] += count
    lines = [[*key, ", ".join(sorted(under[key])), f"{rows[key]:,}"] for key in sorted(under)]
    return table(["licence", "source", "families", "rows"], lines)


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    shown = [" | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) for line in lines]
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {line} |" for line in shown)])


def _all_graded(source: Source) -> str:
    graded = source.run.sealed("difficulty", Difficulty)
    if graded is None:
        return ""
    decisions: Counter[str] = Counter()
    rollouts, error = 0, 0.0
    for info in graded.shards():
        cells = read_columns(graded.path(info.shard), Difficulty, ["decision", "error", "samples", "failed_checks"])
        made = {name: cells[name].to_pylist() for name in cells.column_names}
        decisions.update(made["decision"])
        rollouts += sum(made["samples"]) + sum(made["failed_checks"])
        error += sum(e for e, d in zip(made["error"], made["decision"], strict=True) if d != "undecided")
    decided = decisions.total() - decisions["undecided"]
    counts = ", ".join(f"{count:,} {decision.replace('_', ' ')}" for decision, count in sorted(decisions.items()))
    false = f" Of the decisions {error / decided:.1%} are expected to be false." if decided else ""
    return f"Of all {decisions.total():,} tasks measured, by {rollouts:,} rollouts: {counts}.{false}"


def _counts(counted: Counter[Split], splits: Sequence[Split]) -> list[str]:
    return [f"{counted[split]:,}" for split in splits]


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)
