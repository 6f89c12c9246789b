"""Pieces of work for other processes."""

import os
import signal
import time
from pathlib import Path

from schemas.failure import Failure


class BrokenPieceError(Failure):
    """A piece of work that fails as work of ours does."""


def doubled(number: int) -> tuple[int, int]:
    """Twice the number, and the process that says so."""
    return 2 * number, os.getpid()


def fails(message: str) -> None:
    raise BrokenPieceError(message)


def kills_first(log: Path, times: int) -> int:
    """Kills as many processes as it is told, then gives the one that lives; the log gets a line for each."""
    with log.open("a") as lines:
        lines.write(f"{os.getpid()}\n")
    if len(log.read_text().splitlines()) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def where() -> str:
    """The name of the Dask worker."""
    from distributed import get_worker

    return str(get_worker().name)


def sleeps(log: Path) -> None:
    log.write_text(str(os.getpid()))
    time.sleep(600)
