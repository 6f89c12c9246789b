"""A lock in an object of a store: made only where there is none, changed only where it is still what was seen.

Stores that know no conditions write all the same; so what was written is read again before it counts.
"""

import errno
import time
from contextlib import suppress
from typing import Any

import msgspec

from pipeline.lock_owner import Owner, is_gone, read_owner
from pipeline.store.failures import StoreError
from pipeline.store.files import at

_SETTLED_SECONDS = 1.0
"""After which a second taker at a store without conditions would have written too."""
_CONDITIONAL = {"s3", "s3a"}


class LockObject:
    def __init__(self, url: str) -> None:
        self._url = url

    def grasp(self) -> bool:
        """Always: only what the object says tells who holds it."""
        return True

    def read(self) -> bytes | None:
        """What the object says; None where there is none. Raises StoreError where the store can't be used."""
        with at(self._url) as (fs, path):
            try:
                fs.invalidate_cache(path)
                return bytes(fs.cat_file(path))
            except FileNotFoundError as error:
                if not fs.exists(path.partition("/")[0]):
                    raise StoreError(f"{self._url}: there is no such bucket; make it, or name another") from error
                return None

    def is_gone(self, owner: Owner | None, machine: str) -> bool:
        """Whether that owner has ended for sure."""
        return is_gone(owner)

    def take(self, owner: Owner, seen: bytes | None) -> bool:
        """Whether the object now says that this process holds it, in place of what was seen in it."""
        try:
            conditional = self._put(owner, seen)
        except (FileExistsError, FileNotFoundError):  # somebody else was quicker to write or to remove it
            return False
        before = read_owner(seen)
        if not conditional and (before is None or before.token != owner.token):
            time.sleep(_SETTLED_SECONDS)
        told = read_owner(self.read())
        return told is not None and told.token == owner.token

    def let_go(self, *, ours: bool) -> None:
        if ours:
            with at(self._url) as (fs, path), suppress(FileNotFoundError):
                fs.rm_file(path)

    def _put(self, owner: Owner, seen: bytes | None) -> bool:
        """Whether the store looked at the condition. Raises FileExistsError where somebody else was quicker."""
        data = msgspec.json.encode(owner)
        with at(self._url) as (fs, path):
            if seen is None:
                fs.pipe_file(path, data, mode="create")
                return True
            if not _CONDITIONAL.intersection([fs.protocol] if isinstance(fs.protocol, str) else fs.protocol):
                fs.pipe_file(path, data)
                return False
            fs.invalidate_cache(path)
            tag = fs.info(path)["ETag"]
            if self.read() != seen:
                raise FileExistsError(self._url)
            return _put_if(fs, path, data, tag)


def _put_if(fs: Any, path: str, data: bytes, tag: str) -> bool:
    try:
        fs.pipe_file(path, data, IfMatch=tag)
    except OSError as error:
        if error.errno == errno.ENOSYS:  # an older store, which says that it does not know the condition
            fs.pipe_file(path, data)
            return False
        response = getattr(error.__cause__, "response", None) or {}
        if response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (404, 409, 412):
            raise FileExistsError(path) from error
        raise
    return True
