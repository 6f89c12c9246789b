"""Dask's scheduler and workers as processes of their own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]
SECONDS = 300
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
}
SCHEDULER = [sys.executable, "-m", "dask", "scheduler", "--port", "0", "--no-dashboard", "--host"]
WORKER = [sys.executable, "-m", "dask", "worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
DYING_WORKER = [sys.executable, str(Path(__file__).with_name("dying_worker.py"))]


@contextmanager
def process(*command: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("w") as out, subprocess.Popen(command, env=ENVIRONMENT, cwd=ROOT, stdout=out, stderr=out) as started:
        try:
            yield started
        finally:
            started.terminate()


def scheduler_address(log: Path) -> str:
    """Where a scheduler listens, once it does."""
    return _said(log, r"Scheduler at: *(tcp://\S+)")


def registered(*logs: Path) -> None:
    """Returns once the scheduler knows each of the workers."""
    for log in logs:
        _said(log, r"Registered to: *(tcp://\S+)")


def _said(log: Path, pattern: str) -> str:
    deadline = time.monotonic() + SECONDS
    while not (found := re.search(pattern, log.read_text())):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found[1]
