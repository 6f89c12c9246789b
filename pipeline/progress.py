"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 15.0

Advance = Callable[[int, str], None]
"""Called with how many more are done and a short note that replaces the last one."""


@contextmanager
def progress(title: str, total: int, unit: str) -> Iterator[Advance]:
    """Shows how far `title` is on stderr; `total` counts `unit`s."""
    console = Console(stderr=True)
    with _bar(title, total, console) if console.is_terminal else _lines(title, total, unit) as advance:
        yield advance


@contextmanager
def _bar(title: str, total: int, console: Console) -> Iterator[Advance]:
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=console) as bar:
        line = bar.add_task(title, total=total, note="")
        yield lambda count, note: bar.update(line, advance=count, note=note)


@contextmanager
def _lines(title: str, total: int, unit: str) -> Iterator[Advance]:
    done, last = 0, time.monotonic()

    def advance(count: int, note: str) -> None:
        nonlocal done, last
        done += count
        now = time.monotonic()
        if done == total or now - last >= SECONDS_BETWEEN_LINES:
            last = now
            sys.stderr.write(f"{title}: {done} of {total} {unit}{f' ({note})' if note else ''}\n")
            sys.stderr.flush()

    yield advance
