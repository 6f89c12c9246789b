"""What is damaged of a run is found by its hash, kept aside, said, and made anew; paid rows are salvaged."""

import random
from pathlib import Path

import pytest

from pipeline.store import Run, Stage, StoreError, files, load_run, open_run
from schemas import Verdict

ROWS, SHARDS = 2500, 3


def verdicts(shard: int) -> list[Verdict]:
    return [Verdict(score=row / ROWS, reason="partial", detail=f"{shard}.{row}") for row in range(ROWS)]


def opened(folder: Path, paid: bool = False) -> Stage[Verdict]:
    run = open_run(str(folder / "run"), config={}, seed=7)
    return run.stage("verdicts", Verdict, count=SHARDS, key=1, paid=paid)


def written(folder: Path, paid: bool = False) -> Stage[Verdict]:
    stage = opened(folder, paid)
    for shard in stage.missing():
        stage.write(shard, verdicts(shard), inputs=[f"input {shard}"])
    return stage


def flipped(path: Path, place: int, bit: int = 0) -> bytes:
    """Changes one bit of a file; its bytes before."""
    before = path.read_bytes()
    data = bytearray(before)
    data[place] ^= 1 << bit
    path.write_bytes(data)
    return before


def kept(stage: Stage[Verdict]) -> list[str]:
    return list(files.sizes(f"{stage.url}/_damaged"))


@pytest.mark.parametrize("seed", range(6))
def test_a_flipped_bit_anywhere_is_found_said_and_mended(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = written(tmp_path)
    stage.seal()
    names = ["00001.parquet", "_manifest/00001.json"]
    before = {path: path.read_bytes() for path in Path(stage.run_url).rglob("*") if path.is_file()}
    rng = random.Random(seed)
    path = Path(stage.url) / names[seed % 2]
    data = flipped(path, rng.randrange(len(path.read_bytes())), rng.randrange(8))
    damaged = path.read_bytes()
    again = opened(tmp_path)
    assert again.missing() == [1]
    assert f"{path} is damaged: it is kept as" in capsys.readouterr().err
    assert (Path(stage.url) / "_damaged" / kept(stage)[0]).read_bytes() == damaged != data
    written(tmp_path).seal()
    assert {path: path.read_bytes() for path in before} == before


def test_a_shard_that_is_cut_is_kept_aside_and_read_by_nobody(tmp_path: Path) -> None:
    stage = written(tmp_path)
    path = Path(stage.path(2))
    path.write_bytes(path.read_bytes()[:-100])
    assert opened(tmp_path).missing() == [2]
    assert [name.partition("-")[0] for name in kept(stage)] == ["00002.parquet"]
    assert not list(Path(stage.url).rglob("_damaged/*.parquet"))
    assert opened(tmp_path).missing() == [2]


@pytest.mark.parametrize("group", [0, 2])
def test_of_a_damaged_paid_shard_only_the_unreadable_row_group_is_lost(tmp_path: Path, group: int) -> None:
    stage = written(tmp_path, paid=True)
    flipped(Path(stage.path(1)), 60 if group == 0 else len(Path(stage.path(1)).read_bytes()) * 8 // 10)
    again = opened(tmp_path, paid=True)
    rows = verdicts(1)
    assert again.missing() == [1]
    assert again.so_far(1) == rows[: group * 1000] + rows[(group + 1) * 1000 :]
    assert opened(tmp_path, paid=True).so_far(1) == again.so_far(1)


@pytest.mark.parametrize(("left", "rows"), [(0.5, 1000), (0.8, 2000), (0.99, 2500), (0.0, 0)])
def test_of_a_paid_shard_that_is_cut_what_is_left_is_read(tmp_path: Path, left: float, rows: int) -> None:
    stage = written(tmp_path, paid=True)
    path = Path(stage.path(1))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * left)])
    again = opened(tmp_path, paid=True)
    assert again.missing() == [1]
    assert again.so_far(1) == verdicts(1)[:rows]


