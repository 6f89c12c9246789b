"""Files are written whole; what a dead writer left is removed, what a live one holds is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.store import StoreError, files


def temporary(folder: Path, host: str, pid: int) -> Path:
    path = folder / f".00003.parquet~{host}~{pid}~0.tmp"
    path.write_bytes(b"half")
    return path


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("socket.gethostname", lambda: "here-1.example")
    return "here-1.example"


def test_temporary_files_of_dead_writers_are_removed(tmp_path: Path, here: str) -> None:
    left = temporary(tmp_path, here, dead_process())
    files.sweep(str(tmp_path))
    assert not left.exists()


def test_temporary_files_of_live_writers_and_other_hosts_stay(tmp_path: Path, here: str) -> None:
    kept = [temporary(tmp_path, here, os.getpid()), temporary(tmp_path, "there", dead_process())]
    files.sweep(str(tmp_path))
    assert all(path.exists() for path in kept)


def test_temporary_files_of_other_hosts_are_removed_when_a_day_old(tmp_path: Path, here: str) -> None:
    left = temporary(tmp_path, "there", 1)
    os.utime(left, (left.stat().st_atime, left.stat().st_mtime - 25 * 3600))
    files.sweep(str(tmp_path))
    assert not left.exists()


def test_other_files_are_never_swept_and_temporary_ones_never_listed(tmp_path: Path, here: str) -> None:
    temporary(tmp_path, here, os.getpid())
    for name in ("00003.parquet", ".hidden", "notes.tmp", ".a~b.tmp"):
        (tmp_path / name).write_bytes(b"mine")
    files.sweep(str(tmp_path))
    assert files.sizes(str(tmp_path)) == {".a~b.tmp": 4, ".hidden": 4, "00003.parquet": 4, "notes.tmp": 4}


def test_a_write_that_fails_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = str(tmp_path / "a" / "b.json")
    files.write_whole(url, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match=r"b\.json: the disk is full: make room, then start again"):
        files.write_whole(url, b"new")
    assert files.read_whole(url) == b"old"
    assert os.listdir(tmp_path / "a") == ["b.json"]


def test_one_spelling_of_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert files.absolute("runs/one/") == files.absolute(f"file://{tmp_path}/runs/one") == f"{tmp_path}/runs/one"
    assert files.absolute("memory://runs/one/") == "memory:///runs/one"


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert files.sizes(f"{tmp_path}/nothing") == {}
    assert files.subfolders("memory://nothing") == []
    files.remove(f"{tmp_path}/nothing")
