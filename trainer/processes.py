"""The processes of a run: what they do together, each its share, or the first alone.

`torchrun` starts them; without it a run is one process, and all of this is a plain call. What one process finds out is
told to all, so that each decides the same: only rollouts, scores and gradients are shared out.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from schemas.failure import Failure

PATIENCE = timedelta(minutes=30)
"""What a process waits for the others: far more than shares of one sampling differ."""

_Result = TypeVar("_Result")
_Item = TypeVar("_Item")


class ProcessError(Failure, RuntimeError):
    """Another process of the run has failed, is gone, or sees other things than this one; the message says which."""


@dataclass(frozen=True)
class Processes:
    """This process is number `rank` of `count`; `joined` where torchrun has started them."""

    rank: int = 0
    count: int = 1
    joined: bool = False

    @property
    def first(self) -> bool:
        return self.rank == 0

    def everywhere(self, work: Callable[[], _Result]) -> list[_Result]:
        """What `work` gives in every process, by rank. Where it fails in one it fails in all (ProcessError)."""
        if not self.joined:
            return [work()]
        try:
            mine = work()
        except Exception as failure:
            _told(_Failed(f"process {self.rank} of {self.count} failed: {type(failure).__name__}: {failure}"), self)
            raise
        results = _told(mine, self)
        for result in results:
            if isinstance(result, _Failed):
                raise ProcessError(result.message)
        return results

    def shared(self, items: Sequence[_Item], work: Callable[[Sequence[_Item]], Sequence[_Result]]) -> list[_Result]:
        """A result for every item, in order; each process works on its share of them, if it has one."""
        if not self.joined:
            return list(work(items))
        mine = items[self.rank :: self.count]
        parts = self.everywhere(lambda: work(mine) if mine else [])
        return [parts[place % self.count][place // self.count] for place in range(len(items))]

    def agreed(self, told: object, what: str) -> None:
        """Raises ProcessError where the processes would go different ways: all must see the same `what`."""
        if any(other != told for other in self.everywhere(lambda: told)):
            raise ProcessError(
                f"the processes see different things in {what}: give all the same command, the same folders and the "
                "same versions of everything"
            )

    def by_first(self, work: Callable[[], object]) -> None:
        """Done by the first process alone; the others wait for it, and fail where it fails."""
        self.everywhere(work if self.first else lambda: None)


ALONE = Processes()


def is_first() -> bool:
    """Whether this process tells the user what happens: it is alone, or the first that torchrun has started."""
    return not _launched() or os.environ["RANK"] == "0"


@contextmanager
def joined(patience: timedelta = PATIENCE) -> Iterator[Processes]:
    """The processes that torchrun has started, over gloo, weights and gradients on GPUs over NCCL; or this one alone.

    Raises ProcessError where there are too few GPUs, and where another process is gone or has not answered for
    `patience`.
    """
    if not _launched():
        yield ALONE
        return
    import torch
    import torch.distributed as dist

    backend = "gloo"
    if torch.cuda.is_available():
        here, gpus = int(os.environ["LOCAL_WORLD_SIZE"]), torch.cuda.device_count()
        if here > gpus:
            raise ProcessError(f"{here} processes on a machine with {gpus} GPUs: start one for each GPU, no more")
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = "cpu:gloo,cuda:nccl"
    dist.init_process_group(backend, timeout=patience)
    try:
        yield Processes(dist.get_rank(), dist.get_world_size(), joined=True)
    except RuntimeError as failure:
        if isinstance(failure, Failure) or not _of_connection(failure):
            raise
        raise ProcessError(
            f"another process of this training is gone, or has not answered for {patience}: its own error says why. "
            f"The same command goes on from the last checkpoint ({failure})"
        ) from None
    dist.destroy_process_group()


def _launched() -> bool:
    """`dist.is_torchelastic_launched()`; torch takes seconds to load, which most flows do without."""
    return "TORCHELASTIC_RUN_ID" in os.environ


@dataclass(frozen=True)
class _Failed:
    message: str


def _told(mine: Any, processes: Processes) -> list[Any]:
    import torch.distributed as dist

    results: list[Any] = [None] * processes.count
    dist.all_gather_object(results, mine)
    return results


def _of_connection(failure: RuntimeError) -> bool:
    """Gloo's failures are plain RuntimeErrors."""
    import torch.distributed as dist

    told = str(failure)
    return isinstance(failure, dist.DistError) or "gloo" in told or "pair closure" in told
