"""Stages killed before every file operation: python killed_job.py FOLDER POINTS, where POINTS is most kills a stage.

Each stage is left in peace once, in `FOLDER/<stage>/whole`, after the ones before it. Then it lives in copies of what
was there before it: each time it kills itself with SIGKILL just before one of its file operations, or with half
of a file on the disk where that operation would have synced it; and lives once more to its end. Prints, by stage, the
file operations it has, the points at which it was killed, how lives ended, what differs from `whole` after, and the
samples that were paid for although they were stored. Each life is a fork that has imported everything and done nothing.
"""

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.flows.faults import stages
from tests.pipeline.store_job import forked

_EVENTS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def count_operations(folder: str, on: Callable[[int, str], None]) -> None:
    """Calls `on` before every change of a file in the folder, with its number, from 1, and what is about to be done."""
    number = [0]
    busy = [False]

    def step(what: str) -> None:
        if not busy[0]:
            number[0] += 1
            busy[0] = True
            on(number[0], what)
            busy[0] = False

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
            told = str(arguments[0])
        elif event in _EVENTS:
            told = _path(arguments)
        else:
            return
        if folder in told and "/paid" not in told:
            step(f"{event} {told}")

    def sync(descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if folder in path:
            step(f"sync {path}")
        fsync(descriptor)

    fsync, os.fsync = os.fsync, sync
    sys.addaudithook(hear)


def _path(arguments: tuple[object, ...]) -> str:
    name, at = str(arguments[0]), arguments[-1]
    inside = isinstance(at, int) and at >= 0 and not name.startswith("/")
    return f"{os.readlink(f'/proc/self/fd/{at}')}/{name}" if inside else name


def die_at(nth: int) -> Callable[[int, str], None]:
    def on(number: int, what: str) -> None:
        if number == nth:
            if what.startswith("sync ") and what.endswith(".tmp"):
                path = what.removeprefix("sync ")
                os.truncate(path, os.path.getsize(path) // 2)  # what was not synced may be lost with the machine
            os.kill(os.getpid(), signal.SIGKILL)

    return on


def live(folder: Path, stage: str, on: Callable[[int, str], None] | None = None) -> None:
    if on is not None:
        count_operations(str(folder), on)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    stages.STAGES[stage](str(folder), folder / "paid")


def killed(folder: Path, stage: str, base: Path, most: int) -> dict[str, object]:
    """All that the kills of one stage came to."""
    whole, log = folder / stage / "whole", folder / stage / "operations"
    shutil.copytree(base, whole)
    (whole / "paid").unlink(missing_ok=True)

    def note(number: int, what: str) -> None:
        with log.open("a") as lines:
            lines.write(what + "\n")

    ends = [forked(partial(live, whole, stage, note))]
    operations = len(log.read_text().splitlines())
    points = list(range(1, operations + 1))
    if operations > most:
        points = sorted(random.Random(stage).sample(points, most))
    wanted = stages.files_of(whole)
    differing: dict[int, list[str]] = {}
    twice: list[str] = []
    for point in points:
        run = folder / stage / "run"
        shutil.copytree(base, run, ignore=shutil.ignore_patterns("paid"))
        ends.append(forked(partial(live, run, stage, die_at(point))))
        ends.append(forked(partial(live, run, stage)))
        there = stages.files_of(run)
        if there != wanted:
            differing[point] = sorted(dict(there.items() ^ wanted.items()))
        twice += stages.paid_twice(run / "paid")
        shutil.rmtree(run)
    return {"operations": operations, "points": points, "ends": ends, "differing": differing, "twice": twice}


if __name__ == "__main__":
    stages.without_prefect()
    stages.import_all()
    place, most = Path(sys.argv[1]), int(sys.argv[2])
    bases = [place / name / "whole" for name in ("nothing", *stages.STAGES)]
    bases[0].mkdir(parents=True)
    told = {stage: killed(place, stage, base, most) for stage, base in zip(stages.STAGES, bases, strict=False)}
    print(json.dumps(told))
