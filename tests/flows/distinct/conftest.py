"""Files of problems with duplicates, and an encoder of few weights."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.distinct.config import DistinctConfig
from pipeline.config import checked
from tests.encoders import save_random_encoder

NAMES = ["Ann", "Bob", "Carla", "Dan", "Eve", "Finn", "Greta", "Hugo"]


def problem(number: int, names: tuple[str, str] = ("Ann", "Bob")) -> dict[str, Any]:
    first, second = names
    text = (
        f"{first} has {number} apples. {first} gives {number % 7 + 2} of them to {second}. "
        f"How many apples does {first} have now?"
    )
    return {"question": text, "answer": str(number - number % 7 - 2), "meta": {"number": number, "tags": ["a", first]}}


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_random_encoder(tmp_path_factory.mktemp("encoder")))


@pytest.fixture(scope="session")
def config(encoder: str) -> DistinctConfig:
    return config_with(encoder)


def config_with(encoder: str, **changed: Any) -> DistinctConfig:
    semantic = {"encoder": encoder, "device": "cpu", "cosine": 0.5}
    return checked({"shard_size": 7, "semantic": semantic, "runner": {"kind": "threads"}, **changed}, DistinctConfig)


def write_lines(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    """20 distinct problems, then four with numbers of those that ask something else; then six with other names, and
    two copies, of which one has a key that no other row has."""
    own = [problem(number) for number in range(20, 40)]
    own += [
        {**problem(number), "question": f"{problem(number)['question'][:-5]} in a year?"} for number in range(30, 34)
    ]
    renamed = [problem(number, ("Greta", "Finn")) for number in range(20, 26)]
    return [*own, *renamed, own[3], {**own[4], "note": "again"}]
