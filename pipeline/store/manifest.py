"""What is known of each shard, in one small file a shard, so that any number of writers never share a file."""

import msgspec

from pipeline.store.files import StoreError, read_whole, size, sizes, write_whole
from schemas import jsontext

ENTRIES = "_manifest"
SEALED = "manifest.json"


class ShardInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One shard: its number and file name, its rows, bytes and sha256, and the inputs it was made from, by any name."""

    shard: int
    file: str
    rows: int
    bytes: int
    sha256: str
    inputs: tuple[str, ...] = ()


class SealedStage(msgspec.Struct, frozen=True, kw_only=True):
    """A finished stage: which key is the current one, and all its shards in order."""

    stage: str
    record: str
    schema_version: int
    key: str
    shards: tuple[ShardInfo, ...]


def enter(folder: str, info: ShardInfo) -> None:
    """Enters a shard, once its file is in place."""
    write_whole(f"{folder}/{ENTRIES}/{info.shard:05}.json", _json_bytes(info))


def entry(folder: str, shard: int) -> ShardInfo | None:
    """The entry of one shard, or None where it is not there or the file has another size than it says."""
    info = _read_entry(f"{folder}/{ENTRIES}/{shard:05}.json")  # two files are looked at, however many shards there are
    return info if info is not None and size(f"{folder}/{info.file}") == info.bytes else None


def entries(folder: str) -> list[ShardInfo]:
    """The whole shards of a folder, by number."""
    files = sizes(folder)
    names = [name for name in sizes(f"{folder}/{ENTRIES}") if name.endswith(".json")]
    found = [info for name in names if (info := _read_entry(f"{folder}/{ENTRIES}/{name}")) is not None]
    return sorted((info for info in found if files.get(info.file) == info.bytes), key=lambda info: info.shard)


def write_sealed(stage_folder: str, sealed: SealedStage) -> None:
    write_whole(f"{stage_folder}/{SEALED}", msgspec.json.format(_json_bytes(sealed), indent=1))


def read_sealed(stage_folder: str) -> SealedStage:
    """The manifest of a finished stage. Raises StoreError where it is damaged, FileNotFoundError for none."""
    url = f"{stage_folder}/{SEALED}"
    try:
        return msgspec.json.decode(read_whole(url), type=SealedStage)
    except msgspec.DecodeError as error:
        raise StoreError(f"{url} is damaged ({error}): delete it and run again, no shard is made anew") from error


def _read_entry(url: str) -> ShardInfo | None:
    try:
        return msgspec.json.decode(read_whole(url), type=ShardInfo)
    except (msgspec.DecodeError, FileNotFoundError):
        return None


def _json_bytes(value: msgspec.Struct) -> bytes:
    return jsontext.dumps(value).encode() + b"\n"
