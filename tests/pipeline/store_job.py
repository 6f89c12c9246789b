"""A job that writes journalled shards and kills itself where it is told: python store_job.py RUN PAID KILLS.

It lives once for each of KILLS, a JSON list of [PHASE, NTH] or null for a life left in peace, and prints how each life
ended: 0 only when all shards are sealed. Each is a fork that has imported everything and done nothing. PAID is a file
that gets one line for each batch as it is made, so that a batch made twice is seen. PHASE is a file system step of
`PHASES`, `step` (any of them) or `second` (a thread kills after NTH hundredths of one); at the NTH such step the
process kills itself with SIGKILL just before it.
"""

import json
import os
import random
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pipeline.store import Stage, open_run
from schemas import Rollout

SHARDS, BATCHES, ROWS = 30, 3, 5

_PART, _SHARD, _ENTRY = r"/_journal/\d+(/|$)", r"/[0-9a-f]{16}/\.?\d+\.parquet", r"/_manifest/\.?\d+\.json"
PHASES = {
    "before a part is synced": ("os.fsync", _PART),
    "before a part is renamed": ("os.rename", _PART),
    "before a shard is synced": ("os.fsync", _SHARD),
    "before a shard is renamed": ("os.rename", _SHARD),
    "before an entry is synced": ("os.fsync", _ENTRY),
    "before an entry is renamed": ("os.rename", _ENTRY),
    "before a part is removed": ("os.remove", _PART),
    "before a journal is removed": ("os.rmdir", _PART),
}
_EVENTS = {event for event, _ in PHASES.values()}


def rollouts(shard: int, batch: int) -> list[Rollout]:
    """The rows of one batch: the same whenever they are made."""
    rng = random.Random(f"{shard} {batch}")
    return [
        Rollout(
            task_id=f"task {shard}",
            sample=batch * ROWS + row,
            model="none",
            revision="0",
            engine="none",
            sampling={"temperature": 1.0},
            seed=rng.getrandbits(63),
            text=str(rng.random()),
            prompt_tokens=3,
            completion_tokens=2,
            token_ids=(rng.randrange(100), rng.randrange(100)),
            logprobs=(-rng.random(), -rng.random()),
            mean_logprob=-rng.random(),
            finish="stop",
            score=None,
            reason="timeout",
            detail="",
            extracted=None,
            found="none",
        )
        for row in range(ROWS)
    ]


def work(run_url: str, paid: Path) -> None:
    run = open_run(run_url, config={"shards": SHARDS}, seed=7)
    stage = run.stage("rollouts", Rollout, count=SHARDS, key={"batches": BATCHES})
    for shard in stage.missing():
        make_shard(stage, shard, paid)
    stage.seal()


def make_shard(stage: Stage[Rollout], shard: int, paid: Path) -> None:
    journal = stage.journal(shard)
    done = journal.records()
    for batch in range(len(done) // ROWS, BATCHES):
        rows = rollouts(shard, batch)
        with paid.open("a") as log:
            log.write(f"{shard} {batch}\n")
        journal.append(rows)
        done += rows
    stage.write(shard, done, inputs=(f"tasks {shard}",))


def kill_at(run_url: str, phase: str, nth: int) -> None:
    if phase == "second":
        threading.Thread(target=_kill_later, args=(nth / 100,), daemon=True).start()
        return
    wanted = list(PHASES.values()) if phase == "step" else [PHASES[phase]]
    left = [nth]

    def step(event: str, path: str) -> bool:
        if run_url in path and any(event == name and re.search(place, path) for name, place in wanted):
            left[0] -= 1
        return left[0] == 0

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event in _EVENTS and step(event, _path(arguments)):
            os.kill(os.getpid(), signal.SIGKILL)

    def sync(descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if path.endswith(".tmp") and step("os.fsync", path):
            # What was not synced may be lost with the machine: half of the file is.
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)
        fsync(descriptor)

    fsync, os.fsync = os.fsync, sync
    sys.addaudithook(hear)


def _path(arguments: tuple[object, ...]) -> str:
    """The path an event is about; removals inside a folder that is open say the name and the open folder."""
    name, folder = str(arguments[0]), arguments[-1]
    inside = isinstance(folder, int) and folder >= 0 and not name.startswith("/")
    return f"{os.readlink(f'/proc/self/fd/{folder}')}/{name}" if inside else name


def _kill_later(seconds: float) -> None:
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


def forked(work: Callable[[], None]) -> int:
    """Does it in a fork of its own; the exit code, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)  # a failure has printed its traceback on the way out of here and ends with 1
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def live(run_url: str, paid: Path, kill: tuple[str, int] | None) -> None:
    """Goes on with the run until it is killed or done."""
    if kill is not None:
        kill_at(run_url, *kill)
    work(run_url, paid)


if __name__ == "__main__":
    print(json.dumps([forked(partial(live, sys.argv[1], Path(sys.argv[2]), kill)) for kill in json.loads(sys.argv[3])]))
