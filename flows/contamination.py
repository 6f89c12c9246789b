"""Tasks that are items of a benchmark: the stage `hits` of a run, a shard for every shard of its tasks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from prefect import task

from filters.contamination import BenchmarkConfig, ContaminationConfig, Usual, usual_of
from filters.contamination.templates import SAMPLE
from flows.config import RunConfig
from flows.hits import ITEMS, HitScreen, Items, first_hits, keep_items, opened_benchmarks, write_hits
from flows.retries import TRIED
from flows.shards import each_missing, say_ignored
from flows.workers import Place
from generators.recognised import canonical_of
from pipeline.documents import documents_of
from pipeline.documents.rows import data_urls
from pipeline.store import Run, ShardInfo, Stage, StoreError, read_columns
from pipeline.store.files import sha256, sizes
from schemas import Document, Hit, Message, Task, from_table, statement_of


def screen_of(config: RunConfig, found: Stage[Hit] | None) -> HitScreen | None:
    """What removes tasks that are items of a benchmark, for the key of what stays; None where nothing is removed."""
    return HitScreen(found) if found is not None and config.contamination.on_hit == "drop" else None


def keep_apart(
    config: RunConfig, tasks: Stage[Task], found: Stage[Hit] | None, shards: range, place: Place
) -> HitScreen | None:
    """Compares these shards of tasks with the benchmarks, where that is missing; the same, ready to remove tasks."""
    if found is None:
        return None
    find_hits(config, tasks, found, shards, place)
    if not found.missing():
        found.seal()
    return HitScreen(found, _by_problem(tasks, found, shards)) if config.contamination.on_hit == "drop" else None


def hits_stage(run: Run, config: RunConfig, tasks: Stage[Task]) -> Stage[Hit]:
    """The hits that the config asks for, with what is already there; the benchmarks' bytes are in its key."""
    stage = run.stage("hits", Hit, count=tasks.count, key=_key(config.contamination, tasks))
    say_ignored(stage)
    return stage


def find_hits(config: RunConfig, tasks: Stage[Task], found: Stage[Hit], shards: range, place: Place) -> None:
    """Writes those shards of the hits that are missing. Raises DocumentError for an item that can't be read."""
    if not set(found.missing()).intersection(shards):
        return
    rules = config.contamination.rules
    items = f"{found.url}/{ITEMS}"
    if ITEMS not in sizes(found.url):
        keep_items(items, [Items(each.name, _items(each)) for each in config.contamination.benchmarks])
    infos = {info.shard: info for info in tasks.shards() if info.shard in shards}
    benchmarks = opened_benchmarks(items)
    by_text = [each for each in benchmarks if not each.exact]
    sampled = _sampled(tasks, list(infos.values())) if by_text else {}
    usual = {each.name: usual_of(sampled, each, rules.usual) for each in by_text}
    each_missing(
        found,
        list(infos),
        "compare with benchmarks",
        lambda shard: find_shard_hits.submit(place, tasks, found, infos[shard], items, usual, config.contamination),
        place,
    )


@task(name="compare shard with benchmarks", task_run_name="compare shard {info.shard} with benchmarks", **TRIED)
def find_shard_hits(
    place: Place,
    tasks: Stage[Task],
    found: Stage[Hit],
    info: ShardInfo,
    items: str,
    usual: Mapping[str, Usual],
    config: ContaminationConfig,
) -> None:
    place(f"compare shard {info.shard} with benchmarks", write_hits, tasks, found, info, items, usual, config.rules)


def _by_problem(tasks: Stage[Task], found: Stage[Hit], shards: range) -> dict[str, Hit]:
    """The hits that were found by what the text says, by the canonical key of the task."""
    told: dict[str, Hit] = {}
    for shard in shards:
        own = {
            id: hit for id, hit in first_hits(from_table(found.read(shard), Hit)).items() if hit.method != "canonical"
        }
        if own:
            keys = read_columns(tasks.path(shard), Task, ["id", "canonical"])
            for id, key in zip(keys["id"].to_pylist(), keys["canonical"].to_pylist(), strict=True):
                if id in own:
                    told.setdefault(key, own[id])
    return told


def _key(config: ContaminationConfig, tasks: Stage[Task]) -> dict[str, Any]:
    benchmarks = [
        {
            "name": each.name,
            "files": [_digest(each.name, url) for path in each.path for url in data_urls(path)],
            "columns": each.columns.model_dump(mode="json"),
        }
        for each in config.benchmarks
    ]
    return {"tasks": tasks.key, "benchmarks": benchmarks, "rules": config.rules.model_dump(mode="json")}


def _digest(name: str, url: str) -> str:
    try:
        return sha256(url)
    except FileNotFoundError as error:
        raise StoreError(f"contamination.benchmarks: {name}: {url} is not there; what stays depends on it") from error


def _items(config: BenchmarkConfig) -> list[Document]:
    items = list(documents_of(config.path, config.columns, canonical=canonical_of))
    if not items:
        raise StoreError(f"contamination.benchmarks: {config.name} has no items in {', '.join(config.path)}")
    return items


def _sampled(tasks: Stage[Task], infos: Sequence[ShardInfo]) -> dict[str, list[str]]:
    """Statements of each family, at most SAMPLE: those of the tasks with the lowest ids, which are hashes."""
    kept = pl.DataFrame(schema={"id": pl.String(), "family": pl.String(), "shard": pl.Int64(), "row": pl.UInt32()})
    for info in infos:
        own = pl.DataFrame(pl.from_arrow(read_columns(tasks.path(info.shard), Task, ["id", "family"])))
        own = own.with_row_index("row").with_columns(shard=pl.lit(info.shard, pl.Int64)).select(kept.columns)
        both = pl.concat([kept, own]).sort("family", "id", "shard", "row")
        kept = both.group_by("family", maintain_order=True).head(SAMPLE).select(kept.columns)
    sampled: defaultdict[str, list[str]] = defaultdict(list)
    for (shard,), own in kept.sort("shard", "row").group_by("shard", maintain_order=True):
        prompts = read_columns(tasks.path(shard), Task, ["prompt"])["prompt"]
        for family, row in own.select("family", "row").iter_rows():
            sampled[family].append(statement_of([Message(**each) for each in prompts[row].as_py()]))
    return sampled
