"""Measures work while it is done."""

import resource
import sys
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import psutil

from pipeline.costs.ledger import enter, entered, ledger_of
from pipeline.costs.record import CellCost, Cost, Device, cell_cost
from schemas import Rollout

ItemT = TypeVar("ItemT")


class Meter:
    """Counts what one piece of work has taken since it was begun, and notes it down with what earlier starts took.

    Whoever works sets `rows_in`, `rows_out`, `bytes`, `rollouts`, the tokens and `device` as they come to be known.
    """

    def __init__(self, folder: str, part: int, clock: Callable[[], float]) -> None:
        self.rows_in = self.rows_out = self.bytes = 0
        self.rollouts = self.prompt_tokens = self.completion_tokens = 0
        self.device: Device = "cpu"
        self._folder, self._part, self._clock = folder, part, clock
        self._cells: list[CellCost] = []
        self._before = entered(folder, part)
        self._cpu, self._wall = clock(), time.monotonic()

    def sampled(self, rollouts: Iterable[Rollout]) -> None:
        """These were sampled, and are on disk."""
        for rollout in rollouts:
            self.rollouts += 1
            self.prompt_tokens += rollout.prompt_tokens
            self.completion_tokens += rollout.completion_tokens

    def of_cell(self, family: str, level: int, params: str, items: Iterable[ItemT]) -> Iterator[ItemT]:
        """The items as they come; what passes until the next one is asked for counts for each."""
        last, seconds = self._clock(), array("d")
        for item in items:
            yield item
            now = self._clock()
            seconds.append(now - last)
            last = now
        self._cells.append(cell_cost(family, level, params, seconds))

    def note(self) -> None:
        """What has been spent so far is on disk."""
        before = self._before
        cost = Cost(
            starts=before.starts + 1,
            cpu_seconds=round(before.cpu_seconds + max(self._clock() - self._cpu, 0.0), 6),
            wall_seconds=round(before.wall_seconds + time.monotonic() - self._wall, 6),
            rows_in=self.rows_in,
            rows_out=self.rows_out,
            bytes=self.bytes,
            rollouts=before.rollouts + self.rollouts,
            prompt_tokens=before.prompt_tokens + self.prompt_tokens,
            completion_tokens=before.completion_tokens + self.completion_tokens,
            device=self.device,
            cells=tuple(self._cells),
        )
        enter(self._folder, self._part, cost)


@contextmanager
def metered(
    run_url: str, stage: str, key: str, part: int, clock: Callable[[], float] = time.thread_time
) -> Iterator[Meter]:
    """A meter that notes down at the end what the work has taken, also where it fails.

    `clock` gives CPU seconds: of this thread, so that shards made side by side are told apart, or `all_cpu_seconds`.
    """
    meter = Meter(ledger_of(run_url, stage, key), part, clock)
    try:
        yield meter
    except BaseException:
        with suppress(Exception):  # what went wrong is what has to be told
            meter.note()
        raise
    meter.note()


def all_cpu_seconds() -> float:
    """CPU seconds of this process with all its threads and of all that it has started, those that ended too."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + ended.ru_utime + ended.ru_stime
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            spent = process.cpu_times()
            total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def device_of(engine: str) -> Device:
    """Where an engine of this kind, once it is open, computes."""
    if engine == "server":
        return "server"
    torch = sys.modules.get("torch")  # where nothing has imported it, nothing is on a GPU
    return "cuda" if torch is not None and torch.cuda.is_available() else "cpu"
