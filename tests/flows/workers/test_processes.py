"""Processes for work: one that dies is replaced, and its work done again, but not for ever; none outlives the run."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from flows.workers import WorkersError
from flows.workers.processes import Processes
from tests.flows.workers.pieces import BrokenPieceError, doubled, fails, kills_first

ROOT = Path(__file__).parents[3]

SCRIPT = """
from pathlib import Path
import sys
from flows.workers.processes import Processes
from tests.flows.workers.pieces import sleeps
if __name__ == "__main__":
    Processes(1)("sleep", sleeps, Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    processes = Processes(2)
    yield processes
    processes.rest()


def test_work_is_done_elsewhere_side_by_side_and_fails_as_it_would_here(processes: Processes) -> None:
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda number: processes("double", doubled, number), range(6)))
    assert [twice for twice, _ in done] == [0, 2, 4, 6, 8, 10]
    assert os.getpid() not in {process for _, process in done}
    with pytest.raises(BrokenPieceError, match="as it is"):
        processes("fail", fails, "as it is")


def test_work_of_a_process_that_dies_is_done_by_another(processes: Processes, tmp_path: Path) -> None:
    done_by = processes("die", kills_first, tmp_path / "log", 1)
    first, second = map(int, (tmp_path / "log").read_text().split())
    assert first != second == done_by
    assert processes("double", doubled, 2)[0] == 4


def test_processes_that_rest_are_gone_and_others_start_for_new_work(processes: Processes) -> None:
    _, before = processes("double", doubled, 1)
    processes.rest()
    assert not psutil.pid_exists(before)
    assert processes("double", doubled, 3)[0] == 6


def test_work_that_takes_every_process_down_is_given_up_with_what_to_do(processes: Processes, tmp_path: Path) -> None:
    with pytest.raises(WorkersError, match=r"generate shard 3: 4 workers died at it.*tasks\.shard_size.*goes on"):
        processes("generate shard 3", kills_first, tmp_path / "log", 9)
    assert len((tmp_path / "log").read_text().split()) == 4
    assert processes("double", doubled, 2)[0] == 4


def test_processes_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "pid"
    (tmp_path / "run.py").write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(tmp_path / "run.py"), str(log)], env=environment) as run:
        deadline = time.monotonic() + 60
        while not (log.exists() and log.read_text()):
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        worker = psutil.Process(int(log.read_text()))
        run.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs([worker], timeout=30)
    assert not alive
