"""A worker process: what it answers, what it can't, and that nothing of it is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from pipeline.engines.protocol import EngineError
from pipeline.engines.worker import Worker

WORKER = textwrap.dedent(
    """
    import os, subprocess, sys, time
    from pipeline.engines.protocol import EngineError
    from pipeline.engines.worker import answer

    def refuse(what):
        raise EngineError(f"there is no {what}")

    def die(_):
        print("out of luck", file=sys.stderr, flush=True)
        os._exit(3)

    def child(_):
        return subprocess.Popen(["sleep", "600"]).pid

    answer({
        "add": (list[int], sum),
        "say": (str, print),
        "echo": (bytes, lambda sent: sent),
        "refuse": (str, refuse),
        "divide": (int, lambda by: 1 // by),
        "die": (None, die),
        "child": (None, child),
        "sleep": (float, time.sleep),
        "setting": (str, os.environ.get),
    })
    """
)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "worker.py"
    path.write_text(WORKER)
    return path


@pytest.fixture
def worker(script: Path) -> Iterator[Worker]:
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "TASKMILL_TEST": "here"}
    made = Worker([sys.executable, str(script)], "the test's worker", environment)
    yield made
    made.kill()


def gone(pid: int) -> bool:
    """Whether a process has ended, within a minute."""
    for _ in range(600):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


def test_a_worker_answers_each_call(worker: Worker) -> None:
    assert worker.call("add", [1, 2, 3], int) == 6
    assert worker.call("setting", "TASKMILL_TEST", str) == "here"
    assert worker.call("add", [], int) == 0


def test_what_it_prints_is_no_answer(worker: Worker) -> None:
    worker.call("say", "hello", type(None))
    assert worker.call("add", [4], int) == 4


def test_a_frame_may_be_larger_than_a_pipe(worker: Worker) -> None:
    sent = os.urandom(3_000_000)
    assert worker.call("echo", sent, bytes) == sent


def test_what_goes_wrong_is_said_and_the_worker_goes_on(worker: Worker) -> None:
    with pytest.raises(EngineError, match=r"^there is no model$"):
        worker.call("refuse", "model", type(None))
    with pytest.raises(EngineError, match="ZeroDivisionError"):
        worker.call("divide", 0, int)
    assert worker.call("divide", 1, int) == 1


def test_a_worker_that_dies_is_reported_with_the_end_of_its_log(worker: Worker) -> None:
    with pytest.raises(EngineError, match=r"(?s)the test's worker died while it was asked to die.*out of luck"):
        worker.call("die", None, type(None))
    with pytest.raises(EngineError, match="died while it was asked to add"):
        worker.call("add", [1], int)
    worker.close()


def test_a_program_that_is_none_is_named() -> None:
    with pytest.raises(EngineError, match="/nowhere/python can't be started"):
        Worker(["/nowhere/python"], "the test's worker", {})


def test_closing_ends_it(worker: Worker) -> None:
    worker.call("add", [1], int)
    worker.close()
    assert not psutil.pid_exists(worker.pid)


def test_killing_takes_along_what_it_started(worker: Worker) -> None:
    child = worker.call("child", None, int)
    worker.kill()
    assert gone(child)


@pytest.mark.parametrize("busy", [False, True])
def test_it_ends_when_who_asked_is_killed(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    note = tmp_path / "pids"
    asker = f"""
        import sys, time
        from pathlib import Path
        from pipeline.engines.worker import Worker
        worker = Worker([sys.executable, "-c", Path({str(script)!r}).read_text().replace(
            "import answer", "import answer\\nimport pipeline.engines.worker as own\\nown._GRACE = 0.5")], "it", {{}})
        child = worker.call("child", None, int)
        Path({str(note)!r}).write_text(f"{{worker.pid}} {{child}}")
        worker.call("sleep", 600.0 if {busy} else 0.0, type(None))
        time.sleep(600)
    """
    root = str(Path(__file__).parents[2])
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(asker)], env={**os.environ, "PYTHONPATH": root})
    while not note.exists() or " " not in note.read_text():
        assert parent.poll() is None
        time.sleep(0.05)
    pid, child = map(int, note.read_text().split())
    parent.kill()
    parent.wait()
    try:
        assert gone(pid)
        assert not busy or gone(child)
    finally:
        for one in (pid, child):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
