"""Canonical JSON: one text for one value, so that it can be hashed and compared."""

import hashlib
import json
from typing import Any

import msgspec


def dumps(value: Any) -> str:
    """JSON with sorted keys and no spaces; structs and tuples allowed, NaN and infinities refused."""
    return json.dumps(
        msgspec.to_builtins(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(*values: Any) -> str:
    """32 hex digits of BLAKE2b over the canonical JSON of the values."""
    return hashlib.blake2b(dumps(values).encode(), digest_size=16).hexdigest()
