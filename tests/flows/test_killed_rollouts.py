"""Rollouts killed at twenty random points: nothing stored is sampled again, and the end is that of one go."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from pipeline.store import load_run
from schemas import Difficulty, Rollout

ROOT = Path(__file__).parents[2]
KILLS = 20
BATCH = 64

pytestmark = pytest.mark.slow


def kill_points(seed: int) -> list[tuple[str, int]]:
    """Fourteen after a random number of samples and six before a random step of writing, in random order."""
    rng = random.Random(seed)
    points = [("sample", rng.randint(1, 110)) for _ in range(14)] + [("step", rng.randint(1, 10)) for _ in range(6)]
    return rng.sample(points, KILLS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the run `killed`, and `whole`, which was left in peace."""
    folder = tmp_path_factory.mktemp("rollouts")
    command = [sys.executable, str(ROOT / "tests/flows/rollout_job.py"), str(folder), json.dumps(kill_points(3))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ends = json.loads(done.stdout.splitlines()[-1])
    assert ends == [0, 0, *[-signal.SIGKILL] * KILLS, 0], f"a kill point was never reached: {ends}\n{done.stderr}"
    return folder


def by_life(folder: Path, name: str) -> dict[int, list[str]]:
    """The samples of the run `killed` in a log, by the life that wrote them."""
    found: dict[int, list[str]] = defaultdict(list)
    for line in (folder / name).read_text().splitlines():
        run, life, sample = line.split(" ", 2)
        if run == "killed":
            found[int(life)].append(sample)
    return found


def rollouts(folder: Path, name: str) -> list[Rollout]:
    stage = load_run(str(folder / name)).sealed("rollouts", Rollout)
    assert stage is not None
    assert stage.verify() == []
    return list(stage.records())


def test_no_sample_that_was_stored_is_sampled_again(folder: Path) -> None:
    stored, paid = by_life(folder, "stored"), by_life(folder, "paid")
    assert sum(map(bool, stored.values())) > KILLS / 2
    for life in range(KILLS + 1):
        assert len(paid[life]) == len(set(paid[life]))
        assert not set(stored[life]) & set(paid[life])
        assert set(stored[life]) <= set(stored[life + 1]) or life == KILLS


def test_a_kill_costs_less_than_a_batch(folder: Path) -> None:
    paid = by_life(folder, "paid")
    total = sum(map(len, paid.values()))
    assert total - len(rollouts(folder, "killed")) <= KILLS * BATCH
    assert {sample for own in paid.values() for sample in own} == {
        f"{each.task_id} {each.seed}" for each in rollouts(folder, "whole")
    }


def test_the_rollouts_are_those_of_an_undisturbed_run(folder: Path) -> None:
    killed, whole = rollouts(folder, "killed"), rollouts(folder, "whole")
    assert Counter((each.task_id, each.sample) for each in killed) == {(each.task_id, each.sample): 1 for each in whole}
    for one, other in zip(killed, whole, strict=True):
        assert (one.task_id, one.sample, one.seed) == (other.task_id, other.sample, other.seed)
        assert (one.text, one.token_ids, one.score) == (other.text, other.token_ids, other.score)
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-4)


def test_the_decisions_are_those_of_an_undisturbed_run(folder: Path) -> None:
    graded = [load_run(str(folder / name)).sealed("difficulty", Difficulty) for name in ("killed", "whole")]
    killed, whole = ([] if stage is None else list(stage.records()) for stage in graded)
    assert killed == whole
    assert len(killed) == 90
    assert len({each.decision for each in killed}) == 4
