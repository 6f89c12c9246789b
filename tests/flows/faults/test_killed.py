"""A stage that is killed before any of its file operations goes on as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.flows.faults import stages

ROOT = Path(__file__).parents[3]
MOST = 5
"""Kills a stage, drawn by seed among its file operations; all of them where there are no more."""


@pytest.fixture(scope="module")
def came_to(quick_folder: Path) -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "tests/flows/faults/killed_job.py"), str(quick_folder / "killed")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*command, str(MOST)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("stage", stages.STAGES)
def test_a_stage_killed_anywhere_loses_nothing_and_does_nothing_twice(came_to: dict[str, Any], stage: str) -> None:
    told = came_to[stage]
    assert len(told["points"]) == min(MOST, told["operations"]) > 3
    assert told["ends"] == [0, *[-signal.SIGKILL, 0] * len(told["points"])]
    assert told["differing"] == {}
    assert told["twice"] == []
