"""The corpus as a Parquet file, so that it is made once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from benchmarks.dedup_corpus.planting import Labelled, corpus
from benchmarks.dedup_corpus.source import Source

FOLDER = Path("outputs/dedup_corpus")


def stored(
    size: int, seed: int = 0, folder: Path = FOLDER, sources: Sequence[Source[Any]] | None = None
) -> list[Labelled]:
    """The corpus, of other sources where given, read from its file in `folder`, which is made where it is not there."""
    path = folder / f"{size}-{seed}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        written(corpus(size, seed, sources), path)
    return read(path)


def written(documents: list[Labelled], path: Path) -> None:
    """A row for each document: its columns, then those of its labels."""
    labels = [msgspec.to_builtins(one) for one in documents]
    pl.DataFrame([label.pop("document") | label for label in labels]).write_parquet(path)


def read(path: Path) -> list[Labelled]:
    rows = pl.read_parquet(path).to_dicts()
    return [msgspec.convert(row | {"document": row}, Labelled) for row in rows]
