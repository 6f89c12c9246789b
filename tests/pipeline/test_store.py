"""The run store: shards are whole or not there, found again under their key, and the same bytes for the same rows."""

import hashlib
import pickle
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import datasets
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.store import (
    Journal,
    Run,
    Stage,
    StoreError,
    clear_run,
    files,
    load_run,
    open_run,
    read_shards,
    shard_urls,
)
from schemas import Rollout, SchemaError, Verdict, schema_of, to_table


def verdicts(count: int, detail: str = "") -> list[Verdict]:
    return [Verdict(score=row / count, reason="partial", detail=f"{detail}{row}") for row in range(count)]


@pytest.fixture(params=["local", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "local":
        yield str(tmp_path / "run")
    else:
        url = f"memory://{uuid.uuid4().hex}/run"
        yield url
        files.remove(url)


@pytest.fixture
def run(url: str) -> Run:
    return open_run(url, config={"model": "tiny"}, seed=7)


def written(run: Run, count: int = 3, key: object = 1) -> Stage[Verdict]:
    stage = run.stage("verdicts", Verdict, count=count, key=key)
    for shard in stage.missing():
        stage.write(shard, verdicts(4, f"{shard}."), inputs=(f"input {shard}",))
    return stage


def bytes_of(url: str) -> bytes:
    with fsspec.open(url, "rb") as file:
        return bytes(file.read())


def overwrite(url: str, data: bytes) -> None:
    with fsspec.open(url, "wb") as file:
        file.write(data)


def test_rows_come_back_in_order(run: Run) -> None:
    stage = written(run)
    expected = [row for shard in range(3) for row in verdicts(4, f"{shard}.")]
    assert list(stage.records()) == expected
    assert pa.concat_tables(stage.tables()) == to_table(expected, Verdict)
    assert stage.read(1).num_rows == 4


def test_the_manifest_says_rows_bytes_sha256_and_inputs(run: Run) -> None:
    stage = written(run)
    info = stage.shards()[1]
    data = bytes_of(stage.path(1))
    assert (info.shard, info.file, info.rows, info.inputs) == (1, "00001.parquet", 4, ("input 1",))
    assert (info.bytes, info.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_stage_says_what_is_missing(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=3, key=1)
    assert stage.missing() == [0, 1, 2]
    stage.write(1, verdicts(2))
    assert stage.missing() == [0, 2]
    assert (stage.has(0), stage.has(1)) == (False, True)


def test_a_longer_run_keeps_what_a_shorter_one_made(run: Run) -> None:
    written(run, count=2)
    assert run.stage("verdicts", Verdict, count=4, key=1).missing() == [2, 3]
    assert [info.shard for info in run.stage("verdicts", Verdict, count=1, key=1).shards()] == [0]


def test_equal_rows_are_equal_bytes_however_they_came(run: Run) -> None:
    rows = verdicts(2500)
    table = to_table(rows, Verdict)
    reversed_columns = table.select(table.column_names[::-1])
    chunked = pa.concat_tables([table.slice(0, 7), table.slice(7, 1200), table.slice(1207)])
    padded = to_table([*verdicts(3), *rows], Verdict).filter(pa.array([False] * 3 + [True] * 2500))
    versions = [rows, iter(rows), table, reversed_columns, chunked, padded]
    stage = run.stage("verdicts", Verdict, count=len(versions), key=1)
    assert len({stage.write(shard, version).sha256 for shard, version in enumerate(versions)}) == 1


def test_shards_are_zstd_in_row_groups_for_streaming(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=1, key=1)
    stage.write(0, verdicts(2500))
    file = pq.ParquetFile(pa.BufferReader(bytes_of(stage.path(0))))
    groups = [file.metadata.row_group(group) for group in range(file.num_row_groups)]
    assert [group.num_rows for group in groups] == [1000, 1000, 500]
    assert {group.column(0).compression for group in groups} == {"ZSTD"}


def test_an_empty_shard_is_a_shard(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=1, key=1)
    assert stage.write(0, []).rows == 0
    assert stage.missing() == []
    assert stage.read(0).schema == schema_of(Verdict)
    assert list(stage.records()) == []


def test_a_dataset_with_an_empty_shard_first_loads(run: Run, tmp_path: Path) -> None:
    stage = run.stage("verdicts", Verdict, count=2, key=1)
    stage.write(0, [])
    stage.write(1, verdicts(3))
    copies = [tmp_path / f"{shard}.parquet" for shard in range(2)]
    for shard, copy in enumerate(copies):
        copy.write_bytes(files.read_whole(stage.path(shard)))
    names = [str(copy) for copy in copies]
    loaded = datasets.load_dataset("parquet", data_files=names, split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded["score"] == [verdict.score for verdict in verdicts(3)]


def test_extra_columns_are_kept_after_the_records_own(run: Run) -> None:
    table = to_table(verdicts(3), Verdict).add_column(0, "pass_rate", pa.array([0.1, 0.2, 0.3]))
    stage = run.stage("verdicts", Verdict, count=1, key=1)
    stage.write(0, table)
    assert stage.read(0).column_names == [*schema_of(Verdict).names, "pass_rate"]
    assert stage.read(0)["pass_rate"].to_pylist() == [0.1, 0.2, 0.3]
    assert list(stage.records()) == verdicts(3)


def test_another_key_makes_new_shards_and_says_which_old_ones_it_ignores(run: Run) -> None:
    old = written(run, key={"temperature": 1.0})
    new = run.stage("verdicts", Verdict, count=3, key={"temperature": 0.5})
    assert new.missing() == [0, 1, 2]
    assert new.ignored() == [old.path(shard) for shard in range(3)]
    assert run.stage("verdicts", Verdict, count=3, key={"temperature": 1.0}).missing() == []


@pytest.mark.parametrize("change", ["seed", "name", "record"])
def test_the_key_holds_seed_name_and_record(run: Run, url: str, change: str) -> None:
    key = run.stage("verdicts", Verdict, count=1, key=1).key
    other = {
        "seed": lambda: open_run(url, config=run.config, seed=8).stage("verdicts", Verdict, count=1, key=1),
        "name": lambda: run.stage("others", Verdict, count=1, key=1),
        "record": lambda: run.stage("verdicts", Rollout, count=1, key=1),
    }
    assert other[change]().key != key


def test_a_shard_cut_short_is_made_anew(run: Run) -> None:
    stage = written(run)
    whole = bytes_of(stage.path(1))
    overwrite(stage.path(1), whole[:-1])
    assert (stage.has(1), stage.missing()) == (False, [1])
    assert bytes_of(written(run).path(1)) == whole


def test_an_entry_without_its_file_is_made_anew(run: Run) -> None:
    stage = written(run)
    fs, path = fsspec.url_to_fs(stage.path(1))
    fs.rm_file(path)
    assert stage.missing() == [1]
    with pytest.raises(StoreError, match=r"00001\.parquet is not there: run again"):
        stage.read(1)


def test_a_file_without_its_entry_is_made_anew(run: Run) -> None:
    stage = written(run)
    overwrite(f"{stage.url}/_manifest/00002.json", b'{"shard":2,"fil')
    assert (stage.has(2), stage.missing()) == (False, [2])


def test_flipped_bits_are_found_by_verify_and_never_read(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=2, key=1)
    for shard in range(2):
        stage.write(shard, verdicts(900))
    data = bytearray(bytes_of(stage.path(1)))
    data[len(data) // 3] ^= 1
    overwrite(stage.path(1), bytes(data))
    assert stage.missing() == []
    assert stage.verify() == [stage.path(1)]
    with pytest.raises(StoreError, match=r"00001\.parquet is damaged .*start the run that made it again"):
        stage.read(1)


def test_a_shard_of_a_newer_schema_is_refused_with_its_name(run: Run) -> None:
    stage = written(run)
    table = to_table(verdicts(2), Verdict)
    newer = table.replace_schema_metadata({**table.schema.metadata, b"taskmill.version": b"99"})
    sink = pa.BufferOutputStream()
    pq.write_table(newer, sink)
    overwrite(stage.path(0), sink.getvalue().to_pybytes())
    with pytest.raises(SchemaError, match=r"00000\.parquet: .*version 99 .*update taskmill"):
        stage.read(0)


def test_a_table_that_does_not_fit_the_record_is_refused(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=1, key=1)
    table = to_table(verdicts(2), Verdict)
    with pytest.raises(SchemaError, match="lack the columns reason"):
        stage.write(0, table.drop_columns(["reason"]))
    holes = table.set_column(1, "reason", pa.array(["wrong", None]))
    with pytest.raises(SchemaError, match="reason"):
        stage.write(0, holes)
    assert stage.missing() == [0]


def test_a_shard_number_outside_the_stage_is_refused(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=2, key=1)
    with pytest.raises(StoreError, match="shards 0 to 1, not 2"):
        stage.write(2, [])
    with pytest.raises(StoreError, match="no stage name"):
        run.stage("../verdicts", Verdict, count=2, key=1)


def test_a_journal_gives_back_every_batch_and_ends_with_its_shard(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=2, key=1)
    for part in range(3):
        stage.journal(0).append(verdicts(2, f"{part}."))
    stage.journal(0).append([])
    expected = [row for part in range(3) for row in verdicts(2, f"{part}.")]
    assert stage.journal(0).records() == expected
    assert stage.journal(1).records() == []
    assert stage.missing() == [0, 1]
    stage.write(0, stage.journal(0).records())
    assert stage.journal(0).records() == []


def test_the_records_so_far_are_those_of_the_shard_or_of_its_journal(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=3, key=1)
    info = stage.write(0, verdicts(2, "a"))
    stage.journal(1).append(verdicts(3, "b"))
    assert [stage.so_far(shard) for shard in range(3)] == [verdicts(2, "a"), verdicts(3, "b"), []]
    assert stage.info(0) == info
    with pytest.raises(StoreError, match=r"00001\.parquet: this shard is not there"):
        stage.info(1)


def test_a_torn_journal_part_counts_as_never_written(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=1, key=1)
    journal = stage.journal(0)
    journal.append(verdicts(2, "a"))
    journal.append(verdicts(2, "b"))
    torn = f"{journal.url}/{list(files.sizes(journal.url))[1]}"
    overwrite(torn, bytes_of(torn)[:100])
    assert journal.records() == verdicts(2, "a")
    journal.append(verdicts(2, "c"))
    assert journal.records() == [*verdicts(2, "a"), *verdicts(2, "c")]


def test_two_writers_of_one_journal_lose_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = run.stage("verdicts", Verdict, count=1, key=1)
    stage.journal(0).append(verdicts(1, "before"))
    with monkeypatch.context() as both_looked_first:
        both_looked_first.setattr(Journal, "_parts_written", lambda journal: 1)
        for writer in ("b", "a"):
            stage.journal(0, writer).append(verdicts(1, writer))
    stage.journal(0, "b").append(verdicts(1, "b later "))
    assert [row.detail for row in stage.journal(0).records()] == ["before0", "a0", "b0", "b later 0"]


def test_of_two_prepared_shards_one_is_the_shard(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=1, key=1)
    mine, theirs = stage.prepare(0, verdicts(2, "mine")), stage.prepare(0, verdicts(3, "theirs"))
    assert not stage.has(0)
    assert stage.commit(theirs) == stage.info(0) == theirs.info
    with pytest.raises(FileNotFoundError):
        stage.commit(mine)
    assert list(stage.records()) == verdicts(3, "theirs")
    assert stage.verify() == []


def test_a_prepared_shard_is_the_one_that_would_have_been_written(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=2, key=1)
    stage.commit(stage.prepare(0, verdicts(3), inputs=["in"]))
    stage.write(1, verdicts(3), inputs=["in"])
    prepared, direct = stage.info(0), stage.info(1)
    assert (prepared.sha256, prepared.bytes, prepared.inputs) == (direct.sha256, direct.bytes, direct.inputs)
    assert bytes_of(stage.path(0)) == bytes_of(stage.path(1))


def test_a_journal_left_behind_by_a_written_shard_is_removed(run: Run) -> None:
    stage = written(run)
    stage.journal(0).append(verdicts(1))
    run.stage("verdicts", Verdict, count=3, key=1)
    assert stage.journal(0).records() == []


def test_only_a_whole_stage_is_sealed(run: Run) -> None:
    stage = run.stage("verdicts", Verdict, count=2, key=1)
    stage.write(0, verdicts(1))
    with pytest.raises(StoreError, match="lacks 1 of 2 shards, the first is 1"):
        stage.seal()
    assert run.sealed("verdicts", Verdict) is None
    stage.write(1, verdicts(1))
    assert stage.seal() == stage.shards()
    assert run.sealed("verdicts", Verdict) == stage
    with pytest.raises(StoreError, match="holds Verdict rows, not Rollout rows"):
        run.sealed("verdicts", Rollout)


def test_shards_are_read_by_file_glob_folder_and_stage(run: Run, url: str) -> None:
    written(run, count=2, key="old").seal()
    stage = written(run, count=3, key="new")
    stage.seal()
    rows = list(stage.records())
    for source in (f"{url}/verdicts", stage.url, f"{stage.url}/*.parquet", f"{url}/verdict*"):
        assert list(read_shards(source, Verdict)) == rows
    assert list(read_shards([stage.path(2), stage.path(0)], Verdict)) == rows[8:] + rows[:4]


def test_sources_without_shards_are_told_so(run: Run, url: str) -> None:
    written(run).seal()
    with pytest.raises(StoreError, match=r"is a run: name one of its stages \(verdicts\)"):
        shard_urls(url)
    with pytest.raises(StoreError, match="nothing matches"):
        shard_urls(f"{url}/nothing/*.parquet")
    with pytest.raises(StoreError, match="has no Parquet files"):
        shard_urls(f"{url}/nothing")


def test_a_resumed_run_leaves_run_json_as_it_is(run: Run, url: str) -> None:
    before = bytes_of(f"{url}/run.json")
    assert open_run(url, config={"model": "tiny"}, seed=7) == run == load_run(url)
    assert bytes_of(f"{url}/run.json") == before


def test_a_changed_config_is_written_beside_the_earlier_one(run: Run, url: str) -> None:
    open_run(url, config={"model": "small"}, seed=8)
    assert (load_run(url).config, load_run(url).seed) == ({"model": "small"}, 8)
    text = bytes_of(f"{url}/run.json").decode()
    assert '"earlier"' in text
    assert '"tiny"' in text


def test_a_run_is_cleared_and_nothing_else_is(run: Run, url: str) -> None:
    written(run)
    clear_run(url)
    with pytest.raises(StoreError, match="is not a run"):
        load_run(url)
    clear_run(url)
    overwrite(f"{url.rpartition('/')[0]}/notes.txt", b"mine")
    with pytest.raises(StoreError, match=r"is not a run .* delete it yourself"):
        clear_run(url.rpartition("/")[0])
    with pytest.raises(StoreError, match="not empty"):
        open_run(url.rpartition("/")[0], config={}, seed=1)
    assert bytes_of(f"{url.rpartition('/')[0]}/notes.txt") == b"mine"


def test_a_run_at_a_glob_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot have \["):
        open_run(f"{tmp_path}/run[1]", config={}, seed=1)
    with pytest.raises(StoreError, match=r"cannot have \*"):
        clear_run(f"{tmp_path}/*")


def test_a_damaged_run_json_is_named(run: Run, url: str) -> None:
    overwrite(f"{url}/run.json", b'{"config": {')
    with pytest.raises(StoreError, match=r"run\.json is not a run's"):
        open_run(url, config={}, seed=7)


def test_many_writers_at_once_lose_nothing(run: Run) -> None:
    stage = pickle.loads(pickle.dumps(run.stage("verdicts", Verdict, count=40, key=1)))  # noqa: S301
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda shard: stage.write(shard, verdicts(3, f"{shard}.")), range(40)))
    assert stage.missing() == []
    assert stage.verify() == []
    assert len(set(stage.records())) == 120


def test_no_file_of_a_stage_tells_where_or_when_it_was_made(tmp_path: Path) -> None:
    runs = [open_run(str(tmp_path / name), config={}, seed=7) for name in ("one", "another")]
    for run in runs:
        written(run).seal()
    held = [
        {str(path.relative_to(run.url)): path.read_bytes() for path in Path(run.url).rglob("*") if path.is_file()}
        for run in runs
    ]
    assert held[0] == held[1]
    private = [str(tmp_path).encode(), socket.gethostname().encode()]
    assert not [name for name, data in held[0].items() for word in private if word in data]


def test_the_store_starts_quickly() -> None:
    heavy = "{'torch', 'transformers', 'polars', 'prefect', 'pandas', 'datasets'}"
    command = f"import sys, pipeline.store; print(*{heavy} & sys.modules.keys())"
    said = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout
    assert said.split() == []
