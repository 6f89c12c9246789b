"""Exact duplicates: one task of each problem stays, the same one however the tasks are cut up."""

import io
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.exact import REPEATED, Contradicted, Known, contradicted, duplicates, read_keys, removals, repeated
from dedup.partitions import Cut, decide, partition_of, repeated_in, write_keys
from dedup.removal import Removal, joined, parted
from pipeline.store import clear_run, open_run
from pipeline.store.failures import DamageError
from pipeline.store.shard import read_shard
from schemas import Message, Removed, Task, from_table, schema_of, to_table


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


def kept(paths: Sequence[str]) -> list[Task]:
    """The tasks that stay, in order."""
    drop = removals(duplicates(paths), apart=0)
    return [
        row
        for shard, path in enumerate(paths)
        for row in from_table(parted(read_shard(path, Task), drop.get(shard, []))[0], Task)
    ]


def in_parts(
    folder: str, paths: Sequence[str], group: int, partitions: int, settled: int = 0, known: Known | None = None
) -> tuple[pl.DataFrame, list[Contradicted]]:
    """What is to be removed by groups of so many shards and so many partitions, by place; and what contradicts."""
    cut = Cut(folder, tuple(range(0, len(paths), group)), partitions, settled)
    for number, start in enumerate(cut.starts):
        write_keys(cut, number, {shard: paths[shard] for shard in range(start, min(start + group, len(paths)))})
    told = [decide(cut, partition, known) for partition in range(partitions)]
    found = [REPEATED.to_frame(), *(repeated_in(cut, number) for number in range(cut.groups))]
    return pl.concat(found).sort("shard", "row"), [each for each in told if each is not None]


def test_the_lowest_index_stays_and_the_others_say_what_they_repeat(tmp_path: Path) -> None:
    shards = [
        [task("A", id="a5", index=5), task("B", id="b1", index=1)],
        [task("A", id="a2", index=2), task("C", id="c1", index=1), task("A", id="a9", index=9)],
    ]
    paths = stored(tmp_path, shards)
    assert duplicates(paths).select("shard", "row", "kept_id").rows() == [(0, 0, "a2"), (1, 2, "a2")]
    assert [row.id for row in kept(paths)] == ["b1", "a2", "c1"]


def test_one_task_there_three_times_stays_once(tmp_path: Path) -> None:
    paths = stored(tmp_path, [[task("A"), task("A")], [task("A", level=2)]])
    assert duplicates(paths).select("shard", "row", "kept_id").rows() == [(0, 1, "id of A"), (1, 0, "id of A")]
    assert kept(paths) == [task("A")]


def test_nothing_is_dropped_where_nothing_repeats(tmp_path: Path) -> None:
    paths = stored(tmp_path, [[task("A"), task("B")], [], [task("C")]])
    assert duplicates(paths).is_empty()
    assert len(kept(paths)) == 3
    assert duplicates([]).schema == duplicates(paths).schema


HEX = {letter: f"{place:x}0000000{place:024x}" for letter, place in zip("ABCDE", (0, 5, 8, 13, 15), strict=True)}

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
@given(rows=TASKS, shard_size=st.integers(1, 8), order=st.randoms(use_true_random=False))
def test_what_stays_is_what_a_dictionary_would_keep(rows: list[Task], shard_size: int, order: random.Random) -> None:
    best: dict[str, tuple[int, str, int]] = {}
    for row in rows:
        rank = (row.index, row.id, row.level)
        best[row.canonical] = min(best.get(row.canonical, rank), rank)
    order.shuffle(rows)
    shards = [rows[start : start + shard_size] for start in range(0, len(rows), shard_size)]
    clear_run("memory://dedup/property")
    paths = stored("memory://dedup/property", shards)
    order.shuffle(paths)
    stays = kept(paths)
    assert {row.canonical: (row.index, row.id, row.level) for row in stays} == best
    assert len(stays) == len(best)


class Seen(NamedTuple):
    """Problems of a former run."""

    keys: tuple[str, ...]

    @property
    def key(self) -> object:
        return self.keys

    def __call__(self, canonical: pl.Series) -> pl.DataFrame:
        place = [place for place, each in enumerate(canonical) if each in self.keys]
        return pl.DataFrame(
            {"place": place, "id": [f"old {canonical[each]}" for each in place], "seen_in": ["runs/old"] * len(place)},
            schema={"place": pl.Int64, "id": pl.String, "seen_in": pl.String},
        )


@settings(max_examples=40, deadline=None)
@given(
    rows=TASKS.filter(bool),
    shard_size=st.integers(1, 8),
    group=st.integers(1, 3),
    partitions=st.integers(1, 5),
    settled=st.integers(0, 3),
    known=st.none() | st.sets(st.sampled_from("ABCDE"), max_size=2).map(lambda keys: Seen(tuple(map(HEX.get, keys)))),
)
def test_groups_and_partitions_come_to_the_same(
    rows: list[Task], shard_size: int, group: int, partitions: int, settled: int, known: Seen | None
) -> None:
    rows = [msgspec.structs.replace(row, canonical=HEX[row.canonical]) for row in rows]
    clear_run("memory://dedup/parts")
    paths = stored("memory://dedup/parts", [rows[at : at + shard_size] for at in range(0, len(rows), shard_size)])
    settled = min(settled, len(paths))
    whole = repeated(read_keys(dict(enumerate(paths))).tasks, settled, known).sort("shard", "row")
    found, told = in_parts("memory://dedup/parts/_keys", paths, group, partitions, settled, known)
    assert found.equals(whole.filter(pl.col("shard") >= settled))
    assert not told
    own = set(found.select("shard", "row").iter_rows())
    for number, row in enumerate(rows):
        shard = number // shard_size
        if known is not None and shard >= settled and row.canonical in known.keys:
            assert (shard, number % shard_size) in own