def test_the_footer_of_a_paid_shard_may_be_damaged_in_it_or_where_it_is_kept(tmp_path: Path) -> None:
    stage = written(tmp_path, paid=True)
    for name in ("00000.parquet", "_footers/00001"):
        path = Path(stage.url, name)
        flipped(path, len(path.read_bytes()) - 6)  # the footer's length
    flipped(Path(stage.path(1)), 60)
    again = opened(tmp_path, paid=True)
    assert again.missing() == [0, 1]
    assert again.so_far(0) == verdicts(0)
    assert again.so_far(1) == verdicts(1)[1000:]


def test_a_long_look_at_hashes_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = written(tmp_path)
    opened(tmp_path)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("pipeline.store.damage._SECONDS_BETWEEN_LINES", 0.0)
    opened(tmp_path)
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == f"{stage.url}: {SHARDS - 1} of {SHARDS} shards compared with their hashes"


def test_a_damaged_entry_costs_no_paid_row(tmp_path: Path) -> None:
    stage = written(tmp_path, paid=True)
    flipped(Path(stage.url) / "_manifest" / "00001.json", 30)
    again = opened(tmp_path, paid=True)
    assert again.missing() == [1]
    assert again.so_far(1) == verdicts(1)


def test_rows_that_stand_in_the_journal_too_are_not_there_twice(tmp_path: Path) -> None:
    stage = written(tmp_path, paid=True)
    (Path(stage.url) / "_manifest" / "00001.json").unlink()  # killed before the entry: the journal has all of it
    stage.journal(1).append(verdicts(1)[:700])
    stage.journal(1).append(verdicts(1)[700:])
    assert opened(tmp_path, paid=True).so_far(1) == verdicts(1)


def test_a_damaged_part_of_a_journal_is_kept_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage = opened(tmp_path, paid=True)
    for batch in range(3):
        stage.journal(0).append(verdicts(batch)[:5])
    part = Path(stage.journal(0).url) / list(files.sizes(stage.journal(0).url))[1]
    flipped(part, len(part.read_bytes()) - 20)  # in the footer, which no checksum of Parquet guards
    again = opened(tmp_path, paid=True)
    assert again.so_far(0) == [*verdicts(0)[:5], *verdicts(2)[:5]]
    assert "is damaged" in capsys.readouterr().err
    assert len(kept(stage)) == 1


def test_shards_made_from_other_inputs_than_there_are_now_are_outdated(tmp_path: Path) -> None:
    stage = written(tmp_path)
    inputs = {shard: [f"input {shard}"] for shard in range(SHARDS)}
    assert stage.outdated(inputs) == []
    assert stage.outdated({**inputs, 1: ["input 1", "more"]}) == [1]
    Path(stage.path(2)).unlink()
    assert stage.outdated({**inputs, 1: []}) == [1, 2]


def test_every_flipped_bit_of_run_json_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage = written(tmp_path)
    stage.seal()
    path = tmp_path / "run" / "run.json"
    rng = random.Random(1)
    for _ in range(20):
        whole = flipped(path, rng.randrange(len(path.read_bytes()) - 1), rng.randrange(8))
        with pytest.raises(StoreError, match=r"run\.json is not a run's, or damaged.*`taskmill run` its config again"):
            load_run(str(tmp_path / "run"))
        assert opened(tmp_path).missing() == []
        assert path.read_bytes() == whole
    assert capsys.readouterr().err.count("run.json is damaged") == 20
    assert len(files.sizes(str(tmp_path / "run" / "_damaged"))) == 20


def test_a_damaged_manifest_of_a_stage_is_said_and_written_anew(tmp_path: Path) -> None:
    stage = written(tmp_path)
    stage.seal()
    path = tmp_path / "run" / "verdicts" / "manifest.json"
    whole = flipped(path, 40)
    run: Run = load_run(str(tmp_path / "run"))
    with pytest.raises(StoreError, match=r"manifest\.json is damaged .*run again, which writes it anew"):
        run.sealed("verdicts", Verdict)
    written(tmp_path).seal()
    assert path.read_bytes() == whole
