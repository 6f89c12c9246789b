"""Keys as they are stored: 16 bytes of a hash, compared as bytes, and cut by their first bits."""

from binascii import Error, hexlify, unhexlify
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.index.failures import IndexFailure

KEY_BYTES = 16
KEY = pa.binary(KEY_BYTES)

Keys = npt.NDArray[np.bytes_]
"""(n,) of 16 bytes each. NumPy takes zeros off the end of one that is looked at alone, and never of an array."""


def keys_of(texts: pa.Array | pa.ChunkedArray) -> Keys:
    """The keys that texts of 32 hex digits spell, such as `Task.canonical`. Raises IndexFailure for any other text."""
    column = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    try:
        return _spelt(column)
    except (Error, ValueError) as problem:
        odd = next((text for text in column.to_pylist() if not _is_key(text)), "")
        raise IndexFailure(f"{odd!r} is no key of an index: a key has 32 hex digits ({problem})") from None


def packed(texts: pa.Array) -> pa.Array:
    """Texts that are 32 small hex digits each, as tasks' ids are, in half the bytes; others as they are."""
    try:
        keys = _spelt(texts)
    except (Error, ValueError):
        return texts
    column = as_column(keys)
    return column if unpacked(column).equals(texts) else texts


def unpacked(column: pa.Array) -> pa.Array:
    """The texts that `packed` was given."""
    if column.type != KEY:
        return column
    text = hexlify(_of_array(column).tobytes())
    starts = np.arange(0, len(text) + 1, 2 * KEY_BYTES, dtype=np.int32)
    return pa.StringArray.from_buffers(len(column), pa.py_buffer(starts), pa.py_buffer(text))


def as_column(keys: Keys) -> pa.Array:
    return pa.FixedSizeBinaryArray.from_buffers(KEY, len(keys), [None, pa.py_buffer(keys.tobytes())])


def of_column(column: pa.ChunkedArray) -> Keys:
    """The keys of a column that `as_column` made."""
    chunks = [_of_array(chunk) for chunk in column.chunks]
    return np.concatenate(chunks) if chunks else np.zeros(0, dtype=f"S{KEY_BYTES}")


def part_of(keys: Keys, parts: int) -> npt.NDArray[np.int64]:
    """Which of the parts each key is in, by its first bits; `parts` is a power of two, 65,536 at most."""
    first = np.ascontiguousarray(keys).view(">u2").reshape(len(keys), KEY_BYTES // 2)[:, 0]
    return (first.astype(np.int64) * parts) >> 16


def parts_for(rows: int, rows_of_a_part: int) -> int:
    """How many parts: the fewest, a power of two, that hold no more than so many rows each, were they spread evenly."""
    needed = max(1, -(-rows // rows_of_a_part))
    return min(1 << (needed - 1).bit_length(), 1 << 16)


def _spelt(texts: pa.Array) -> Keys:
    joined = "".join(texts.to_pylist())
    if len(joined) != 2 * KEY_BYTES * len(texts):
        raise ValueError("there are too few or too many")
    return np.frombuffer(unhexlify(joined), dtype=f"S{KEY_BYTES}")


def _of_array(chunk: pa.Array) -> Keys:
    found: Any = np.frombuffer(chunk.buffers()[1], dtype=f"S{KEY_BYTES}")
    return found[chunk.offset : chunk.offset + len(chunk)]  # type: ignore[no-any-return]


def _is_key(text: str) -> bool:
    try:
        return len(unhexlify(text)) == KEY_BYTES
    except (Error, ValueError):
        return False
