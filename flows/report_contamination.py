"""What the report and the dataset's card say of benchmarks: from the stages `tasks` and `hits`."""

import polars as pl

from filters.contamination.config import ContaminationConfig
from flows.hits import ITEMS, kept_items
from flows.report_frames import frame_of, stratified, tasks_of
from pipeline.report.contamination import BenchmarkHits, Contamination, HitShown
from pipeline.store import Stage
from schemas import Hit, Task
from trainer.samples import asked

EXAMPLES = 12
"""Hits that are shown, by turns of every benchmark, method and family."""


def contamination_of(
    config: ContaminationConfig, tasks: Stage[Task], hits: Stage[Hit] | None, seed: int
) -> Contamination | None:
    """What was found in which benchmarks; None where it was asked for and is not there yet."""
    count, dropped = sum(info.rows for info in tasks.shards()), config.on_hit == "drop"
    if not config.benchmarks:
        return Contamination(benchmarks=(), tasks=count, dropped=dropped)
    if hits is None:
        return None
    return Contamination(
        benchmarks=benchmarks_of(config, hits),
        tasks=count,
        dropped=dropped,
        examples=_examples(tasks, hits, seed),
    )


def benchmarks_of(config: ContaminationConfig, hits: Stage[Hit]) -> tuple[BenchmarkHits, ...]:
    """What was found in each benchmark, in their order."""
    rows = frame_of(hits, ["benchmark", "item", "method"])
    items = {each.name: len(each.items) for each in kept_items(f"{hits.url}/{ITEMS}")}
    return tuple(_counted(each.name, items[each.name], rows) for each in config.benchmarks)


def _counted(name: str, items: int, rows: pl.DataFrame) -> BenchmarkHits:
    own = rows.filter(pl.col("benchmark") == name)
    methods = dict(own["method"].value_counts().iter_rows())
    return BenchmarkHits(name=name, items=items, found=own["item"].n_unique(), tasks=own.height, methods=methods)


def _examples(tasks: Stage[Task], hits: Stage[Hit], seed: int) -> tuple[HitShown, ...]:
    rows = frame_of(hits, ["id", "source", "benchmark", "item", "method", "score", "reason", "excerpt"])
    chosen = stratified(rows, ["benchmark", "method", "source"], EXAMPLES, seed, "hits")
    found = tasks_of(tasks, chosen)
    return tuple(
        HitShown(
            family=found[row["id"]].family,
            level=found[row["id"]].level,
            benchmark=row["benchmark"],
            item=row["item"],
            method=row["method"],
            score=row["score"],
            reason=row["reason"],
            task=asked(found[row["id"]]),
            excerpt=row["excerpt"],
        )
        for row in chosen.iter_rows(named=True)
    )
