"""An index that is killed at every step of its life is whole after each, and comes out as one left in peace."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Any:
    command = [sys.executable, str(ROOT / "tests/dedup/index/index_job.py"), str(tmp_path_factory.mktemp("index"))]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_index_is_whole_whenever_it_is_killed(lived: Any) -> None:
    assert lived["steps"][:-1] == [-signal.SIGKILL] * (len(lived["steps"]) - 1)
    assert len(lived["steps"]) > 30, "hardly a step was reached: the test has lost its meaning"
    assert lived["torn"] == []


def test_an_index_that_was_killed_comes_out_as_one_left_in_peace(lived: Any) -> None:
    undisturbed = lived["ends"][-1]
    assert len(undisturbed) == 6  # the head, and one entry of four parts
    assert [end == undisturbed for end in lived["ends"]] == [True] * len(lived["ends"])


def test_of_two_that_add_at_once_nothing_is_lost(lived: Any) -> None:
    assert lived["two"] == sorted(f"{number} {batch}" for number in range(2) for batch in range(5))
