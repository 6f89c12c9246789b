"""Disks that are full or read-only, clocks that jump, bytes that change, servers that go away: nothing is lost, nothing
is done twice, and each is told in one line."""

import errno
import json
import os
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flows.cli import FAILED, exit_code
from flows.pairs import pair_run
from flows.workers.processes import Processes
from pipeline.engines.config import ModelConfig
from pipeline.engines.opening import opened
from pipeline.engines.protocol import EngineError
from pipeline.engines.retry import Patience
from pipeline.lock import BusyError, only_one
from pipeline.store import StoreError
from schemas import Rollout
from tests.flows.faults import hungry, stages
from tests.flows.faults.stages import STAGES, all_done, files_of

REFUSALS = {
    errno.ENOSPC: "the disk is full: make room, then start again",
    errno.EROFS: "the file system is read-only: mount it writable, or name another folder",
    errno.EIO: "the disk reports an error",
}


def one_line(told: BaseException) -> str:
    said = str(told)
    assert "\n" not in said
    return said


@contextmanager
def refused_at(nth: int, number: int) -> Iterator[list[int]]:
    """The n-th file that is synced meanwhile, and all after it, are refused with that error."""
    with pytest.MonkeyPatch.context() as patch:
        really, left = os.fsync, [nth]

        def fsync(descriptor: int) -> None:
            left[0] -= 1
            if left[0] < 1:
                raise OSError(number, os.strerror(number))
            really(descriptor)

        patch.setattr(os, "fsync", fsync)
        yield left


@pytest.mark.parametrize("number", REFUSALS)
def test_a_disk_that_refuses_is_said_and_gone_on_from(calm: Path, tmp_path: Path, number: int) -> None:
    rng = random.Random(number)
    for name, stage in STAGES.items():
        with (
            refused_at(1 if name == "report" else rng.randint(1, 8), number),
            pytest.raises(StoreError, match=REFUSALS[number]) as told,
        ):
            stage(str(tmp_path), tmp_path / "paid")
        one_line(told.value)
        stage(str(tmp_path), tmp_path / "paid")
    assert files_of(tmp_path) == files_of(calm)
    assert stages.paid_twice(tmp_path / "paid") == []


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """A file system of its own, where this user may mount one."""
    folder.mkdir()
    if os.system(f"mount -t tmpfs -o {options} tmpfs {folder} 2> {os.devnull}") != 0:
        pytest.skip("this user may mount nothing")
    try:
        yield folder
    finally:
        os.system(f"umount {folder}")


