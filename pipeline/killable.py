"""Work in child processes that can be killed: an item that takes too long, or its process down, costs only itself."""

import importlib
import multiprocessing
import os
import resource
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from types import TracebackType
from typing import Literal, Self

import msgspec

Work = Callable[[bytes], bytes]
"""A function at the top of a module; a child imports it. An exception in it takes the child down."""

_CHUNK = 16
"""Items that a child is given at a time: the next ones wait in its pipe, not for an answer."""


class Killed(msgspec.Struct, frozen=True):
    """What became of an item without a result: its `timeout` ran out, or its child `died`."""

    reason: Literal["timeout", "died"]


class Children:
    """`count` children for one kind of work, started when first needed and ended by `close` or the end of the parent.

    `seconds` is the wall time one item may take, `memory` the bytes of address space of a child.
    """

    def __init__(self, work: Work, count: int, seconds: float, memory: int = 4 << 30) -> None:
        self._work, self._seconds, self._memory = work, seconds, memory
        self._children: list[_Child | None] = [None] * count

    def map(self, items: Sequence[bytes]) -> list[bytes | Killed]:
        """A result, or why there is none, for every item in order."""
        results: list[bytes | Killed | None] = [None] * len(items)
        waiting = deque(range(len(items)))
        while waiting or any(child is not None and child.given for child in self._children):
            for place in range(len(self._children)):
                self._feed(place, waiting, items)
            busy = {child.results: place for place, child in enumerate(self._children) if child and child.given}
            first_deadline = min(self._busy(place).deadline for place in busy.values())
            for ready in wait(list(busy), max(0.0, first_deadline - time.monotonic())):
                self._receive(busy[ready], waiting, results)  # type: ignore[index]
            for place in busy.values():
                child = self._children[place]
                if child is not None and child.given and time.monotonic() > child.deadline:
                    self._give_up(place, waiting, results, Killed("timeout"))
        return [result for result in results if result is not None]

    def close(self) -> None:
        for place, child in enumerate(self._children):
            if child is not None:
                child.kill()
                self._children[place] = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _busy(self, place: int) -> "_Child":
        child = self._children[place]
        assert child is not None
        return child

    def _feed(self, place: int, waiting: "deque[int]", items: Sequence[bytes]) -> None:
        child = self._children[place]
        if not waiting or (child is not None and child.given):
            return
        if child is None:
            child = self._children[place] = _Child(self._work, self._memory)
        share = max(1, min(_CHUNK, len(waiting) // len(self._children)))
        child.give([waiting.popleft() for _ in range(min(share, len(waiting)))], items, self._seconds)

    def _receive(self, place: int, waiting: "deque[int]", results: list[bytes | Killed | None]) -> None:
        child = self._busy(place)
        try:
            result = child.results.recv_bytes()
        except (EOFError, OSError):
            self._give_up(place, waiting, results, Killed("died"))
            return
        if not child.started:
            child.started = True
        else:
            results[child.given.popleft()] = result
        child.deadline = time.monotonic() + self._seconds

    def _give_up(self, place: int, waiting: "deque[int]", results: list[bytes | Killed | None], why: Killed) -> None:
        """Kills the child; its item has no result, those behind it go to another."""
        child = self._busy(place)
        child.kill()
        self._children[place] = None
        if not child.started:
            raise RuntimeError(f"a child process for {self._work.__module__} did not start; its error stands above")
        results[child.given.popleft()] = why
        waiting.extendleft(reversed(child.given))


_START_SECONDS = 120.0
"""What a child may take to import its work on a busy machine."""

_START = "import sys; sys.path[:] = sys.argv[6:]; from pipeline.killable import _serve; _serve(*sys.argv[1:6])"


class _Child:
    """One process: `given` are the items it has not answered yet, the first of them due by `deadline`.

    An interpreter of its own rather than one of `multiprocessing`, which would read the caller's script again, with
    all that it imports, and which refuses in the workers of others, such as those that load data for a training.
    """

    def __init__(self, work: Work, memory: int) -> None:
        theirs_in, self._asking = multiprocessing.Pipe(duplex=False)
        self.results, theirs_out = multiprocessing.Pipe(duplex=False)
        ends = (theirs_in.fileno(), theirs_out.fileno())
        told = [work.__module__, work.__qualname__, *map(str, ends), str(memory), *sys.path]
        command = [sys.executable, "-c", _START, *told]
        process = subprocess.Popen(command, pass_fds=ends, stdin=subprocess.DEVNULL)
        theirs_in.close()
        theirs_out.close()
        self._end = weakref.finalize(self, _ended, process)  # also when the parent ends
        self.given: deque[int] = deque()
        self.started = False
        self.deadline = 0.0

    def give(self, places: list[int], items: Sequence[bytes], seconds: float) -> None:
        self.given.extend(places)
        self.deadline = time.monotonic() + (seconds if self.started else _START_SECONDS)
        try:
            for place in places:
                self._asking.send_bytes(items[place])
        except OSError:
            return  # it has died, which its results will tell

    def kill(self) -> None:
        self._end()
        self._asking.close()
        self.results.close()


def _ended(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _serve(module: str, name: str, asked: str, results: str, memory: str) -> None:
    work: Work = getattr(importlib.import_module(module), name)
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    items: SimpleQueue[bytes] = SimpleQueue()
    told = Connection(int(results), readable=False)
    threading.Thread(target=_read, args=(Connection(int(asked), writable=False), items), daemon=True).start()
    told.send_bytes(b"started")
    while True:
        told.send_bytes(work(items.get()))


def _read(asked: "Connection[bytes, bytes]", items: "SimpleQueue[bytes]") -> None:
    """Ends the process as soon as the parent is gone, whatever it is doing."""
    while True:
        try:
            items.put(asked.recv_bytes())
        except (EOFError, OSError):
            os._exit(0)
