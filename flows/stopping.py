"""Ctrl-C and SIGTERM end a run at once: what is on disk is whole, so there is nothing to wait for."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import psutil

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def stopped_at_once(message: str) -> Iterator[None]:
    """While it lasts, a signal prints `message`, ends the processes this one has started, and exits with code 1.

    Without it the threads in which shards are made would be waited for, however long they take.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        bare = sys.__stderr__ or sys.stderr  # a live table stands before sys.stderr, and hides the cursor
        bare.write(f"{SHOW_CURSOR if bare.isatty() else ''}\n{message}\n")
        bare.flush()
        for child in psutil.Process().children(recursive=True):
            child.kill()
        os._exit(1)

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