def test_a_disk_that_is_really_full(calm: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=48k") as disk:
        with pytest.raises(StoreError, match="the disk is full: make room, then start again"):
            all_done(disk)
        os.system(f"mount -o remount,size=4m {disk}")
        all_done(disk)
        assert files_of(disk) == files_of(calm)


def test_a_disk_that_is_really_read_only(calm: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=4m") as disk:
        for name in ("generate", "dedup", "rollout"):
            STAGES[name](str(disk), disk / "paid")
        os.system(f"mount -o remount,ro {disk}")
        for attempt in (lambda: STAGES["select"](str(disk), disk / "paid"), only_one(f"{disk}/small").__enter__):
            with pytest.raises(StoreError, match="the file system is read-only: mount it writable") as told:
                attempt()
            one_line(told.value)
        os.system(f"mount -o remount,rw {disk}")
        all_done(disk)
        assert files_of(disk) == files_of(calm)


def test_clocks_that_jump_change_nothing(calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really, rng = time.time, random.Random(5)
    years = 365 * 24 * 3600.0
    monkeypatch.setattr(time, "time", lambda: really() + rng.uniform(-3, 3) * years)
    for stage in STAGES.values():
        with only_one(f"{tmp_path}/small"):
            stage(str(tmp_path), tmp_path / "paid")
    assert files_of(tmp_path) == files_of(calm)


def test_a_second_process_is_refused_in_one_line(
    calm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    shutil.copytree(calm / "small", tmp_path / "small")
    with only_one(str(tmp_path / "small")):
        assert exit_code(lambda: pair_run(str(tmp_path / "small"), [])) == FAILED
    said = capsys.readouterr().err
    assert said.startswith(f"taskmill: {tmp_path}/small: another taskmill is at work there (process {os.getpid()} on ")
    assert said.endswith("): wait for it, or stop it\n")
    assert said.count("\n") == 1
    assert BusyError.may_pass is False


@pytest.mark.parametrize("damaged", [["tasks", "rollouts", "selected", "rubrics"], ["unique", "difficulty", "pairs"]])
@pytest.mark.parametrize("how", ["flipped", "cut"])
def test_a_damaged_shard_is_made_anew_and_what_was_made_of_it_stays(
    calm: Path, tmp_path: Path, damaged: list[str], how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(calm, tmp_path, dirs_exist_ok=True)
    (tmp_path / "paid").unlink()
    shards = {stage: next((tmp_path / "small" / stage).glob("*/00001.parquet")) for stage in damaged}
    for stage, shard in shards.items():  # between each two of them is one that stays
        data = shard.read_bytes()
        place = random.Random(f"{stage} {how}").randrange(len(data))
        changed = data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
        shard.write_bytes(changed if how == "flipped" else data[:place])
    all_done(tmp_path)
    assert files_of(tmp_path) == files_of(calm)
    said = capsys.readouterr().err
    for shard in shards.values():
        assert said.count(f"{shard} is damaged: it is kept as") == 1
        assert len(list(shard.parent.glob("_damaged/*"))) == 1


def test_of_damaged_rollouts_only_what_cannot_be_read_is_sampled_again(
    calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.store.shard._ROWS_PER_GROUP", 10)
    for name in ("generate", "dedup", "rollout"):
        STAGES[name](str(tmp_path), tmp_path / "paid")
    shard = next((tmp_path / "small" / "rollouts").glob("*/00001.parquet"))
    data = shard.read_bytes()
    whole, paid = files_of(tmp_path), len((tmp_path / "paid").read_text().splitlines())
    shard.write_bytes(data[:80] + bytes([data[80] ^ 4]) + data[81:])
    STAGES["rollout"](str(tmp_path), tmp_path / "paid")
    again = [line for line in (tmp_path / "paid").read_text().splitlines()[paid:] if not line.startswith("stored ")]
    assert len(again) == 10
    assert files_of(tmp_path) == whole


def test_what_was_made_of_rollouts_that_came_out_otherwise_is_made_anew(calm: Path, tmp_path: Path) -> None:
    shutil.copytree(calm, tmp_path, dirs_exist_ok=True)
    shard = next((tmp_path / "small" / "rollouts").glob("*/00001.parquet"))
    shard.write_bytes(shard.read_bytes()[:100])
    before = files_of(tmp_path)

    class Changed(stages.Paying):
        def _text(self, task_id: str, seed: int) -> str:
            return super()._text(task_id, seed + 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "Paying", Changed)
        all_done(tmp_path)
    after = files_of(tmp_path)
    for stage in ("rollouts", "difficulty", "selected", "pairs", "traces"):
        changed = [name for name in after if name.startswith(f"small/{stage}/") and after[name] != before.get(name)]
        assert any(name.endswith("_manifest/00001.json") for name in changed), stage
        assert not any(name.endswith(("00000.parquet", "00000.json")) for name in changed), stage
    made = stages.opened(str(tmp_path))[0].sealed("rollouts", Rollout)
    assert made is not None
    assert made.verify() == []


def test_a_worker_without_memory_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    processes = Processes(1)
    try:
        assert exit_code(lambda: processes("shard 3", hungry.eat, 1 << 30)) == FAILED
    finally:
        processes.rest()
    said = capsys.readouterr().err
    assert said.startswith("taskmill: memory ran out: lower `workers`, `model.rows` or `tasks.shard_size`, then start")
    assert said.count("\n") == 1


class Server(ThreadingHTTPServer):
    """Speaks enough of the OpenAI protocol; says the same to the same, and goes away after so many answers."""

    def __init__(self, port: int, lives: int | None, asked: Counter[str]) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.lives, self.asked, self.lock = lives, asked, threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._say({"data": [{"id": "scripted"}]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            if self.server.lives == 0:
                self.close_connection = True
                return
            if self.server.lives is not None:
                self.server.lives -= 1
            self.server.asked[sha256(body).hexdigest()] += 1
        text = f"<answer>{sha256(body).digest()[0] % 20}</answer>"
        message = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        self._say({"choices": [message], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})

    def _say(self, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


def at_server(port: int, lives: int | None, asked: Counter[str], work: Callable[[str], None]) -> int:
    server = Server(port, lives, asked)
    try:
        work(f"http://127.0.0.1:{server.server_port}/v1")
        return server.server_port
    finally:
        server.end()


def test_a_server_that_goes_away_and_comes_back_is_asked_for_the_rest(
    calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Patience, "wait", lambda *_: 0.001)

    def rolled_out(folder: Path) -> Callable[[str], None]:
        def work(url: str) -> None:
            engine = opened(ModelConfig(name="scripted", engine="server", url=url, concurrency=1))
            try:
                stages.roll_out_by(engine, str(folder))
            finally:
                engine.close()

        return work

    for folder in (tmp_path / "whole", tmp_path / "left"):
        for name in ("generate", "dedup"):
            STAGES[name](str(folder), folder / "paid")
    asked: Counter[str] = Counter()
    port = at_server(0, None, Counter(), rolled_out(tmp_path / "whole"))
    for lives in (10, 20):
        with pytest.raises(EngineError, match=r"check that the server is up .*what was sampled is kept") as told:
            at_server(port, lives, asked, rolled_out(tmp_path / "left"))
        one_line(told.value)
    at_server(port, None, asked, rolled_out(tmp_path / "left"))
    assert files_of(tmp_path / "left") == files_of(tmp_path / "whole")
    assert max(asked.values()) == 1
