"""What is known of each shard, in one small file a shard, so that any number of writers never share a file."""

from typing import Annotated

import msgspec
from msgspec import Meta

from pipeline.store.checked import checked, with_check
from pipeline.store.failures import StoreError
from pipeline.store.files import read_each, read_whole, size, sizes, write_whole
from schemas import jsontext

ENTRIES = "_manifest"
SEALED = "manifest.json"


class ShardInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One shard: its number and file name, its rows, bytes and sha256, and the inputs it was made from, by any name."""

    shard: int
    file: Annotated[str, Meta(pattern=r"\A\d{5,20}\.parquet\Z")]  # a name, never a way out of the folder
    rows: int
    bytes: int
    sha256: str
    inputs: tuple[str, ...] = ()


class SealedStage(msgspec.Struct, frozen=True, kw_only=True):
    """A finished stage: which key is the current one, and all its shards in order."""

    stage: str
    record: str
    schema_version: int
    key: Annotated[str, Meta(pattern=r"\A[0-9a-f]{16}\Z")]  # names the folder of the shards
    shards: tuple[ShardInfo, ...]


def enter(folder: str, info: ShardInfo) -> None:
    """Enters a shard, once its file is in place."""
    write_whole(f"{folder}/{entry_file(info.shard)}", _json_bytes(info))


def entry_file(shard: int) -> str:
    """The file of a shard's entry, in the folder of the shards."""
    return f"{ENTRIES}/{shard:05}.json"


def entry(folder: str, shard: int) -> ShardInfo | None:
    """The entry of one shard, or None where it is not there or the file has another size than it says."""
    info = _read_entry(f"{folder}/{entry_file(shard)}")  # two files are looked at, however many shards there are
    return info if info is not None and size(f"{folder}/{info.file}") == info.bytes else None


def entries(folder: str) -> list[ShardInfo]:
    """The whole shards of a folder, by number."""
    files = sizes(folder)
    found = [info for info in read_entries(folder).values() if info is not None and files.get(info.file) == info.bytes]
    return sorted(found, key=lambda info: info.shard)


def read_entries(folder: str) -> dict[str, ShardInfo | None]:
    """Every entry by its file in the folder, whole shard or not; None where it is damaged."""
    names = [f"{ENTRIES}/{name}" for name in sizes(f"{folder}/{ENTRIES}") if name.endswith(".json")]
    return {name: _decoded(data) for name, data in read_each(folder, names).items() if data is not None}


def write_sealed(stage_folder: str, sealed: SealedStage) -> None:
    write_whole(f"{stage_folder}/{SEALED}", msgspec.json.format(_json_bytes(sealed), indent=1))


def read_sealed(stage_folder: str) -> SealedStage:
    """The manifest of a finished stage. Raises StoreError where it is damaged, FileNotFoundError for none."""
    url = f"{stage_folder}/{SEALED}"
    try:
        return checked(read_whole(url), SealedStage)
    except msgspec.DecodeError as error:
        raise StoreError(f"{url} is damaged ({error}): run again, which writes it anew") from error


def _read_entry(url: str) -> ShardInfo | None:
    try:
        return _decoded(read_whole(url))
    except FileNotFoundError:
        return None


def _decoded(data: bytes) -> ShardInfo | None:
    try:
        return checked(data, ShardInfo)
    except msgspec.DecodeError:
        return None


def _json_bytes(value: msgspec.Struct) -> bytes:
    return jsontext.encoded(with_check(value)) + b"\n"
