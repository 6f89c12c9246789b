"""Parquet's Bloom filters, asked: pyarrow writes them and says where they are, and asks none itself.

A filter is blocks of 256 bits, eight words of 32. A key's xxHash-64 chooses the block by its upper half and, by its
lower half times eight salts, one bit of each word; a key that was put in has all eight set (Apache Parquet's
BloomFilter.md, "split block Bloom filters"; Putze, Sanders and Singler, 2007).
"""

import numpy as np
import numpy.typing as npt

from dedup.index.keys import KEY_BYTES, Keys

_BLOCK_BYTES = 32
_SALTS = np.array(
    [0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31], dtype=np.uint32
)
_P1, _P2, _P3 = (np.uint64(prime) for prime in (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
_P4, _P5 = np.uint64(0x85EBCA77C2B2AE63), np.uint64(0x27D4EB2F165667C5)


def may_hold(filter_bytes: bytes, keys: Keys) -> npt.NDArray[np.bool_]:
    """Whether each key may be among those the filter was made of; False is certain.

    `filter_bytes` are the filter as it stands in the file: a header of a few bytes, then the bits.
    """
    size = 1 << (len(filter_bytes).bit_length() - 1)  # the bits are a power of two of bytes, the header is below 32
    blocks = np.frombuffer(filter_bytes, dtype="<u4", offset=len(filter_bytes) - size).reshape(-1, 8)
    hashes = xxhash64(keys)
    block = ((hashes >> np.uint64(32)) * np.uint64(size // _BLOCK_BYTES)) >> np.uint64(32)
    lower = hashes.astype(np.uint32)[:, None]  # (keys, 1)
    bits = np.uint32(1) << ((lower * _SALTS) >> np.uint32(27))  # (keys, 8)
    return np.asarray(((blocks[block] & bits) != 0).all(axis=1))


def xxhash64(keys: Keys) -> npt.NDArray[np.uint64]:
    """xxHash-64 with seed 0 of each key's 16 bytes (the xxHash specification, for inputs below 32 bytes)."""
    lanes = np.ascontiguousarray(keys).view("<u8").reshape(len(keys), KEY_BYTES // 8).astype(np.uint64)
    found = np.full(len(keys), _P5 + np.uint64(KEY_BYTES))
    for lane in lanes.T:
        found = _rotated(found ^ (_rotated(lane * _P2, 31) * _P1), 27) * _P1 + _P4
    found = (found ^ (found >> np.uint64(33))) * _P2
    found = (found ^ (found >> np.uint64(29))) * _P3
    return found ^ (found >> np.uint64(32))


def _rotated(values: npt.NDArray[np.uint64], by: int) -> npt.NDArray[np.uint64]:
    return (values << np.uint64(by)) | (values >> np.uint64(64 - by))