def test_settled_tasks_stay_before_those_with_a_lower_index(tmp_path: Path) -> None:
    paths = stored(tmp_path, [[task("A", id="old", index=9)], [task("A", id="new", index=1), task("B")]])
    assert duplicates(paths, settled=1).select("shard", "row", "kept_id").rows() == [(1, 0, "old")]
    [why] = removals(duplicates(paths, settled=1), apart=1)[1]
    assert why == Removal(0, "old", "canonical", 1.0, "its canonical key is that of a task of tasks.apart_from")


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
    found, told = in_parts(f"{tmp_path}/keys", paths, 3, 16)
    assert found.equals(drop)
    assert not told
    assert len(drop) == 100_000 - problems
    canonical = table["canonical"].to_numpy()
    stays = sorted(set(range(100_000)) - set((drop["shard"].cast(pl.Int64) * 10_000 + drop["row"]).to_list()))
    assert len({canonical[row] for row in stays}) == problems


def test_one_prompt_with_two_keys_is_reported_and_not_dropped(tmp_path: Path) -> None:
    prompt = (Message("user", "2 + 2"),)
    shards = [
        [task("A", prompt=prompt, id="a", index=3), task("B", prompt=prompt, id="b", index=1), task("C")],
        [task("B", prompt=prompt, id="b2", index=2), task("D", prompt=(Message("system", "2 + 2"),))],
    ]
    paths = stored(tmp_path, shards)
    told = [Contradicted(1, task=(0, 1), earlier=(0, 0))]
    assert [contradicted(read_keys(dict(enumerate(paths))).prompts)] == told
    for group, partitions in ((1, 1), (1, 4), (2, 3)):
        assert in_parts(f"{tmp_path}/{group}/{partitions}", paths, group, partitions)[1] == told
    assert [row.id for row in kept(paths)] == ["a", "b", "id of C", "id of D"]


def test_any_place_the_store_can_read_will_do() -> None:
    stage = open_run("memory://dedup/run", config={}, seed=7).stage("tasks", Task, count=1, key=0)
    stage.write(0, [task("A", index=1), task("A", index=0)])
    assert duplicates([stage.path(0)])["row"].to_list() == [0]


def test_a_partition_is_a_range_of_prefixes_and_every_key_has_one() -> None:
    keys = pl.Series(["0" * 32, "7" * 32, "8" * 32, "f" * 32, "no hex", "", "-1", "\u0661"])
    assert partition_of(keys, 2).to_list() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert partition_of(keys, 16).to_list()[:4] == [0, 7, 8, 15]


def test_one_problem_a_thousand_times_is_one_key_of_a_partition(tmp_path: Path) -> None:
    paths = stored(tmp_path, [[task("A", id=str(row), index=row) for row in range(500)] for _ in range(2)])
    found, _ = in_parts(f"{tmp_path}/keys", paths, 1, 2)
    assert found.equals(duplicates(paths))
    sent = sorted((tmp_path / "keys/keys").glob("*/*"))
    assert [pl.read_ipc(io.BytesIO(path.read_bytes()[:-4])).height for path in sent] == [1, 1, 0, 0]


def test_keys_that_were_changed_on_the_way_are_told(tmp_path: Path) -> None:
    paths = stored(tmp_path, [[task("A")], [task("B")]])
    in_parts(f"{tmp_path}/keys", paths, 1, 1)
    file = tmp_path / "keys/keys/00000/00001"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(DamageError, match=rf"00001 is damaged: delete {tmp_path}/keys and start again"):
        in_parts(f"{tmp_path}/keys", paths, 1, 1)
    file.unlink()
    with pytest.raises(DamageError, match=rf"00001 is gone: delete {tmp_path}/keys and start again"):
        in_parts(f"{tmp_path}/keys", paths, 1, 1)


def because(removal: Removal) -> dict[str, Any]:
    """The columns of a removed task beside its own."""
    return {name: value for name, value in removal._asdict().items() if name != "row"}


def test_each_row_is_in_one_half_and_says_why() -> None:
    rows = [task("A"), task("A", index=1), task("B"), task("C")]
    why = [Removal(1, "id of A", "canonical", 1.0, "again"), Removal(3, "item 7", "benchmark", 0.5, "known")]
    stays, gone = parted(to_table(rows, Task), why)
    assert from_table(stays, Task) == [rows[0], rows[2]]
    told = [
        Removed(**msgspec.structs.asdict(rows[each.row]), **dict(zip(each._fields[1:], each[1:], strict=True)))
        for each in why
    ]
    assert from_table(gone, Removed) == told
    assert joined(why[1:], [Removal(3, "x", "canonical", 1.0, "also"), why[0]]) == why
