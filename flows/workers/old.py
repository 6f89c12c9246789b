"""Where shard work runs: in this process for one worker, in a pool of fresh processes for more."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, Protocol, TypeVar

ArgumentsT = ParamSpec("ArgumentsT")
ResultT = TypeVar("ResultT")


class Workers(Protocol):
    def __call__(
        self, work: Callable[ArgumentsT, ResultT], /, *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs
    ) -> ResultT:
        """Does the work somewhere, waits for it, and returns or raises what it did."""


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """A place for `count` pieces of work at once; called from as many threads. Fresh processes, never forked."""
    if count == 1:
        yield _here
        return
    with ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn"), initializer=_one_thread_each
    ) as pool:

        def elsewhere(
            work: Callable[ArgumentsT, ResultT], /, *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs
        ) -> ResultT:
            return pool.submit(work, *args, **kwargs).result()

        yield elsewhere


def _here(work: Callable[ArgumentsT, ResultT], /, *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs) -> ResultT:
    return work(*args, **kwargs)


def _one_thread_each() -> None:
    for name in ("OMP_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(name, "1")
