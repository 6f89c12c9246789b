"""`taskmill distinct SOURCE... --to FOLDER`: the flow."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from prefect import flow, task
from prefect.runtime import flow_run
from rich.console import Console

from dedup.index import FormerRuns
from dedup.near import PAIRS
from dedup.text import key_version
from flows.artifacts import progress
from flows.distinct.config import DistinctConfig
from flows.distinct.former import former_documents, put_into_index, with_former, write_former
from flows.distinct.keys import KEYS, decide_exact, decided_exactly, read_active, write_active, write_keys
from flows.distinct.layout import Layout
from flows.distinct.near import (
    Unit,
    agreed_of,
    chunks_of,
    gone_of,
    large_groups,
    learnt,
    read_agreed,
    units_of,
    write_agreed,
    write_pairs,
)
from flows.distinct.outputs import count_of, finished, schema_of_rows, seal, write_outputs, write_removals
from flows.distinct.reading import digest_of, read_documents
from flows.distinct.shown import summary
from flows.distinct.vectors import write_cells, write_vectors
from flows.parameters import in_own_words, run_name
from flows.report import shown_path
from flows.retries import TRIED, as_task
from flows.shards import side_by_side
from flows.started import at_prefect
from flows.stopping import stopped_at_once
from flows.workers import Place, Workers, opened_workers
from pipeline.config import checked, load_config
from pipeline.lock import only_one
from pipeline.models.encoders import resolve_encoder
from pipeline.store import open_run
from pipeline.store.files import remove
from schemas import Failure, jsontext

REASONS = {
    "canonical": "the canonical keys are equal",
    "text": "the texts are equal but for names and the order of what has none",
}

_BYTES_A_KEY = 300
METHOD = 2
"""Counted up where other documents would be removed, or other rows written, by the same config."""


class SourcesError(Failure, ValueError):
    """The files that are to be compared are not told, or are the ones that would be written."""


def distinct_files(sources: Sequence[str], to: str, config: Path | None, overrides: Sequence[str]) -> None:
    """Runs `distinct_flow`. Raises ConfigError, SourcesError, StoreError, DocumentError, ModelError."""
    read = load_config(config, DistinctConfig, overrides) if config else checked({}, DistinctConfig, overrides)
    with stopped_at_once("taskmill: stopped; the same command goes on from here"):
        at_prefect(distinct_flow)(list(sources), to, read)


def _name() -> str:
    return run_name(str(flow_run.parameters["to"]))


@flow(name="taskmill-distinct", flow_run_name=_name)
def distinct_flow(
    sources: list[str], to: str, config: Annotated[DistinctConfig, in_own_words(DistinctConfig)] = DistinctConfig()
) -> None:
    """Writes the distinct problems of data files, row by row as they were, and those that were removed, with why.

    Args:
        sources: Files, folders, globs, datasets or runs.
        to: The folder or URL that is written.
        config: How documents are compared.
    """
    with only_one(to):
        run = open_run(to, config={"sources": sources, "distinct": config.model_dump(mode="json")}, seed=config.seed)
        key = make_distinct(run.url, sources, config)
        Console().print(summary(run.url, key))
    for stage in ("distinct", "removed"):
        Console().print(f"{stage:<9} {shown_path(f'{run.url}/{stage}')}", soft_wrap=True, highlight=False)


def make_distinct(run: str, sources: Sequence[str], config: DistinctConfig) -> str:
    """The stages `distinct` and `removed` of a folder; returns the key under which they are."""
    if not sources:
        raise SourcesError("name at least one file, folder, glob, dataset or run to compare the rows of")
    asked = config.model_dump(mode="json", exclude={"index", "memory", "workers", "runner"})
    encoder = resolve_encoder(config.semantic.encoder).revision if config.semantic.neighbours else ""
    files = digest_of(sources)
    former = former_documents(run, files, config)
    read = jsontext.digest([METHOD, files, asked["columns"], config.shard_size])
    key = jsontext.digest([read, key_version(), asked, encoder, *([former.key] if former is not None else [])])[:16]
    embedded = jsontext.digest([read, encoder, config.semantic.masked])[:16]
    layout = Layout(f"{run}/work/{key}", f"{run}/vectors/{embedded}", 0, config.shard_size)
    with progress("read", 0, "rows") as advance:
        count = as_task("read documents", read_documents, layout, sources, config.columns, advance)
    layout = layout._replace(shards=-(-count // config.shard_size))
    if not finished(run, key, layout.shards):
        with opened_workers(config.runner, config.workers, run) as workers:
            _make(layout, run, key, count, config, former, workers)
            workers.rules.rest()
    seal(run, key, layout.shards)
    if former is not None:
        stays = count_of(run, key, "distinct")
        as_task("add to the index", put_into_index, former.index, layout, run, files, key, stays, config.semantic)
    remove(f"{run}/work")
    return key


def _make(
    layout: Layout,
    run: str,
    key: str,
    count: int,
    config: DistinctConfig,
    former: FormerRuns | None,
    workers: Workers,
) -> None:
    shards = range(layout.shards)
    _each("keys", workers.rules, (partial(write_keys, layout, shard) for shard in shards))
    partitions = 1 + count * _BYTES_A_KEY // config.memory
    for method in KEYS:
        parts = (partial(decide_exact, layout, method, part, partitions) for part in range(partitions))
        _each(f"equal by {method}", workers.rules, parts)
    decided = decided_exactly(layout, partitions)
    removals = _removed(decided.filter("same"), _near(layout, decided, config, workers))
    write_removals(layout, _with_former(layout, removals, config, former, workers))
    schema = schema_of_rows(layout)
    _each("write", workers.rows, (partial(write_outputs, layout, run, key, shard, schema) for shard in shards))


def _with_former(
    layout: Layout, removals: pl.DataFrame, config: DistinctConfig, former: FormerRuns | None, workers: Workers
) -> pl.DataFrame:
    """The removals, and those that the index has: with `kept_id`, where what stays is there."""
    if former is None:
        return removals.with_columns(kept_id=pl.lit(None, pl.String))
    gone = [removals.filter(pl.col("place") // layout.shard_size == shard) for shard in range(layout.shards)]
    rows = [(own["place"] % layout.shard_size).to_list() for own in gone]
    place = workers.models or workers.rules
    works = (partial(write_former, layout, shard, rows[shard], former, config) for shard in range(layout.shards))
    _each("former", place, works)
    return with_former(layout, removals)


def _near(layout: Layout, decided: pl.DataFrame, config: DistinctConfig, workers: Workers) -> pl.DataFrame:
    """(place, kept, method, score, reason) of those that structure takes for the same as another."""
    place = workers.rules
    units: list[Unit] = []
    if config.near and write_active(layout, decided):
        if config.semantic.neighbours:
            shards = range(layout.shards)
            embed = (partial(write_vectors, layout, shard, config.semantic) for shard in shards)
            _each("embed", workers.models or place, embed)
        units = units_of(read_active(layout), config)
        _each("cells", place, (partial(write_cells, layout, group, config.seed) for group in large_groups(units)))
        _each("pairs", place, (partial(write_pairs, layout, unit, config) for unit in units))
    asked = _asked(decided)
    told = _piece.submit(place, "learn what is usual", partial(learnt, layout, units, asked)).result()
    chunks = [(unit, chunk) for unit in units for chunk in range(chunks_of(layout, unit, config))]
    _each("decide", place, (partial(write_agreed, layout, unit, chunk, config, told) for unit, chunk in chunks))
    agreed = [agreed_of(layout, asked, told), *(read_agreed(layout, unit, chunk) for unit, chunk in chunks)]
    stays = partial(gone_of, layout, pl.concat(agreed), told)
    gone: pl.DataFrame = _piece.submit(place, "which of them stay", stays).result()
    return gone


def _asked(decided: pl.DataFrame) -> pl.DataFrame:
    """The pairs (schema PAIRS) that have one key and two answers."""
    asked = decided.filter(~pl.col("same"))
    return asked.select(a="kept", b="place", method="method", score=pl.lit(1.0)).cast(PAIRS)


def _removed(exact: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """(place, kept, method, score, reason) of all that go; who goes for one that goes too goes for what stays."""
    reasons = pl.col("method").replace_strict(REASONS, return_dtype=pl.String)
    told = exact.select("place", "kept", "method", score=pl.lit(1.0), reason=reasons)
    onwards = told.join(near.select(kept="place", later="kept"), on="kept", how="left")
    told = onwards.with_columns(kept=pl.coalesce("later", "kept")).drop("later")
    return pl.concat([told.select(near.columns), near]).sort("place")


def _each(title: str, place: Place, works: Iterable[Callable[[], None]]) -> None:
    """Does every piece of work at the place, each one Prefect task, as many under way as the place takes at once."""
    waiting = [(f"{title} {number}", work) for number, work in enumerate(works)]
    with progress(title, len(waiting), "parts") as advance:
        for _ in side_by_side(waiting, lambda piece: _piece.submit(place, *piece), place):
            advance(1, "")


@task(name="distinct", task_run_name="{what}", **TRIED)
def _piece(place: Place, what: str, work: Callable[[], Any]) -> Any:
    return place(what, work)
