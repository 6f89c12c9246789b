"""A signal ends a run at once, with a message, and leaves no process behind."""

import signal
import subprocess
import sys

import psutil
import pytest

SCRIPT = """
import subprocess, sys, threading, time
from flows.stopping import stopped_at_once
with stopped_at_once("stopped; the same command goes on from here"):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    worker = threading.Thread(target=time.sleep, args=(600,))
    worker.start()
    print(child.pid, flush=True)
    worker.join()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_its_processes_at_once(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        child = psutil.Process(int(run.stdout.readline()))
        run.send_signal(number)
        _, errors = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "the same command goes on from here" in errors
    _, alive = psutil.wait_procs([child], timeout=30)
    assert not alive
