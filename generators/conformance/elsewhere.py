"""Same, elsewhere: other processes, under other hash seeds and in another order, make the same bytes.

Run as `python -m generators.conformance.elsewhere ITEMS FAMILY…`, prints {family: digest of its tasks}.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

from generators.conformance.sample import Violation, item_at
from generators.registry import family_named
from schemas import jsontext

CHECK = "same: other processes make the same bytes"


def violations_elsewhere(
    names: Sequence[str], *, items: int = 2, hash_seeds: Sequence[int] = (1, 4242)
) -> Iterator[Violation]:
    """Families by registered name whose tasks differ between two processes with different PYTHONHASHSEEDs.

    Raises subprocess.CalledProcessError when a family cannot be made there at all.
    """
    first, *others = [_digests_elsewhere(names, items, seed, backwards=bool(at)) for at, seed in enumerate(hash_seeds)]
    for name in names:
        if any(other[name] != first[name] for other in others):
            yield Violation(CHECK, name, 0, 0, f"under the hash seeds {tuple(hash_seeds)} its tasks differ")


def digests(names: Sequence[str], items: int) -> dict[str, str]:
    """A digest of the first items of every rung of each family, made in the order of the names."""
    return {name: _digest(name, items) for name in names}


def _digest(name: str, items: int) -> str:
    family = family_named(name)
    levels = range(1, len(family.levels) + 1)
    return jsontext.digest([item_at(family, level, 0, index).task for level in levels for index in range(items)])


def _digests_elsewhere(names: Sequence[str], items: int, hash_seed: int, *, backwards: bool) -> dict[str, str]:
    ordered = [*names][::-1] if backwards else [*names]
    command = [sys.executable, "-m", __name__, str(items), *ordered]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    digest_of: dict[str, str] = json.loads(done.stdout)
    return digest_of


if __name__ == "__main__":
    print(json.dumps(digests(sys.argv[2:], int(sys.argv[1]))))
