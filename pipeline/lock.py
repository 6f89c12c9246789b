"""One process at a time in a folder, on one machine or on several that share it; a dead one leaves no lock for long.

The folder has a small file that says who is at work there. Its holder counts up a number in it every few seconds, and
whoever finds it watches that number for a while, by a clock that no one can set: a file that says when is believed by
nobody, so a clock that jumps makes no live holder look dead.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec

from pipeline.lock_file import LockFile
from pipeline.lock_object import LockObject
from pipeline.lock_owner import Owner, read_owner, this_process
from pipeline.store.failures import StoreError
from pipeline.store.files import LOCK, absolute, is_local
from schemas.failure import Failure

BEAT_SECONDS = 10.0
WATCH_SECONDS = 60.0
"""A holder whose number stands still for so long has ended, or stops itself once it wakes up and sees who took over."""


class BusyError(Failure):
    """Another process is at work there."""


@contextmanager
def only_one(place: str) -> Iterator[None]:
    """Holds a folder, a path or URL, against all other processes. Raises BusyError, and StoreError where it can't be
    written.

    A holder that finds that another has taken over, because it stood still for a minute, ends its own process.
    """
    with held(f"{absolute(place)}/{LOCK}", place):
        yield


@contextmanager
def held(url: str, place: str) -> Iterator[None]:
    """Holds `place` by a lock file at `url`, which may be outside of it. Raises as only_one does."""
    lock = LockFile(url) if is_local(url) else LockObject(url)
    owner = this_process()
    _take(lock, owner, place)
    ended = threading.Event()
    beating = threading.Thread(target=_beat, args=(lock, owner, place, ended), daemon=True, name="lock")
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()
        with suppress(StoreError):  # where the storage is away, the lock is known for dead after a minute
            lock.let_go(ours=_is_by(lock.read(), owner))


def _take(lock: LockFile | LockObject, owner: Owner, place: str) -> None:
    if not lock.grasp():
        raise _busy(place, lock.read())
    try:
        seen = lock.read()
        before = read_owner(seen)
        if seen is not None and not lock.is_gone(before, owner.machine):
            seen = _watched(lock, seen, place)
        if not lock.take(owner, seen):
            raise _busy(place, lock.read())
    except BaseException:
        lock.let_go(ours=False)
        raise


def _watched(lock: LockFile | LockObject, seen: bytes, place: str) -> bytes | None:
    """What the lock says once its holder is known to be gone. Raises BusyError as soon as it shows a sign of life."""
    sys.stderr.write(
        f"{place}: {_holder(seen)} had it; watching for up to {WATCH_SECONDS:.0f} s whether it still has\n"
    )
    until = time.monotonic() + WATCH_SECONDS
    while time.monotonic() < until:
        time.sleep(BEAT_SECONDS / 10)
        now = lock.read()
        if now is None:
            return now
        if now != seen:
            raise _busy(place, now)
    return seen


def _beat(lock: LockFile | LockObject, owner: Owner, place: str, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        owner = msgspec.structs.replace(owner, beats=owner.beats + 1)
        try:
            seen = lock.read()
            if seen is not None and not _is_by(seen, owner):
                sys.stderr.write(f"{place}: {_holder(seen)} has taken over, for this process stood still; it stops\n")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            lock.take(owner, seen)
        except (
            StoreError
        ):  # the storage is away; whoever could take over can't reach it either, or finds us there later
            continue


def _is_by(data: bytes | None, owner: Owner) -> bool:
    found = read_owner(data)
    return found is not None and found.token == owner.token


def _busy(place: str, data: bytes | None) -> BusyError:
    return BusyError(f"{place}: another taskmill is at work there ({_holder(data)}): wait for it, or stop it")


def _holder(data: bytes | None) -> str:
    owner = read_owner(data)
    return "unknown" if owner is None else f"process {owner.pid} on {owner.host} since {owner.since}"
