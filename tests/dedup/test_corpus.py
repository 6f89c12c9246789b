"""The gate: what is found of a fixed labelled corpus, and that nothing distinct is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.dedup_corpus import Labelled, corpus, our_sources
from benchmarks.dedup_ours import METHODS
from benchmarks.dedup_score import scored

SIZE = 600

Scores = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def documents() -> list[Labelled]:
    return corpus(SIZE, seed=4, sources=our_sources())


@pytest.fixture(scope="module")
def scores(documents: list[Labelled], tmp_path_factory: pytest.TempPathFactory) -> Scores:
    def of(method: str) -> dict[str, Any]:
        folder: Path = tmp_path_factory.mktemp("corpus")
        seen = [one for one in documents if one.document.canonical or not method.startswith("canonical")]
        return scored(seen, METHODS[method](documents, folder)())

    return of


@pytest.mark.parametrize("method", ["canonical", "canonical, keys made"])
def test_canonical_keys_find_all_and_nothing_else(scores: Scores, method: str) -> None:
    told = scores(method)
    assert told["documents"] - told["problems"] == told["removed"] == 106
    assert (told["precision"], told["recall"], told["lost"]) == (1.0, 1.0, 0)


def test_text_keys_find_what_is_renamed_or_reordered_and_nothing_else(scores: Scores) -> None:
    told = scores("text key")
    assert (told["precision"], told["lost"]) == (1.0, 0)
    assert told["found"]["copy"] == told["found"]["noise"] == 1.0
    assert told["recall_readable"] >= 0.7


def test_texts_are_decided_by_structure(scores: Scores) -> None:
    told = scores("text, no encoder")
    assert told["precision"] >= 0.98
    assert told["lost_share"] <= 0.005
    assert told["recall_readable"] >= 0.72
