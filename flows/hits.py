"""Which tasks of a shard are items of a benchmark: work for any worker. Nothing here imports Prefect."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
import pyarrow as pa

from dedup.removal import Removal
from filters.contamination import Benchmark, RulesConfig, Usual, benchmark_of, hits
from flows.encoder import opened_encoder
from pipeline.costs.meter import metered
from pipeline.models.encoder import Encoder
from pipeline.models.errors import ModelError
from pipeline.store import ShardInfo, Stage
from pipeline.store.files import read_whole, write_whole
from schemas import Document, Hit, Task, from_table, statement_of

ITEMS = "items.json"
"""What the benchmarks hold, in the folder of the stage of their hits."""

_TURN = threading.Lock()


class HitScreen(NamedTuple):
    """Removes the tasks of a shard that are hits, and those that are the same problem as a hit of any shard: `same`
    has the hits that other wordings of the problem might not be, by canonical key."""

    hits: Stage[Hit]
    same: Mapping[str, Hit] = {}

    @property
    def key(self) -> object:
        return self.hits.key

    def __call__(self, shard: int, tasks: pa.Table) -> list[Removal]:
        own = first_hits(from_table(self.hits.read(shard), Hit))
        keys = zip(tasks["id"].to_pylist(), tasks["canonical"].to_pylist(), strict=True)
        removals = []
        for row, (name, key) in enumerate(keys):
            if hit := own.get(name):
                removals.append(_removal(row, hit, _why(hit)))
            elif twin := self.same.get(key):
                removals.append(_removal(row, twin, f"the same problem as task {twin.id}, which is: {_why(twin)}"))
        return removals


def _removal(row: int, hit: Hit, reason: str) -> Removal:
    return Removal(row, f"{hit.benchmark}/{hit.item}", "benchmark", hit.score, reason)


def _why(hit: Hit) -> str:
    return f"{hit.method}: {hit.reason}"


def first_hits(found: Iterable[Hit]) -> dict[str, Hit]:
    """The first hit of each task, by its id."""
    told: dict[str, Hit] = {}
    for hit in found:
        told.setdefault(hit.id, hit)
    return told


class Items(msgspec.Struct, frozen=True):
    """The items of one benchmark, as they were read."""

    name: str
    items: list[Document]


def keep_items(url: str, benchmarks: Sequence[Items]) -> None:
    """Writes the items to where every worker reads them."""
    write_whole(url, msgspec.json.encode(benchmarks))


def kept_items(url: str) -> list[Items]:
    """The items of each benchmark, as they were written there."""
    return msgspec.json.decode(read_whole(url), type=list[Items])


def document_of_task(task: Task) -> Document:
    """A task as a problem: what its statement asks."""
    return Document(
        id=task.id,
        source=task.family,
        text=statement_of(task.prompt),
        answer=task.answer,
        canonical=task.canonical,
        verified=1.0,
    )


def write_hits(
    tasks: Stage[Task], found: Stage[Hit], info: ShardInfo, items: str, usual: Mapping[str, Usual], rules: RulesConfig
) -> None:
    """Writes the hits of one shard of tasks in the benchmarks whose `items` are at that URL."""
    with metered(found.run_url, found.name, found.key, info.shard) as meter:
        problems = [document_of_task(task) for task in from_table(tasks.read(info.shard), Task)]
        told = hits(problems, opened_benchmarks(items), usual, rules, lambda: encoder_of(rules))
        written = found.write(info.shard, told, inputs=[info.sha256])
        meter.rows_in, meter.rows_out, meter.bytes = info.rows, written.rows, written.bytes


def encoder_of(rules: RulesConfig) -> Encoder:
    """What meanings are compared by. Raises ModelError."""
    try:
        return opened_encoder(rules.encoder)
    except ModelError as error:
        raise ModelError(f"{error}\nrules.semantic: false compares without an encoder") from error


def opened_benchmarks(url: str) -> tuple[Benchmark, ...]:
    """The index of the benchmarks at a URL; a process keeps the last one."""
    with _TURN:
        return _benchmarks(url)


@lru_cache(maxsize=1)
def _benchmarks(url: str) -> tuple[Benchmark, ...]:
    return tuple(benchmark_of(each.name, each.items) for each in kept_items(url))
