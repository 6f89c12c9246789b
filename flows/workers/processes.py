"""Processes of this machine: fresh ones, never forked, and each replaced alone when it dies."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from queue import LifoQueue
from typing import ParamSpec, TypeVar

from flows.workers.place import DEATHS, all_died

ArgumentsT = ParamSpec("ArgumentsT")
ResultT = TypeVar("ResultT")


class Processes:
    """A place for `count` pieces of work at once, with `threads` for arithmetic each; processes start when needed.

    A process that dies costs the work that it had, which another does again.
    """

    elsewhere = False

    def __init__(self, count: int, threads: int = 1) -> None:
        self.at_once = count
        self._threads = threads
        self._free: LifoQueue[ProcessPoolExecutor | None] = LifoQueue()  # the last used first: it has imported the work
        for _ in range(count):
            self._free.put(None)

    def __call__(
        self, what: str, work: Callable[ArgumentsT, ResultT], /, *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs
    ) -> ResultT:
        process = self._free.get()
        try:
            for _ in range(DEATHS):
                process = process or self._started()
                try:
                    return process.submit(work, *args, **kwargs).result()
                except BrokenProcessPool:
                    process.shutdown()
                    process = None
            raise all_died(what)
        finally:
            self._free.put(process)

    def rest(self) -> None:
        """Ends the processes, once they are done with what they have; new ones start when they are needed."""
        for process in [self._free.get() for _ in range(self.at_once)]:
            if process is not None:
                process.shutdown()
            self._free.put(None)

    def _started(self) -> ProcessPoolExecutor:
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=spawn, initializer=_begin, initargs=(self._threads,))


def _begin(threads: int) -> None:
    for name in ("OMP_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(name, str(threads))
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    # A killed run leaves nobody who would go on writing beside the run that is started in its place.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
