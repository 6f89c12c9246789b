"""A Dask scheduler and its workers as separate processes: same bytes, deaths survived, clear errors in bounded time."""

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from flows.workers import RunnerConfig, Workers, WorkersError, cluster, opened_workers
from flows.workers.place import WorkersAwayError
from pipeline.costs.ledger import costs_under
from pipeline.store import load_run, open_run
from schemas import Rollout
from tests.flows.workers.dask_processes import (
    DYING_WORKER,
    ENVIRONMENT,
    ROOT,
    SCHEDULER,
    SECONDS,
    WORKER,
    process,
    registered,
    scheduler_address,
)
from tests.flows.workers.pieces import BrokenPieceError, fails, kills_first, where

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("scheduler") / "log"
    with process(*SCHEDULER, "127.0.0.1", log=log):
        yield scheduler_address(log)


@pytest.fixture(scope="module")
def workers(scheduler: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with the workers `plain` and `gpu`."""
    folder = tmp_path_factory.mktemp("workers")
    with (
        process(*WORKER, scheduler, "--name", "plain", log=folder / "plain"),
        process(*WORKER, scheduler, "--name", "gpu", "--resources", "GPU=1", log=folder / "gpu"),
    ):
        registered(folder / "plain", folder / "gpu")
        yield scheduler


def bytes_of(run: Path, stage: str) -> dict[str, str]:
    files = sorted((run / stage).rglob("[0-9]*.parquet"))
    return {str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def runs(workers: str, prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the run `alone`, of one process, and `together`, of four workers, of which two were killed on the way: one
    that makes tasks, and one of the two that hold the model. Each stage has a shard for every worker."""
    folder = tmp_path_factory.mktemp("runs")
    with (
        process(*DYING_WORKER, workers, "tasks", "1", log=folder / "dies early") as early,
        process(*DYING_WORKER, workers, "rollouts", "2", "1", log=folder / "dies late") as late,
    ):
        registered(folder / "dies early", folder / "dies late")
        job = subprocess.run(
            [sys.executable, "tests/flows/workers/cluster_job.py", str(folder), workers],
            env={**ENVIRONMENT, "PREFECT_API_URL": prefect_server},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=1500,
        )
        assert job.returncode == 0, job.stderr
        assert [early.wait(SECONDS), late.wait(SECONDS)] == [-signal.SIGKILL] * 2
    return folder


@pytest.mark.parametrize("stage", ["tasks", "unique", "removed", "difficulty"])
def test_a_run_on_workers_that_are_killed_makes_the_bytes_of_one_process(runs: Path, stage: str) -> None:
    alone, together = bytes_of(runs / "alone", stage), bytes_of(runs / "together", stage)
    assert len(alone) > 1
    assert alone == together


def test_nothing_that_a_killed_worker_had_sampled_is_lost_or_there_twice(runs: Path) -> None:
    stages = [load_run(str(runs / name)).sealed("rollouts", Rollout) for name in ("alone", "together")]
    alone, together = ([] if stage is None else list(stage.records()) for stage in stages)
    assert len(alone) > 100
    for one, other in zip(alone, together, strict=True):
        assert (one.task_id, one.sample, one.seed) == (other.task_id, other.sample, other.seed)
        assert (one.text, one.token_ids, one.score) == (other.text, other.token_ids, other.score)
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-4)
    assert [stage and stage.verify() for stage in stages] == [[], []]
    assert stages[1] is not None
    spent = costs_under(str(runs / "together"), "rollouts", stages[1].key).values()
    assert max(cost.starts for cost in spent) == 2
    assert sum(cost.rollouts for cost in spent) == len(together)
    assert not list((runs / "together").rglob("*.prepared"))


@contextmanager
def opened(address: str, folder: Path, **runner: object) -> Iterator[Workers]:
    run = open_run(str(folder / "run"), config={}, seed=0)
    config = RunnerConfig.model_validate({"kind": "dask", "address": address, **runner})
    with opened_workers(config, 1, run.url) as opened:
        yield opened


def test_models_are_held_by_workers_that_offer_the_resources_alone(workers: str, tmp_path: Path) -> None:
    with opened(workers, tmp_path, resources={"GPU": 1}) as places, ThreadPoolExecutor(2) as threads:
        assert places.models is not None
        assert (places.rules.at_once, places.models.at_once) == (2, 1)
        on_gpu = list(threads.map(lambda _: places.models and places.models("where", where), range(4)))
        anywhere = set(threads.map(lambda _: places.rules("where", where), range(20)))
    assert on_gpu == ["gpu"] * 4
    assert anywhere <= {"plain", "gpu"}


def test_work_that_fails_there_fails_as_it_would_here(workers: str, tmp_path: Path) -> None:
    with opened(workers, tmp_path) as places, pytest.raises(BrokenPieceError, match="as it is"):
        places.rules("fail", fails, "as it is")


def test_deaths_are_survived_until_they_are_too_many_or_nobody_is_left(workers: str, tmp_path: Path) -> None:
    with ExitStack() as baits:
        logs = [tmp_path / f"bait {number}" for number in range(3)]
        for log in logs:
            baits.enter_context(process(*WORKER, workers, "--resources", "BAIT=1", log=log))
        registered(*logs)
        with opened(workers, tmp_path, resources={"BAIT": 1}, wait=SECONDS) as places:
            assert places.models is not None
            places.models("once", kills_first, tmp_path / "once", 1)
            assert len((tmp_path / "once").read_text().split()) == 2
            with pytest.raises(WorkersError, match=r"grade shard 3: 2 workers died at it.*memory.*goes on"):
                places.models("grade shard 3", kills_first, tmp_path / "always", 9)
        with opened(workers, tmp_path, resources={"BAIT": 1}, wait=0.5) as places:
            assert places.models is not None
            with pytest.raises(WorkersError, match=r"none of the 2 workers of .* offers BAIT=1.*in 0\.5 seconds"):
                places.models("where", where)


def test_a_scheduler_that_goes_away_is_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        process(*SCHEDULER, "127.0.0.1", log=log) as scheduler,
        opened(scheduler_address(log), tmp_path) as places,
        ThreadPoolExecutor(1) as threads,
    ):
        waiting = threads.submit(places.rules, "where", where)
        deadline = time.monotonic() + SECONDS
        while "client connection" not in log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        scheduler.kill()
        with pytest.raises(WorkersAwayError, match="is gone; start it"):
            waiting.result(SECONDS)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://127.0.0.1:9"])
def test_nobody_at_the_address_is_told_soon(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    told = rf"no scheduler answers at {address} .*`dask scheduler`"
    with opened(address, tmp_path) as places, pytest.raises(WorkersError, match=told):
        places.rules("where", where)


def test_without_dask_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with opened("", tmp_path) as places, pytest.raises(WorkersError, match=r"pip install 'taskmill\[dask\]'"):
        places.rules("where", where)


def test_a_run_that_workers_cannot_see_is_refused(workers: str) -> None:
    run = open_run("memory://of-this-process/run", config={}, seed=0)
    config = RunnerConfig(kind="dask", address=workers)
    told = r"does not see memory://.*run\.json.*storage that all workers share"
    with opened_workers(config, 1, run.url) as places, pytest.raises(WorkersError, match=told):
        places.rules("where", where)


def test_a_cluster_of_this_machine_starts_for_the_run_and_ends_with_it(tmp_path: Path) -> None:
    with opened("", tmp_path) as places:
        assert places.rules("where", where) == "0"
        assert places.rules.at_once == 1
