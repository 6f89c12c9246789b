"""A row of ours is known by family and payload, wherever a trainer's format keeps them; any other row is not."""

from typing import Any

import msgspec
import pytest

from generators.family import make_task
from generators.recognised import canonical_of
from generators.registry import family_named
from schemas import jsontext

TASK = make_task(family_named("grids.sudoku"), level=1, seed=4, index=2)
OURS = {"family": TASK.family, "version": TASK.version, "payload": TASK.payload}
AS_TEXT = OURS | {"payload": jsontext.dumps(TASK.payload)}


@pytest.mark.parametrize(
    "row",
    [
        msgspec.to_builtins(TASK),
        AS_TEXT,
        {"prompt": "?", "extra_info": AS_TEXT},
        {"input": "?", "label": jsontext.dumps(AS_TEXT)},
        {"question": "?", "info": OURS},
    ],
)
def test_our_rows_are_known_in_every_format(row: dict[str, Any]) -> None:
    assert canonical_of(row) == TASK.canonical


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"family": "no.such", "payload": {"a": 1}},
        {"family": TASK.family, "payload": {"a": 1}},
        {"family": TASK.family, "payload": "{" * 10_000},
        {"family": TASK.family, "payload": None},
        {"family": 7, "payload": TASK.payload},
        {"label": 3, "extra_info": "family"},
    ],
)
def test_other_rows_are_not(row: dict[str, Any]) -> None:
    assert canonical_of(row) == ""
