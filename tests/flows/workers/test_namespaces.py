"""Workers in two network namespaces, which see each other through a cable as two hosts do."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.work import write_tasks
from pipeline.store import load_run, open_run
from schemas import Task
from tests.flows.workers.dask_processes import (
    DYING_WORKER,
    ENVIRONMENT,
    ROOT,
    SCHEDULER,
    SECONDS,
    WORKER,
    process,
    scheduler_address,
)
from tests.flows.workers.shards_job import SHARDS, segments

HOSTS = ("10.77.0.1", "10.77.0.2")


def ip(*command: str) -> None:
    subprocess.run(["ip", *command], check=True)


def may_make_namespaces() -> bool:
    """Whether this is root with all that root may: CAP_NET_ADMIN (12) and CAP_SYS_ADMIN (21)."""
    status = Path("/proc/self/status").read_text()
    effective = int(status.partition("CapEff:")[2].split()[0], 16)
    return effective >> 12 & effective >> 21 & 1 == 1


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs `ip`, of iproute2"),
    pytest.mark.skipif(not may_make_namespaces(), reason="needs root"),
]


@pytest.fixture
def namespaces() -> Iterator[tuple[str, ...]]:
    """Two of them, joined; the names run a command in each."""
    names = tuple(f"taskmill-{os.getpid()}-{side}" for side in "ab")
    ends = tuple(f"tm{os.getpid()}{side}" for side in "ab")
    made = []
    try:
        for name in names:
            ip("netns", "add", name)
            made.append(name)
        ip("link", "add", ends[0], "netns", names[0], "type", "veth", "peer", "name", ends[1], "netns", names[1])
        for name, end, host in zip(names, ends, HOSTS, strict=True):
            ip("-n", name, "address", "add", f"{host}/24", "dev", end)
            ip("-n", name, "link", "set", end, "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in made:
            ip("netns", "delete", name)


def test_a_worker_on_another_host_is_killed_and_the_bytes_are_those_of_one_process(
    namespaces: tuple[str, str], tmp_path: Path
) -> None:
    first, second = (["ip", "netns", "exec", name] for name in namespaces)
    with process(*first, *SCHEDULER, HOSTS[0], log=tmp_path / "scheduler"):
        address = scheduler_address(tmp_path / "scheduler")
        with (
            process(*first, *WORKER, address, log=tmp_path / "here"),
            process(*second, *DYING_WORKER, address, "tasks", "1", log=tmp_path / "there") as there,
        ):
            job = [sys.executable, "-m", "tests.flows.workers.shards_job", str(tmp_path), address]
            done = subprocess.run(
                [*first, *job], env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, timeout=1500
            )
            assert done.returncode == 0, done.stderr
            assert there.wait(SECONDS) == -signal.SIGKILL
    together = load_run(str(tmp_path / "run")).sealed("tasks", Task)
    alone = open_run(str(tmp_path / "alone"), config={}, seed=7).stage("tasks", Task, count=SHARDS, key={})
    for shard in range(SHARDS):
        write_tasks(alone, shard, segments(shard))
    assert together is not None
    assert together.shards() == alone.shards()
    assert together.verify() == []
