"""Children that can be killed: every item is answered in its place, whatever its neighbours do to their process."""

import multiprocessing
import os
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.killable import Children, Killed
from tests.pipeline.killable_work import echo

ENDS = {
    b"hang": Killed("timeout"),
    b"sleep": Killed("timeout"),
    b"crash": Killed("died"),
    b"raise": Killed("died"),
    b"eat": Killed("died"),
}


@pytest.mark.parametrize("count", [1, 2])
def test_an_item_that_hangs_or_crashes_costs_only_itself(count: int) -> None:
    items = [b"ab", b"hang", b"cd", b"crash", b"raise", b"", b"eat", *(str(n).encode() for n in range(40)), b"sleep"]
    with Children(echo, count, seconds=1.0) as children:
        assert children.map(items) == [ENDS.get(item, item[::-1]) for item in items]
        assert children.map([b"xyz"]) == [b"zyx"]


def test_any_number_of_items_is_answered_in_order() -> None:
    with Children(echo, 2, seconds=30.0) as children:

        @settings(max_examples=30, deadline=None)
        @given(st.lists(st.binary(max_size=100_000), max_size=60))
        def answered(items: list[bytes]) -> None:
            items = [item for item in items if item not in ENDS and item != b"pid"]
            assert children.map(items) == [item[::-1] for item in items]

        answered()


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_closing_ends_the_children() -> None:
    children = Children(echo, 1, seconds=30.0)
    (pid,) = children.map([b"pid"])
    assert isinstance(pid, bytes)
    children.close()
    assert gone(int(pid))


def reversed_by_a_child(item: bytes, told: Connection) -> None:
    with Children(echo, 1, seconds=30.0) as children:
        told.send(children.map([item]))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_that_loads_data_may_have_children(method: str) -> None:
    """Such workers are daemonic, and `multiprocessing` lets those have none."""
    context = multiprocessing.get_context(method)
    told, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=reversed_by_a_child, args=(b"ab", theirs), daemon=True)  # type: ignore[attr-defined]
    worker.start()
    theirs.close()
    assert told.recv() == [b"ba"]
    worker.join()


def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """Even one that is busy for ever."""
    script = (
        "from pipeline.killable import Children\n"
        "from tests.pipeline.killable_work import echo\n"
        "children = Children(echo, 1, seconds=600)\n"
        "print(children.map([b'pid'])[0].decode(), flush=True)\n"
        "children.map([b'hang'])\n"
    )
    (tmp_path / "parent.py").write_text(script)
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert gone(pid)
