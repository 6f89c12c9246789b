"""A run in an S3 bucket, at a real server: whole shards, journals, damage, locks, and what is said when it fails."""

import subprocess
import sys
import threading
from pathlib import Path

import fsspec
import msgspec
import pytest

from pipeline import lock
from pipeline.lock import BusyError, only_one
from pipeline.lock_object import LockObject
from pipeline.lock_owner import this_process
from pipeline.store import Stage, StoreError, clear_run, files, load_run, open_run, read_shards, shard_urls
from schemas import Verdict
from tests.pipeline.test_lock import holder


def verdicts(count: int, detail: str = "") -> list[Verdict]:
    return [Verdict(score=row / count, reason="partial", detail=f"{detail}{row}") for row in range(count)]


def opened(url: str, paid: bool = False) -> Stage[Verdict]:
    return open_run(url, config={"model": "tiny"}, seed=7).stage("verdicts", Verdict, count=3, key=1, paid=paid)


def test_a_run_is_written_resumed_read_and_cleared(bucket: str) -> None:
    stage = opened(f"{bucket}/runs/one")
    stage.journal(0).append(verdicts(2, "a"))
    stage.journal(0).append(verdicts(3, "b"))
    assert opened(f"{bucket}/runs/one").journal(0).records() == [*verdicts(2, "a"), *verdicts(3, "b")]
    for shard in range(3):
        stage.commit(stage.prepare(shard, verdicts(4, f"{shard}.")))
    stage.seal()
    rows = [row for shard in range(3) for row in verdicts(4, f"{shard}.")]
    assert load_run(f"{bucket}/runs/one/").sealed("verdicts", Verdict) == stage
    for source in (f"{bucket}/runs/one/verdicts", f"{stage.url}/*.parquet", f"{bucket}/runs/*/verdicts"):
        assert list(read_shards(source, Verdict)) == rows
    assert opened(f"{bucket}/runs/one").missing() == stage.verify() == []
    assert files.subfolders(stage.url) == ["_manifest"]
    clear_run(f"{bucket}/runs/one")
    with pytest.raises(StoreError, match="is not a run"):
        load_run(f"{bucket}/runs/one")


def test_damage_is_kept_aside_and_paid_rows_are_salvaged(bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    stage = opened(f"{bucket}/runs/one", paid=True)
    stage.write(1, verdicts(2500))
    whole = files.read_whole(stage.path(1))
    files.write_whole(stage.path(1), whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])
    again = opened(f"{bucket}/runs/one", paid=True)
    assert again.missing() == [0, 1, 2]
    assert again.so_far(1) == verdicts(2500)[1000:]
    assert f"{stage.path(1)} is damaged: it is kept as {stage.url}/_damaged/00001.parquet-" in capsys.readouterr().err
    assert len(files.sizes(f"{stage.url}/_damaged")) == 1


def test_two_processes_never_hold_one_folder_of_a_bucket(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "BEAT_SECONDS", 0.02)
    place = f"{bucket}/runs/one"
    with holder(place) as first:
        with pytest.raises(BusyError, match=rf"process {first.pid} on .* wait for it, or stop it"), only_one(place):
            pass
        first.kill()
        first.wait()
        with only_one(place):  # at once: a process of this machine that has ended is gone for sure
            assert files.LOCK in files.sizes(place)
    assert files.sizes(place) == {}


@pytest.mark.parametrize("stale", [False, True])
def test_of_many_that_take_a_lock_at_once_one_gets_it(bucket: str, stale: bool) -> None:
    url = f"{bucket}/runs/one/{files.LOCK}"
    seen = msgspec.json.encode(this_process()) if stale else None
    if seen is not None:
        files.write_whole(url, seen)
    got: list[bool] = []
    start = threading.Barrier(6)

    def take() -> None:
        start.wait()
        got.append(LockObject(url).take(this_process(), seen))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 5 + [True]


def test_a_missing_bucket_is_said_and_not_made(bucket: str) -> None:
    missing = f"{bucket}-of-nobody"
    for attempt in (open_run, clear_run, load_run, only_one):
        given = {"config": {}, "seed": 1} if attempt is open_run else {}
        with pytest.raises(StoreError, match=rf"{missing}.*: there is no such bucket"):
            attempt(f"{missing}/runs/one", **given).__enter__()  # type: ignore[operator]
    with pytest.raises(StoreError, match="nothing matches"):
        shard_urls(f"{missing}/runs/*.parquet")
    assert not fsspec.filesystem("s3").exists(missing)


def test_a_server_that_is_away_is_one_line(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    fsspec.filesystem("s3").clear_instance_cache()
    with pytest.raises(
        StoreError, match=r"one.*: the storage can't be used \(.*127.0.0.1:9.*check its address"
    ) as told:
        load_run(f"{bucket}/runs/one")
    assert "\n" not in str(told.value)
    assert "a secret of the tests" not in str(told.value)


def test_missing_credentials_are_one_line(bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    fsspec.filesystem("s3").clear_instance_cache()
    with pytest.raises(StoreError, match=r"no credentials .*: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or"):
        load_run(f"{bucket}/runs/one")


def test_a_missing_extra_is_named() -> None:
    code = "import sys; sys.modules['s3fs'] = None; from pipeline.store import load_run; load_run('s3://bucket/run')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr.splitlines()[-1]
    assert "s3://bucket/run: nothing here speaks s3://" in said
    assert said.endswith("pip install 'taskmill[s3]'")
    with pytest.raises(StoreError, match=r"nothing here speaks nosuch://.*name another place"):
        load_run("nosuch://bucket/run")
