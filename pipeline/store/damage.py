"""What has not the bytes it was written with is found by its hash, kept under another name, and said."""

import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from pipeline.store import files

DAMAGED = "_damaged"
_AT_ONCE = 4
"""Files hashed side by side: SHA-256 makes about 1 GB/s a core, less than disks and networks give."""
_SECONDS_BETWEEN_LINES = 15.0


def changed(hashes: Mapping[str, str]) -> list[str]:
    """Those of the files, by URL, that are not there or have another SHA-256 than the one given.

    Where that takes long, it is said how far it is.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda item: _is(*item), hashes.items())
        return [url for url, same in zip(_counted(hashes), found, strict=True) if not same]


def set_aside(folder: str, file: str) -> None:
    """Moves a damaged file of a folder into its `_damaged/`, never over another, and says so."""
    files.move(f"{folder}/{file}", _kept(folder, file))


def keep_copy(folder: str, file: str) -> None:
    """The same for a file that is written over next, and must not be missing meanwhile."""
    files.write_whole(_kept(folder, file), files.read_whole(f"{folder}/{file}"))


def _counted(hashes: Mapping[str, str]) -> Iterator[str]:
    last = time.monotonic()
    for done, url in enumerate(hashes):
        if (now := time.monotonic()) - last >= _SECONDS_BETWEEN_LINES:
            last = now
            folder = url.rpartition("/")[0]
            sys.stderr.write(f"{folder}: {done} of {len(hashes)} shards compared with their hashes\n")
        yield url


def _kept(folder: str, file: str) -> str:
    url = f"{folder}/{file}"
    kept = f"{folder}/{DAMAGED}/{file.replace('/', '-').lstrip('_')}-{files.sha256(url)[:8]}"
    sys.stderr.write(f"{url} is damaged: it is kept as {kept} and made anew\n")
    return kept


def _is(url: str, sha256: str) -> bool:
    try:
        return files.sha256(url) == sha256
    except FileNotFoundError:
        return False
