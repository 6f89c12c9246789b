"""Who holds a lock: what its file says, and what of it a process can know for sure."""

import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """A process at work in a folder. `token` is no other's; `beats` grow while it lives; `since` is for people to read.

    Processes of one `machine` see each other by their ids: it is one boot of one kernel, and one space of ids.
    """

    token: str
    host: str
    machine: str
    pid: int
    since: str
    beats: int = 0


def this_process() -> Owner:
    return Owner(
        token=uuid4().hex,
        host=socket.gethostname(),
        machine=_machine(),
        pid=os.getpid(),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def read_owner(data: bytes | None) -> Owner | None:
    """None where there is no file, or it is empty or half written."""
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=Owner)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def is_gone(owner: Owner | None) -> bool:
    """Whether the process has ended for sure; of another machine's, nothing is sure."""
    if owner is None or not owner.machine or owner.machine != _machine():
        return False
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
