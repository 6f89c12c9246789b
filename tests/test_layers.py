"""A room imports only rooms on lower floors, never one above it, and one beside it only where that is written here."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS = {
    "schemas": 1,
    "pipeline": 2,
    "generators": 3,
    "rubrics": 3,
    "dedup": 3,
    "filters": 4,
    "trainer": 5,
    "flows": 6,
}
NEIGHBOURS = {
    ("generators", "rubrics"),  # tasks that ask for a form are checked by the criteria of rubrics
    ("generators", "dedup"),  # a family says what the same problem is by the canonical labelling of dedup
}
BESIDE = {"tests", "benchmarks"}  # may import every room, and no room imports them


def violations(sources: Mapping[str, str]) -> list[str]:
    """What breaks the rule in files given by their paths: one sentence for each import, in order."""
    return [
        f"{path}:{line}: {room} (floor {FLOORS[room]}) may not import {other}"
        for path, source in sorted(sources.items())
        for room in [path.split("/")[0]]
        if room in FLOORS
        for line, other in imported_rooms(source)
        if other != room and not FLOORS.get(other, 99) < FLOORS[room] and (room, other) not in NEIGHBOURS
    ]


def imported_rooms(source: str) -> Iterator[tuple[int, str]]:
    """Line and room of each import of one of ours, wherever in the file it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
        elif isinstance(node, ast.Call) and _name(node.func) in {"import_module", "__import__"} and node.args:
            first = node.args[0]
            names = [first.value] if isinstance(first, ast.Constant) and isinstance(first.value, str) else []
        else:
            continue
        for name in names:
            room = name.split(".")[0]
            if room in FLOORS or room in BESIDE:
                yield node.lineno, room


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def project_sources() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text() for room in FLOORS for path in sorted((ROOT / room).rglob("*.py"))
    }


def test_rooms_import_only_lower_floors() -> None:
    assert violations(project_sources()) == []


def test_every_room_is_looked_at() -> None:
    looked_at = {path.split("/")[0] for path in project_sources()}
    assert looked_at == set(FLOORS)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - BESIDE <= set(FLOORS), "a new room needs a floor here"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("schemas/task.py", "import pipeline"),
        ("schemas/task.py", "import json, generators.registry as registry"),
        ("pipeline/store/run.py", "from filters.difficulty import decide"),
        ("pipeline/report.py", "def late():\n    from trainer import loop\n"),
        ("filters/difficulty.py", "if True:\n    import flows.run"),
        ("trainer/loop.py", "from importlib import import_module\nimport_module('flows.run')"),
        ("generators/family.py", "from filters.difficulty import decide"),
        ("dedup/canonical.py", "from generators.family import Family"),
        ("dedup/exact.py", "from rubrics import judges"),
        ("rubrics/scoring.py", "from generators.verify import verify"),
        ("trainer/loop.py", "from tests.trainer import tiny"),
        ("flows/run.py", "import benchmarks.generation"),
    ],
)
def test_a_planted_violation_is_caught(path: str, source: str) -> None:
    found = violations({path: source, "schemas/innocent.py": "import json"})
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")


def test_lower_floors_own_room_and_outside_code_are_free() -> None:
    allowed = {
        "schemas/__init__.py": "from schemas.task import Task\nimport pyarrow",
        "filters/difficulty.py": "from generators import verify\nfrom . import quality\nimport dedup.exact",
        "generators/instructions/form.py": "from rubrics.criteria.contract import Checker",
        "flows/run.py": "import trainer, filters, generators, rubrics, dedup, pipeline, schemas",
        "tests/test_layers.py": "import flows",
        "benchmarks/generation.py": "import flows",
    }
    assert violations(allowed) == []
