"""A lock in a local file: the kernel says whether its holder lives, and the beats where kernels don't share locks."""

import errno
import fcntl
import os
import time
from pathlib import Path

import msgspec

from pipeline.lock_owner import Owner, is_gone, read_owner
from pipeline.store.files import at

_CHILDREN_SECONDS = 5.0
"""How long the children of a killed process, which have its lock too, are given to notice that it is gone."""


class LockFile:
    """Opened and locked by `grasp`; what it says is changed in place, so that it stays the file that is locked."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._file: int | None = None
        self._made: list[Path] = []

    def grasp(self) -> bool:
        """Whether the kernel gives the lock to this process. Raises StoreError for a folder that can't be written."""
        with at(self._url) as (_, name):
            path = Path(name)
            self._made += _made_folders(path.parent)
            until = time.monotonic() + _CHILDREN_SECONDS
            while not self._locked(path):
                if not is_gone(read_owner(self.read())) or time.monotonic() > until:
                    return False
                time.sleep(0.05)
        return True

    def read(self) -> bytes | None:
        """What the file says; None where there is none."""
        with at(self._url) as (_, path):
            try:
                return Path(path).read_bytes()
            except FileNotFoundError:
                return None

    def is_gone(self, owner: Owner | None, machine: str) -> bool:
        """Whether that owner has ended for sure: else this machine's kernel would not have given the lock."""
        return owner is None or owner.machine == machine

    def take(self, owner: Owner, seen: bytes | None) -> bool:
        """Always: the file says that this process holds it."""
        assert self._file is not None
        data = msgspec.json.encode(owner)
        with at(self._url):
            os.pwrite(self._file, data, 0)
            os.ftruncate(self._file, len(data))
        return True

    def let_go(self, *, ours: bool) -> None:
        """Closes the file, and removes it where it is ours, with folders that were made for it alone."""
        with at(self._url) as (_, name):
            if ours and self._file is not None and _is_same(self._file, Path(name)):
                Path(name).unlink(missing_ok=True)
                for folder in self._made:
                    if folder.is_dir() and not any(folder.iterdir()):
                        folder.rmdir()
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _locked(self, path: Path) -> bool:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise
        if not _is_same(file, path):  # its holder removed it between our opening and our locking
            os.close(file)
            return self._locked(path)
        self._file = file
        return True


def _made_folders(folder: Path) -> list[Path]:
    """Makes the folder; which ones were not there before, innermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _is_same(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False
