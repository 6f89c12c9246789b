"""One process at a time on a folder of this machine; a killed one leaves no lock behind."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas import jsontext
from schemas.failure import Failure


class BusyError(Failure):
    """Another process is at work there."""


@contextmanager
def only_one(place: str) -> Iterator[None]:
    """Holds `place`, a path or URL, against other processes of this user on this machine. Raises BusyError."""
    absolute = place if "://" in place else os.path.realpath(place)
    path = Path(tempfile.gettempdir()) / f"taskmill-{os.getuid()}-{jsontext.digest(absolute)[:16]}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{place}: another taskmill is at work there; wait for it, or stop it") from None
        yield
