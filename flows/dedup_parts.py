"""More keys than fit into memory: read by groups of shards, compared by partition, and shards written by group again.

Each piece is one Prefect task, on whichever worker is free. Keys pass through a folder of the run, which all workers
see, and which is gone at the end; a run that is started again goes on from the pieces that are there.
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

import polars as pl
from prefect import task

from dedup.exact import Contradicted, Known
from dedup.partitions import Cut, decide, write_keys
from dedup.removal import Screen
from flows.compared import Compared, Pile
from flows.contradiction import refuse_contradictions
from flows.retries import TRIED
from flows.shards import side_by_side
from flows.work import UniqueShard, UniqueStages, write_unique_group
from flows.workers import Place
from pipeline.progress import Advance
from pipeline.store import ShardInfo
from schemas import jsontext

ItemT = TypeVar("ItemT")

SCRATCH = "_keys"
"""Where keys pass through, in the folder of the unique tasks."""

GROUP_KEYS = 250_000
"""Keys of a group: enough for the files of a partition to be worth writing, few enough for many workers."""


def write_in_parts(
    stages: UniqueStages, pile: Pile, compared: Compared, place: Place, advance: Advance
) -> Iterator[UniqueShard]:
    """Writes the own shards of a pile, and tells of each. Raises ContradictionError before it writes one."""
    cut = cut_of(stages, pile, compared.keys)
    shards, own = by_group(cut, dict(enumerate(pile.paths))), by_group(cut, pile.numbered)
    read = side_by_side(shards, lambda group: read_group.submit(place, cut, group, shards[group]), place)
    for number, _ in enumerate(read, start=1):
        advance(0, f"read the keys of {number} of {cut.groups} groups")
    found: list[Contradicted | None] = []
    parts = range(cut.partitions)
    for each in side_by_side(parts, lambda part: compare_part.submit(place, cut, part, compared.known), place):
        found.append(each)
        advance(0, f"compared {len(found)} of {cut.partitions} parts")
    refuse_contradictions(found, pile.paths)
    apart, screen = len(compared.apart), compared.screen
    for made in side_by_side(
        own, lambda group: write_group.submit(place, stages, cut, group, own[group], apart, screen), place
    ):
        for one in made:
            advance(1, "")
            yield one


def cut_of(stages: UniqueStages, pile: Pile, keys: int) -> Cut:
    """Groups of neighbours, and as many partitions as are needed; the folder is named by all that its files depend on
    beside the stage's key."""
    most = min(max(1, keys // 2), GROUP_KEYS)  # a group is cut up and written beside it
    starts, held = [0], 0
    for number, rows in enumerate(pile.rows):
        if number > starts[-1] and held + rows > most:
            starts.append(number)
            held = 0
        held += rows
    partitions = 1 + sum(pile.rows) // keys
    # Prompts are compared by hashes that are the same within a version of polars.
    name = jsontext.digest([info.sha256 for info in pile.own], pile.rows, starts, partitions, pl.__version__)
    return Cut(f"{stages.unique.url}/{SCRATCH}/{name}", tuple(starts), partitions, pile.settled)


def by_group(cut: Cut, items: Mapping[int, ItemT]) -> dict[int, dict[int, ItemT]]:
    """The shards of each group, without groups that have none."""
    ends = (*cut.starts[1:], max(items, default=-1) + 1)
    groups = {
        group: {number: items[number] for number in range(start, end) if number in items}
        for group, (start, end) in enumerate(zip(cut.starts, ends, strict=True))
    }
    return {group: own for group, own in groups.items() if own}


@task(name="read keys", task_run_name="read the keys of group {group}", **TRIED)
def read_group(place: Place, cut: Cut, group: int, shards: Mapping[int, str]) -> None:
    place(f"read the keys of group {group}", write_keys, cut, group, shards)


@task(name="compare keys", task_run_name="compare the keys of part {part}", **TRIED)
def compare_part(place: Place, cut: Cut, part: int, known: Known | None) -> Contradicted | None:
    return place(f"compare the keys of part {part}", decide, cut, part, known)


@task(name="deduplicate group", task_run_name="deduplicate group {group}", **TRIED)
def write_group(
    place: Place,
    stages: UniqueStages,
    cut: Cut,
    group: int,
    infos: Mapping[int, ShardInfo],
    apart: int,
    screen: Screen | None,
) -> list[UniqueShard]:
    return place(f"deduplicate group {group}", write_unique_group, stages, cut, group, infos, apart, screen)
