"""A job is killed over and over, in every phase of writing, and its run ends as if nothing had happened."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.store import load_run
from pipeline.store.files import is_temporary
from schemas import Rollout
from tests.pipeline import store_job

ROOT = Path(__file__).parents[2]


def lived(run: Path, paid: Path, kills: Sequence[tuple[str, int] | None]) -> list[int]:
    """How the lives of the job ended, one after the other."""
    command = [sys.executable, str(ROOT / "tests/pipeline/store_job.py"), str(run), str(paid), json.dumps(kills)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ends: list[int] = json.loads(done.stdout)
    assert set(ends) <= {0, -signal.SIGKILL}, done.stderr
    return ends


def hashes(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def kill_points(seed: int) -> list[tuple[str, int]]:
    """Each phase twice, at a random occurrence, and any step six times; in random order."""
    rng = random.Random(seed)
    points = [(phase, rng.randint(1, 2)) for phase in store_job.PHASES for _ in range(2)]
    points += [("step", rng.randint(1, 12)) for _ in range(6)]
    return rng.sample(points, len(points))


def random_times(seed: int) -> list[tuple[str, int]]:
    """Some moments more, in hundredths of a second; on a fast disk the run may be done before."""
    rng = random.Random(seed)
    return [("second", rng.randint(2, 60)) for _ in range(4)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert lived(folder / "run", folder / "paid", [None]) == [0]
    return folder


@pytest.mark.parametrize("seed", [1])
def test_a_killed_run_resumes_without_losing_or_repeating_rows(undisturbed: Path, tmp_path: Path, seed: int) -> None:
    run, paid = tmp_path / "run", tmp_path / "paid"
    ends = lived(run, paid, [*kill_points(seed), *random_times(seed), None])
    assert ends[:22] == [-signal.SIGKILL] * 22, "a kill point was never reached: the test has lost its meaning"
    assert ends[-1] == 0

    stage = load_run(str(run)).sealed("rollouts", Rollout)
    assert stage is not None
    rows = Counter((row.task_id, row.sample) for row in stage.records())
    assert rows == {
        (f"task {shard}", sample): 1
        for shard in range(store_job.SHARDS)
        for sample in range(store_job.BATCHES * store_job.ROWS)
    }
    assert stage.verify() == []
    assert hashes(run) == hashes(undisturbed / "run")
    assert not any(is_temporary(path.name) for path in run.rglob("*"))
    # A batch that was on disk is never made again: each kill costs one batch at most.
    made = paid.read_text().splitlines()
    assert len(set(made)) == store_job.SHARDS * store_job.BATCHES
    assert len(made) <= store_job.SHARDS * store_job.BATCHES + ends.count(-signal.SIGKILL)
