"""What the tasks were compared with, and which rows of the dataset stand in a benchmark all the same."""

from collections.abc import Sequence

from flows.export.dataset.measured import table
from flows.export.source import Source
from pipeline.report.contamination import RULES, BenchmarkHits
from schemas import Hit

NOT_CHECKED = "Not checked against benchmarks."


def contamination_of(source: Source) -> str:
    """The card's section."""
    if not source.config.contamination.benchmarks:
        said = [f"**{NOT_CHECKED}** Nothing is claimed of whether one of these problems stands in one."]
    elif (found := _found(source)) is None:
        said = ["The run's folder no longer says what was found in the benchmarks that it was told of."]
    else:
        said = [_done(source), _table(found), _NO_PROOF]
    names = [each.partition("?")[0].rstrip("/").rpartition("/")[2] for each in source.config.tasks.apart_from]
    if names:
        shown = ", ".join(f"`{name}`" for name in names)
        said.append(f"Problems that are in {shown} were left out, by their canonical keys.")
    return "\n\n".join(said)


def limitation_of(source: Source) -> str:
    """The same in a sentence."""
    found = _found(source)
    if not found:
        return NOT_CHECKED
    told = ", ".join(f"{each.name} ({each.items:,} items, found in {each.tasks:,} tasks)" for each in found)
    done = "left out" if source.config.contamination.on_hit == "drop" else "not left out"
    return f"Checked against {told}; tasks that were found were {done}."


_NO_PROOF = "That a task was not found does not prove that nothing like it stands in one of them."


def _found(source: Source) -> Sequence[BenchmarkHits] | None:
    from flows.report_contamination import benchmarks_of  # which takes a moment to load

    config, hits = source.config.contamination, source.run.sealed("hits", Hit)
    return benchmarks_of(config, hits) if config.benchmarks and hits is not None else None


def _done(source: Source) -> str:
    compared = "Every task that was made was compared with these benchmarks"
    if source.config.contamination.on_hit == "drop":
        return f"{compared}, and left out where it was found to be an item of one."
    return f"{compared}. Those found to be items were kept: **{_rows_found(source):,} rows of this dataset are such.**"


def _rows_found(source: Source) -> int:
    hits = source.run.sealed("hits", Hit)
    names = set() if hits is None else {hit.id for hit in hits.records()}
    return sum(row.id in names for stage in source.curriculum.values() for row in stage.records())


def _table(found: Sequence[BenchmarkHits]) -> str:
    rules = [rule for rule in RULES if any(each.methods.get(rule) for each in found)]
    heads = ["benchmark", "items", "items found", "tasks found", *(f"by {rule}" for rule in rules)]
    lines = [
        [each.name, *(f"{count:,}" for count in (each.items, each.found, each.tasks)), *_by_rule(each, rules)]
        for each in found
    ]
    means = "".join(f"\n- {rule}: {RULES[rule]}" for rule in rules)
    return table(heads, lines) + (f"\n\nBy what a task has of an item it was found:\n{means}" if means else "")


def _by_rule(found: BenchmarkHits, rules: Sequence[str]) -> list[str]:
    return [f"{found.methods.get(rule, 0):,}" for rule in rules]
