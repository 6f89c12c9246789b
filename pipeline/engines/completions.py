"""Completions by key in a local folder, for any number of processes at a time."""

import fcntl
import sqlite3
import warnings
from hashlib import blake2b
from pathlib import Path

import msgspec

from pipeline.engines.protocol import Completion, EngineError

_FILE = "completions.sqlite"
_WAIT = 60.0
"""Seconds that a process waits for another one's write, which takes well under a millisecond."""


class CompletionStore:
    """A write-ahead log of SQLite: what was put is there after a crash of the process, whole or not at all.

    Nothing is kept in memory and nothing is ever thrown away: delete the folder to empty it. What can't be read or
    doesn't have the checksum it was written with counts as not there, with a warning; what can't be written is left
    out, with a warning: a broken cache costs samples, never a run. Raises EngineError where the folder can't be opened.
    """

    def __init__(self, folder: str | Path) -> None:
        self._path = Path(folder) / _FILE
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _opened(self._path)
        except (OSError, sqlite3.Error) as error:
            raise EngineError(
                f"{self._path} can't be opened as a cache of samples ({error}): name another folder in model.cache, "
                "or delete this one to begin anew"
            ) from None
        self._decoder = msgspec.msgpack.Decoder(Completion)

    def get(self, key: bytes) -> Completion | None:
        """The completion as it was put, or None."""
        try:
            row = self._database.execute("SELECT digest, value FROM completions WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            digest, value = row
            if digest != _digest(key, value):
                raise ValueError("its checksum is wrong")
            return self._decoder.decode(value)
        except (sqlite3.Error, msgspec.MsgspecError, TypeError, ValueError) as error:
            warnings.warn(f"{self._path}: a sample can't be read ({error}) and is made anew", stacklevel=2)
            return None

    def put(self, key: bytes, completion: Completion) -> None:
        """The completion is there for every process when this returns, instead of what was there."""
        value = msgspec.msgpack.encode(completion)
        row = (key, _digest(key, value), value)
        try:
            self._database.execute("INSERT OR REPLACE INTO completions (key, digest, value) VALUES (?, ?, ?)", row)
        except sqlite3.Error as error:
            warnings.warn(f"{self._path}: a sample can't be kept ({error})", stacklevel=2)

    def close(self) -> None:
        self._database.close()


def _opened(path: Path) -> sqlite3.Connection:
    with (path.parent / "opening.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # turning the log on does not wait for others who do the same
        # A shard's samples are asked for in a thread of its own, one thread at a time.
        database = sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")  # no sync for each sample: a power cut may cost the last
            database.execute(
                "CREATE TABLE IF NOT EXISTS completions "
                "(key BLOB PRIMARY KEY, digest BLOB NOT NULL, value BLOB NOT NULL)"
            )
        except sqlite3.Error:
            database.close()
            raise
    return database


def _digest(key: bytes, value: bytes) -> bytes:
    """Of the key too, so that a value in another's place is seen."""
    return blake2b(key + value, digest_size=16).digest()
