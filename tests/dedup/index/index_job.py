"""An index that is killed at every step of its life, and one that two add to at once: python index_job.py FOLDER.

For each N a process of its own adds, merges and replaces batches and is killed just before its Nth step on the disk;
then what is there is looked at, and a second process does it all from the beginning. Prints a JSON object: in `steps`
how each first process ended, `torn` what a reader was told wrong after it, and `ends` the files of each index at last.
Everything is a fork that has imported all and done nothing.
"""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import polars  # noqa: F401 - imported before the forks, as the rest
import pyarrow as pa

from dedup.index import Index, open_index
from schemas import jsontext
from tests.pipeline.store_job import forked

KEYS = 20


def hexed(*what: object) -> str:
    return hashlib.blake2b(repr(what).encode(), digest_size=16).hexdigest()


def opened(folder: Path) -> Index:
    return Index(open_index(str(folder)).url, part_rows=32, group_rows=8)


def add(index: Index, source: str, content: int = 0) -> str:
    keys = pa.array([hexed(source, content, number) for number in range(KEYS)])
    ids = pa.array([f"{source} {content} {number}" for number in range(KEYS)])
    return index.add(hexed(source), source, content, [(keys, ids)], KEYS)


def live(folder: Path) -> None:
    """Whatever an index goes through; done again it changes nothing."""
    index = opened(folder)
    add(index, "a")
    if named("b", 1) not in index.titles():
        add(index, "b", 0)
    add(index, "b", 1)
    index.merge()
    add(index, "c")
    index.merge()


def killed_at(step: int, folder: Path) -> Callable[[], None]:
    left = [step]

    def due(path: str) -> bool:
        if str(folder) in path and "lock" not in path.rpartition("/")[2]:
            left[0] -= 1
        return left[0] == 0

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("os.rename", "os.remove") and due(str(arguments[0])):
            os.kill(os.getpid(), signal.SIGKILL)

    fsync = os.fsync

    def sync(descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if path.endswith(".tmp") and due(path):
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)  # what was not synced may be lost
            os.kill(os.getpid(), signal.SIGKILL)
        fsync(descriptor)

    def work() -> None:
        os.fsync = sync
        sys.addaudithook(hear)
        live(folder)

    return work


def torn(folder: Path) -> list[str]:
    """What of the batches that are told is not found, or found elsewhere."""
    index = opened(folder)
    wrong = []
    for batch in index.batches():
        content = next(content for content in (0, 1) if batch.name in named(batch.title, content))
        keys = pa.array([hexed(batch.title, content, number) for number in range(KEYS)])
        found = index.seen(keys, [batch.name])
        if found["id"].to_list() != [f"{batch.title} {content} {number}" for number in range(KEYS)]:
            wrong.append(f"{batch.title} {content}")
    return wrong


def named(source: str, content: int) -> str:
    return f"{hexed(source)}-{jsontext.digest(content, '', '')}"


def files(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def killed_everywhere(folder: Path) -> dict[str, object]:
    steps, wrong, ends = [], [], []
    while not steps or steps[-1] != 0:
        place = folder / f"{len(steps)}"
        steps.append(forked(killed_at(len(steps) + 1, place)))
        wrong += torn(place)
        assert forked(lambda place=place: live(place)) == 0
        ends.append(files(place))
    return {"steps": steps, "torn": wrong, "ends": ends}


def two_at_once(folder: Path) -> list[str]:
    """The titles in an index to which two processes add five batches each at the same time."""
    children = []
    for number in range(2):
        child = os.fork()
        if child == 0:
            for batch in range(5):
                add(opened(folder), f"{number} {batch}")
            os._exit(0)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert torn(folder) == []
    return sorted(batch.title for batch in opened(folder).batches())


if __name__ == "__main__":
    root = Path(sys.argv[1])
    print(json.dumps({**killed_everywhere(root / "killed"), "two": two_at_once(root / "two")}))
