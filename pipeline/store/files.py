"""Bytes at any fsspec URL: written whole or not at all, listed, read and removed.

A local file is written under a temporary name, synced and renamed. An object store shows a whole object or none by
itself, so there the bytes go to the final name at once; whoever reads checks size or hash all the same.
"""

import hashlib
import itertools
import os
import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from pipeline.store.failures import no_such_store, refuse_secret, told

LOCK = "lock.json"
"""The file in a run's folder that says who is at work there; no part of the run."""

_TEMPORARY = re.compile(r"\.(?P<name>.+)~(?P<host>.+)~(?P<pid>\d+)~\d+\.tmp")
_FORGOTTEN_AFTER = 24 * 3600.0  # seconds: no writer holds a temporary file for a day
_WITHOUT_FOLDERS = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "memory"}
_counter = itertools.count()


@contextmanager
def at(url: str) -> Iterator[tuple[Any, str]]:
    """The fsspec file system of a URL and the path in it; what it refuses meanwhile is StoreError.

    A file that is not there, or is there already, is FileNotFoundError or FileExistsError.
    """
    refuse_secret(url)
    try:
        fs, path = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise no_such_store(url, error) from error
    with told(url, local=isinstance(fs, LocalFileSystem)):
        yield fs, path


def is_local(url: str) -> bool:
    """Whether the place is a folder of this machine's file systems."""
    with at(url) as (fs, _):
        return isinstance(fs, LocalFileSystem)


def absolute(url: str) -> str:
    """One spelling of a URL: an absolute path for local files, no slash at the end."""
    with at(url) as (fs, path):
        return str(path) if isinstance(fs, LocalFileSystem) else str(fs.unstrip_protocol(path)).rstrip("/")


def write_whole(url: str, data: bytes) -> None:
    """The file has these bytes, durably, or is as before; its folders are made. Raises StoreError."""
    with at(url) as (fs, path):
        if isinstance(fs, LocalFileSystem):
            _write_local(Path(path), data)
            return
        if not _WITHOUT_FOLDERS.intersection([fs.protocol] if isinstance(fs.protocol, str) else fs.protocol):
            fs.makedirs(path.rpartition("/")[0], exist_ok=True)  # where there are only names, it would make a bucket
        fs.pipe_file(path, data)


def move(source: str, target: str) -> None:
    """The file has the other name, durably, in place of what had it; both are at one store.

    Raises FileNotFoundError.
    """
    with at(source) as (fs, path), at(target) as (_, place):
        if isinstance(fs, LocalFileSystem):
            _make_folder(Path(place).parent)
            Path(path).replace(place)
            _sync_folder(Path(place).parent)
        else:
            fs.mv(path, place)


def read_whole(url: str) -> bytes:
    """All bytes of a file. Raises FileNotFoundError."""
    with at(url) as (fs, path):
        data: bytes = fs.cat_file(path)
    return data


def read_each(folder: str, names: Sequence[str]) -> dict[str, bytes | None]:
    """The bytes of a folder's files by name, None for those that are not there; elsewhere many are asked at once."""
    with at(folder) as (fs, path):
        if isinstance(fs, LocalFileSystem):
            return {name: _read_local(Path(path, name)) for name in names}
        found = fs.cat([f"{path}/{name}" for name in names], recursive=False, on_error="return") if names else {}
        for each in found.values():
            if isinstance(each, Exception) and not isinstance(each, FileNotFoundError):
                raise each
        read = {place.rpartition(f"{path}/")[2]: each for place, each in found.items()}
        return {name: None if isinstance(read[name], Exception) else read[name] for name in names}


def sha256(url: str) -> str:
    """The hash of a file's bytes, in hex; a local file is never in memory as a whole. Raises FileNotFoundError."""
    with at(url) as (fs, path):
        if isinstance(fs, LocalFileSystem):
            with open(path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        return hashlib.sha256(fs.cat_file(path)).hexdigest()


def size(url: str) -> int | None:
    """The bytes of one file, without a look at the others of its folder; None where there is none."""
    try:
        with at(url) as (fs, path):
            fs.invalidate_cache(path)  # another process or host may have written since
            entry = fs.info(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return int(entry["size"] or 0) if entry["type"] == "file" else None


def sizes(folder: str) -> dict[str, int]:
    """Name and bytes of each file of a folder, sorted; empty where there is no folder. Temporary files are not said."""
    entries = _entries(folder)
    return {name: size for name, (kind, size) in entries.items() if kind == "file" and not is_temporary(name)}


def subfolders(folder: str) -> list[str]:
    """Names of a folder's folders, sorted; empty where there is no folder."""
    return [name for name, (kind, _) in _entries(folder).items() if kind == "directory"]


def remove(url: str) -> None:
    """The file or folder, with all in it, is gone; nothing happens where there is none.

    Of a link to somewhere else the link is gone, and what it points to stays.
    """
    with at(url) as (fs, path):
        fs.invalidate_cache(path)
        if isinstance(fs, LocalFileSystem) and Path(path).is_symlink():
            Path(path).unlink()
        elif fs.exists(path):
            fs.rm(path, recursive=True)


def is_temporary(name: str) -> bool:
    return _TEMPORARY.fullmatch(name) is not None


def sweep(folder: str) -> None:
    """Removes temporary files whose writer is dead: a gone process of this host, or any that is a day old.

    A clock that jumps may make a live writer's look old: it then writes its bytes once more.
    """
    with at(folder) as (fs, path):
        if not isinstance(fs, LocalFileSystem) or not os.path.isdir(path):
            return
        for entry in os.scandir(path):
            written = _TEMPORARY.fullmatch(entry.name)
            if written and _abandoned(entry, written["host"], int(written["pid"])):
                Path(entry.path).unlink(missing_ok=True)


def _read_local(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write_local(path: Path, data: bytes) -> None:
    _make_folder(path.parent)
    while not _renamed(data, path):
        pass
    _sync_folder(path.parent)


def _renamed(data: bytes, path: Path) -> bool:
    """Writes a temporary file and gives it the name; False where it was swept meanwhile."""
    temporary = path.with_name(f".{path.name}~{socket.gethostname()}~{os.getpid()}~{next(_counter)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            temporary.replace(path)
        except FileNotFoundError:
            if path.parent.is_dir():
                return False
            raise
        return True
    finally:
        temporary.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    # A rename or a new folder lasts only once the folder that names it is on the disk too.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entries(folder: str) -> dict[str, tuple[str, int]]:
    try:
        with at(folder) as (fs, path):
            fs.invalidate_cache(path)  # another process or host may have written since
            found = fs.ls(path, detail=True)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    paths = {str(entry["name"]).rstrip("/"): entry for entry in found}
    paths.pop(path.rstrip("/"), None)  # some stores list the folder in itself
    named = {child.rpartition("/")[2]: entry for child, entry in paths.items()}
    return {name: (named[name]["type"], int(named[name]["size"] or 0)) for name in sorted(named)}


def _abandoned(entry: os.DirEntry[str], host: str, pid: int) -> bool:
    if host == socket.gethostname() and not _alive(pid):
        return True
    try:
        return time.time() - entry.stat().st_mtime > _FORGOTTEN_AFTER
    except FileNotFoundError:  # renamed or removed just now by its writer
        return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
