"""Labelled problems that nobody saw who made the methods: other generators and other prose than the corpus has.

    python -m benchmarks.dedup_heldout

Same records and same kinds as `benchmarks.dedup_corpus`, by the same planting.
"""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.dedup_corpus import Labelled, stored
from benchmarks.dedup_corpus.source import Source
from benchmarks.dedup_corpus.stories import story_source
from benchmarks.dedup_corpus.table import FOLDER
from benchmarks.dedup_heldout import generated, genres_first, voices_first


def first() -> list[Source[Any]]:
    prose = [
        story_source(genre, voices_first.VOICES[genre.name], voices_first.REWORDING[genre.name])
        for genre in genres_first.FIRST
    ]
    return [*prose, *generated.generated_sources(generated.FIRST)]


SETS: Mapping[str, Callable[[], list[Source[Any]]]] = {"first": first}


def held_out(name: str, size: int, seed: int = 0) -> list[Labelled]:
    """A set by its name in SETS, made once for a size and a seed."""
    return stored(size, seed, FOLDER.with_name(f"dedup_heldout_{name}"), SETS[name]())
