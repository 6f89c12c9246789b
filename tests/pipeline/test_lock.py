"""Two processes never work in one folder; who is gone holds nothing, and who lives is not taken for dead."""

import errno
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from pipeline import lock
from pipeline.lock import BusyError, only_one
from pipeline.lock_owner import this_process
from pipeline.store import files, open_run

HOLDER = """
import os, sys, time
from pipeline import lock
lock.BEAT_SECONDS = 0.02
with lock.only_one(sys.argv[1]):
    if len(sys.argv) > 2 and os.fork() == 0:
        os.close(1)
        time.sleep(float(sys.argv[2]))
        os._exit(0)
    print(os.getpid(), flush=True)
    time.sleep(600)
"""


@contextmanager
def holder(place: str, *given: str) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", HOLDER, place, *given], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{process.pid}\n".encode()
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(lock, "WATCH_SECONDS", 0.6)


@pytest.fixture(params=["local", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "run") if request.param == "local" else f"memory://{uuid.uuid4().hex}/run"


def left_by_another_machine(place: str) -> None:
    """The lock of a process of which this machine knows nothing."""
    owner = msgspec.structs.replace(this_process(), machine="another", host="there", pid=1)
    files.write_whole(f"{place}/{files.LOCK}", msgspec.json.encode(owner))


def test_a_second_process_is_told_who_is_there_until_the_first_is_gone_even_killed(tmp_path: Path) -> None:
    place = str(tmp_path / "run")
    with holder(place) as first:
        told = rf"run: another taskmill is at work there \(process {first.pid} on .+ since .+\): wait for it, or"
        with pytest.raises(BusyError, match=told), only_one(place):
            pass
        with only_one(str(tmp_path / "other")):
            pass
        first.kill()
        first.wait()
        with only_one(place):
            pass
    assert [os.listdir(tmp_path), os.listdir(place)] == [["run"], []]


def test_children_of_a_killed_process_are_waited_for(tmp_path: Path) -> None:
    with holder(str(tmp_path), "0.5") as first:
        first.kill()
        first.wait()
        with only_one(str(tmp_path)):
            pass


def test_a_place_is_free_again_after_work_that_failed(place: str) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="mine"), only_one(place):
            raise ValueError("mine")
    assert files.sizes(place) == {}


@pytest.mark.usefixtures("quick")
def test_the_lock_is_no_part_of_a_run(place: str) -> None:
    with only_one(place):
        open_run(place, config={}, seed=1)
        assert files.LOCK in files.sizes(place)
    assert list(files.sizes(place)) == ["run.json"]


@pytest.mark.usefixtures("quick")
def test_a_holder_that_shows_no_life_for_a_while_is_followed(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    left_by_another_machine(place)
    with only_one(place):
        pass
    assert "process 1 on there since" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("jump", [-10.0, 10.0])
def test_a_holder_of_another_machine_that_lives_is_not_followed_whatever_the_clock_says(
    place: str, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    left_by_another_machine(place)
    really, reads = time.time, [0]
    monkeypatch.setattr(time, "time", lambda: really() + jump * 365 * 24 * 3600)
    read = files.at

    @contextmanager
    def beating(url: str) -> Iterator[object]:
        reads[0] += 1
        if reads[0] == 5:  # a sign of life while it is watched
            left_by_another_machine(place)
        with read(url) as found:
            yield found

    monkeypatch.setattr("pipeline.lock_file.at", beating)
    monkeypatch.setattr("pipeline.lock_object.at", beating)
    with pytest.raises(BusyError, match="process 1 on there"), only_one(place):
        pass
    assert files.LOCK in files.sizes(place)


@pytest.mark.usefixtures("quick")
def test_where_the_kernel_locks_nothing_the_file_alone_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(file: int, how: int) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", flock)
    monkeypatch.setattr("pipeline.lock_file._SETTLED_SECONDS", 0.0)
    place = str(tmp_path)
    with only_one(place), pytest.raises(BusyError, match=f"process {os.getpid()} on"), only_one(place):
        pass
    assert files.sizes(place) == {}
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    gone = msgspec.structs.replace(this_process(), pid=ended.pid)
    files.write_whole(f"{place}/{files.LOCK}", msgspec.json.encode(gone))
    monkeypatch.setattr(lock, "WATCH_SECONDS", 600.0)
    with only_one(place):
        pass


def test_two_takers_where_the_kernel_locks_nothing_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(file: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    def second(seconds: float) -> None:  # who writes while the first waits whether anybody does
        left_by_another_machine(str(tmp_path))

    monkeypatch.setattr("fcntl.flock", flock)
    monkeypatch.setattr("pipeline.lock_file.time.sleep", second)
    with pytest.raises(BusyError, match="process 1 on there"), only_one(str(tmp_path)):
        pass
    assert files.LOCK in files.sizes(str(tmp_path))


@pytest.mark.usefixtures("quick")
def test_a_lock_that_is_removed_meanwhile_is_there_again(place: str) -> None:
    with only_one(place):
        files.remove(f"{place}/{files.LOCK}")
        until = time.monotonic() + 30
        while not files.sizes(place).get(files.LOCK) and time.monotonic() < until:
            time.sleep(0.01)
        with pytest.raises(BusyError, match=f"process {os.getpid()} on"), only_one(place):
            pass
    assert files.sizes(place) == {}


@pytest.mark.usefixtures("quick")
def test_within_a_process_too_a_place_is_held_once(place: str) -> None:
    with only_one(place):
        time.sleep(0.1)
        with pytest.raises(BusyError, match=f"process {os.getpid()} on"), only_one(place):
            pass


@pytest.mark.usefixtures("quick")
def test_a_process_that_was_taken_for_dead_stops_itself(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    got: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: got.append(number))
    try:
        with only_one(place):
            left_by_another_machine(place)
            until = time.monotonic() + 30
            while not got and time.monotonic() < until:
                time.sleep(0.01)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert got == [signal.SIGTERM]
    assert "process 1 on there since" in capsys.readouterr().err
    assert files.LOCK in files.sizes(place), "the lock of the other was removed"
