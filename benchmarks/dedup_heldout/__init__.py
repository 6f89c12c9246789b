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
from benchmarks.dedup_heldout import (
    generated_first,
    generated_second,
    genres_first,
    genres_second,
    voices_first,
    voices_second,
)
from benchmarks.dedup_heldout.generated import generated_sources
from benchmarks.dedup_heldout.steps import steps_source


def first() -> list[Source[Any]]:
    voices, rewording = voices_first.VOICES, voices_first.REWORDING
    prose = [story_source(genre, voices[genre.name], rewording[genre.name]) for genre in genres_first.FIRST]
    return [*prose, *generated_sources(generated_first.FIRST)]


def second() -> list[Source[Any]]:
    voices, rewording = voices_second.VOICES, voices_second.REWORDING
    prose = [story_source(genre, voices[genre.name], rewording[genre.name]) for genre in genres_second.SECOND]
    steps = steps_source(voices_second.STEPS, genres_second.PEOPLE)
    return [*prose, steps, *generated_sources(generated_second.SECOND)]


SETS: Mapping[str, Callable[[], list[Source[Any]]]] = {"first": first, "second": second}
"""Two sets that share no genre and no generator: what the first shows may be mended, and the second tells how things
stand with what is still unseen."""


def held_out(name: str, size: int, seed: int = 0) -> list[Labelled]:
    """A set by its name in SETS, made once for a size and a seed.

    A few generators of the package draw from Python sets: only with PYTHONHASHSEED=0 are two made alike.
    """
    return stored(size, seed, FOLDER.with_name(f"dedup_heldout_{name}"), SETS[name]())
