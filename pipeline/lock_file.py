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
_SETTLED_SECONDS = 1.0
"""After which a second taker, where the kernel locks nothing, would have written too."""
_LOCKS_NOTHING = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems without locks answer: Lustre mounted without `flock`, NFS without lock service, some of FUSE."""


class LockFile:
    """Opened and locked by `grasp`; what it says is changed in place, so that it stays the file that is locked."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._file: int | None = None
        self._by_kernel = True
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
        """Whether that owner has ended for sure: where kernels lock, this machine's would not have given the lock."""
        return owner is None or (owner.machine == machine if self._by_kernel else is_gone(owner))

    def take(self, owner: Owner, seen: bytes | None) -> bool:
        """Whether the file now says that this process holds it; in doubt only where no kernel gave the lock, or the
        file was removed since."""
        with at(self._url) as (_, name):
            there = self._file is not None and _is_same(self._file, Path(name))
        if not there:
            self.let_go(ours=False)
            if not self.grasp():
                return False
        assert self._file is not None
        data = msgspec.json.encode(owner)
        with at(self._url):
            os.pwrite(self._file, data, 0)
            os.ftruncate(self._file, len(data))
        before = read_owner(seen)
        if self._by_kernel or (before is not None and before.token == owner.token):
            return True
        time.sleep(_SETTLED_SECONDS)
        told = read_owner(self.read())
        return told is not None and told.token == owner.token

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
            if error.errno not in _LOCKS_NOTHING:
                os.close(file)
                if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                    return False
                raise
            self._by_kernel = False
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
