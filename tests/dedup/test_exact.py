"""Exact duplicates: one task of each problem stays, the same one however the tasks are cut up."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.exact import contradictions, duplicates, without
from pipeline.store import clear_run, open_run, read_shards
from schemas import Message, Task, from_table, schema_of, to_table


def task(canonical: str, **changed: Any) -> Task:
    row: dict[str, Any] = {
        "id": f"id of {canonical}",
        "family": "numbers.sums",
        "domain": "numbers",
        "level": 1,
        "style": "plain",
        "prompt": (Message("user", canonical),),
        "answer": "1",
        "payload": {},
        "params": {},
        "canonical": canonical,
        "features": {},
        "seed": 7,
        "index": 0,
        "version": 1,
    }
    return Task(**(row | changed))


def stored(place: Path | str, shards: Sequence[Sequence[Task] | pa.Table]) -> list[str]:
    stage = open_run(str(place), config={}, seed=7).stage("tasks", Task, count=len(shards), key=0)
    for shard, rows in enumerate(shards):
        stage.write(shard, rows)
    return [stage.path(shard) for shard in range(len(shards))]


def kept(paths: Sequence[str], partitions: int = 1) -> list[Task]:
    """The tasks that stay, in order."""
    drop = duplicates(paths, partitions)
    rows: list[Task] = []
    for shard, path in enumerate(paths):
        table = to_table(read_shards(path, Task), Task)
        rows += from_table(without(table, drop.filter(shard=shard)["row"].to_list()), Task)
    return rows


def test_the_lowest_index_stays_and_the_others_say_what_they_repeat(tmp_path: Path) -> None:
    shards = [
        [task("A", id="a5", index=5), task("B", id="b1", index=1)],
        [task("A", id="a2", index=2), task("C", id="c1", index=1), task("A", id="a9", index=9)],
    ]
    paths = stored(tmp_path, shards)
    assert duplicates(paths).rows() == [(0, 0, "a5", "a2"), (1, 2, "a9", "a2")]
    assert [row.id for row in kept(paths)] == ["b1", "a2", "c1"]


def test_one_task_there_three_times_stays_once(tmp_path: Path) -> None:
    paths = stored(tmp_path, [[task("A"), task("A")], [task("A", level=2)]])
    assert duplicates(paths).rows() == [(0, 1, "id of A", "id of A"), (1, 0, "id of A", "id of A")]
    assert kept(paths) == [task("A")]


def test_nothing_is_dropped_where_nothing_repeats(tmp_path: Path) -> None:
    paths = stored(tmp_path, [[task("A"), task("B")], [], [task("C")]])
    assert duplicates(paths, 3).is_empty()
    assert len(kept(paths)) == 3
    assert duplicates([]).schema == duplicates(paths).schema


TASKS = st.lists(
    st.builds(
        lambda key, index, id_, level: task(key, id=f"{key}{id_}", index=index, level=level),
        st.sampled_from("ABCDE"),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(1, 2),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(rows=TASKS, shard_size=st.integers(1, 8), partitions=st.integers(1, 5), order=st.randoms(use_true_random=False))
def test_what_stays_is_what_a_dictionary_would_keep(
    rows: list[Task], shard_size: int, partitions: int, order: random.Random
) -> None:
    best: dict[str, tuple[int, str, int]] = {}
    for row in rows:
        rank = (row.index, row.id, row.level)
        best[row.canonical] = min(best.get(row.canonical, rank), rank)
    order.shuffle(rows)
    shards = [rows[start : start + shard_size] for start in range(0, len(rows), shard_size)]
    clear_run("memory://dedup/property")
    paths = stored("memory://dedup/property", shards)
    order.shuffle(paths)
    assert {row.canonical: (row.index, row.id, row.level) for row in kept(paths, partitions)} == best
    assert len(kept(paths, partitions)) == len(best)


def planted(count: int, repeated: int, seed: int) -> tuple[pa.Table, int]:
    """`count` tasks as a table, `repeated` of them problems that are there already, and how many problems there are."""
    rng = random.Random(seed)
    keys = [f"{rng.getrandbits(128):032x}" for _ in range(count - repeated)]
    keys += [rng.choice(keys) for _ in range(repeated)]
    rng.shuffle(keys)
    columns: dict[str, list[Any]] = {name: ["x"] * count for name in schema_of(Task).names}
    columns |= {name: ["{}"] * count for name in ("payload", "params", "features")}
    columns |= {name: [1] * count for name in ("level", "seed", "version")}
    columns |= {"canonical": keys, "id": [f"{rng.getrandbits(128):032x}" for _ in keys], "index": list(range(count))}
    columns["prompt"] = [[{"role": "user", "content": key}] for key in keys]
    return pa.table(columns, schema=schema_of(Task)), len(set(keys))


def test_a_hundred_thousand_tasks_give_the_same_whatever_the_partitions(tmp_path: Path) -> None:
    table, problems = planted(100_000, 15_000, seed=3)
    paths = stored(tmp_path, [table.slice(start, 10_000) for start in range(0, 100_000, 10_000)])
    drop = duplicates(paths)
    assert drop.equals(duplicates(paths, 16))
    assert len(drop) == 100_000 - problems
    canonical = table["canonical"].to_numpy()
    stays = sorted(set(range(100_000)) - set((drop["shard"].cast(pl.Int64) * 10_000 + drop["row"]).to_list()))
    assert len({canonical[row] for row in stays}) == problems
    assert contradictions(paths, 16).is_empty()


def test_one_prompt_with_two_keys_is_reported_and_not_dropped(tmp_path: Path) -> None:
    prompt = (Message("user", "2 + 2"),)
    shards = [
        [task("A", prompt=prompt, id="a", index=3), task("B", prompt=prompt, id="b", index=1), task("C")],
        [task("B", prompt=prompt, id="b2", index=2), task("D", prompt=(Message("system", "2 + 2"),))],
    ]
    paths = stored(tmp_path, shards)
    for partitions in (1, 4):
        assert contradictions(paths, partitions).rows() == [(0, 0, "a", "b")]
    assert [row.id for row in kept(paths)] == ["a", "b", "id of C", "id of D"]


def test_any_place_the_store_can_read_will_do() -> None:
    stage = open_run("memory://dedup/run", config={}, seed=7).stage("tasks", Task, count=1, key=0)
    stage.write(0, [task("A", index=1), task("A", index=0)])
    assert duplicates([stage.path(0)])["row"].to_list() == [0]
