"""Random generators keyed by what they are for: (seed, purpose, index), hashed, never added."""

import hashlib
import random

from schemas import jsontext


def derived_seed(seed: int, *purpose: object) -> int:
    """A 63-bit seed from a seed and any JSON values: equal on every machine, whatever PYTHONHASHSEED."""
    text = jsontext.encoded([seed, *purpose])
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


def generator(seed: int, *purpose: object) -> random.Random:
    """A generator of its own for one purpose, e.g. `generator(7, "instance", "grids.sudoku", 12)`."""
    return random.Random(derived_seed(seed, *purpose))
