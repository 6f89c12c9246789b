"""Canonical JSON: one text for one value, so that it can be hashed and compared."""

import hashlib
import json
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")


def dumps(value: Any) -> str:
    """JSON with sorted keys and no spaces; structs and tuples allowed, NaN and infinities refused."""
    return encoded(value).decode()


def encoded(value: Any) -> bytes:
    """The text of `dumps` in UTF-8. Raises ValueError for what JSON can't hold, TypeError for keys that are no text."""
    text = _ENCODER.encode(value)
    if b"null" in text:  # None, or a NaN that was let through: only the slower writer tells them apart
        json.dumps(msgspec.to_builtins(value), allow_nan=False)
    return text


def digest(*values: Any) -> str:
    """32 hex digits of BLAKE2b over the canonical JSON of the values."""
    return hashlib.blake2b(encoded(values), digest_size=16).hexdigest()
