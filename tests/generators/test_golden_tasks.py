"""The same numbers make the same tasks, on every machine and Python: a drift here is a new family version.

    python tests/generators/test_golden_tasks.py

writes the file anew, for a family whose `version` was raised.
"""

import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from generators.family import make_task
from generators.registry import BUNDLED, family_named

GOLDEN = Path(__file__).parent / "golden" / "tasks.json"


def fingerprints(name: str) -> dict[str, str]:
    """sha256 of the first two tasks of every rung, as JSON, with the family's version."""
    family = family_named(name)
    found = {"version": str(family.version)}
    for level in range(1, len(family.levels) + 1):
        tasks = [make_task(family, level=level, seed=2026, index=index) for index in range(2)]
        found[str(level)] = hashlib.sha256(msgspec.json.encode(tasks)).hexdigest()[:16]
    return found


@pytest.mark.parametrize("name", BUNDLED)
def test_the_tasks_of_a_version_stay_as_they_were(name: str) -> None:
    assert fingerprints(name) == json.loads(GOLDEN.read_text())[name]


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps({name: fingerprints(name) for name in BUNDLED}, indent=1) + "\n")
