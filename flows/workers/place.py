"""A place for work: it is done there, and whoever asked waits for it."""

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from schemas.failure import Failure

ArgumentsT = ParamSpec("ArgumentsT")
ResultT = TypeVar("ResultT")

DEATHS = 4
"""Workers that may die at one piece of work before it is given up: as many as Dask allows by itself."""


class WorkersError(Failure, RuntimeError):
    """Workers can't be had, don't offer what is needed, or died one after another at one piece of work."""


class WorkersAwayError(WorkersError):
    """What leads the workers is away, or came back without knowing of the work."""

    may_pass = True


class Place(Protocol):
    """Called from as many threads as there is work `at_once`, which may change while workers come and go; `elsewhere`
    where these are not on the machine of whoever asks."""

    @property
    def at_once(self) -> int: ...

    @property
    def elsewhere(self) -> bool: ...

    def __call__(
        self, what: str, work: Callable[ArgumentsT, ResultT], /, *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs
    ) -> ResultT:
        """Does the work, waits for it, and returns or raises what it did; `what` names it. Raises WorkersError."""

    def rest(self) -> None:
        """Gives back the memory of what has nothing to do, until there is work again."""


class Here:
    """The threads that ask do the work themselves."""

    elsewhere = False

    def __init__(self, at_once: int = 1) -> None:
        self.at_once = at_once

    def __call__(
        self, what: str, work: Callable[ArgumentsT, ResultT], /, *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs
    ) -> ResultT:
        return work(*args, **kwargs)

    def rest(self) -> None:
        return


HERE = Here()


def all_died(what: str, deaths: int = DEATHS) -> WorkersError:
    """That every worker that took this up has died."""
    return WorkersError(
        f"{what}: {deaths} workers died at it, one after another; most often memory runs out: give workers more of "
        "it or take fewer of them, lower model.rows or tasks.shard_size. What was finished is kept, every stored "
        "rollout too: the same command goes on"
    )
