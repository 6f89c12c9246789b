"""What the tasks of a run are compared with, and how many keys at a time."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from dedup.exact import BYTES_A_KEY, Known
from dedup.removal import Screen
from flows.config import RunConfig
from flows.contamination import hits_stage, screen_of
from flows.seen import former_runs
from pipeline.store import Run, ShardInfo, Stage, read_columns, shard_urls
from pipeline.store.files import read_whole
from schemas import Hit, Task


class Compared(NamedTuple):
    """`apart` are the files of `tasks.apart_from`, `known` the problems of former runs; what `screen` finds is removed
    too, of the `hits` in benchmarks; None without benchmarks. `keys` are compared at a time in one place."""

    apart: tuple[str, ...] = ()
    keys: int = 3_000_000
    known: Known | None = None
    screen: Screen | None = None
    hits: Stage[Hit] | None = None

    @property
    def key(self) -> dict[str, Any]:
        """What of it decides which tasks stay, for the key of a stage."""
        key: dict[str, Any] = {}
        if self.apart:
            key["apart_from"] = [sha256(read_whole(url)).hexdigest() for url in self.apart]
        if self.known is not None:
            key["known"] = self.known.key
        if self.screen is not None:
            key["screen"] = self.screen.key
        return key


class Pile(NamedTuple):
    """Shards whose keys are compared, in order: files apart, settled ones, and then the `own`, which are written.

    `paths` and `rows` are of all of them, the number of a shard is its place in these.
    """

    paths: tuple[str, ...]
    rows: tuple[int, ...]
    own: tuple[ShardInfo, ...]

    @property
    def settled(self) -> int:
        return len(self.paths) - len(self.own)

    @property
    def numbered(self) -> dict[int, ShardInfo]:
        return dict(enumerate(self.own, start=self.settled))


def compared_of(run: Run, config: RunConfig, tasks: Stage[Task]) -> Compared:
    """As a config says. Reads the files apart and the benchmarks whole, for their digests."""
    found = hits_stage(run, config, tasks) if config.contamination.benchmarks else None
    return Compared(
        apart=tuple(shard_urls(config.tasks.apart_from)),
        keys=keys_at_once(config),
        known=former_runs(run, config, tasks),
        screen=screen_of(config, found),
        hits=found,
    )


def keys_at_once(config: RunConfig) -> int:
    """How many keys may be compared in one place: workers on other hosts have memory of their own."""
    here = 1 if config.runner.kind == "dask" else config.workers
    return max(1, int(config.dedup.memory) // BYTES_A_KEY // here)


def piled(tasks: Stage[Task], unique: Stage[Task], shards: range, apart: Sequence[str]) -> Pile:
    """These shards of tasks on the unique ones before them, on the files `apart`."""
    settled = [info for info in unique.shards() if info.shard < shards.start]
    own = [info for info in tasks.shards() if info.shard in shards]
    return Pile(
        paths=(*apart, *(unique.path(info.shard) for info in settled), *(tasks.path(info.shard) for info in own)),
        rows=(*map(_rows, apart), *(info.rows for info in (*settled, *own))),
        own=tuple(own),
    )


def _rows(url: str) -> int:
    return int(read_columns(url, Task, ["index"]).num_rows)
