"""The corpus as a Parquet file, so that it is made once."""

from pathlib import Path

import msgspec
import polars as pl

from benchmarks.dedup_corpus.planting import Labelled, corpus

FOLDER = Path("outputs/dedup_corpus")


def stored(size: int, seed: int = 0, folder: Path = FOLDER) -> list[Labelled]:
    """The corpus, read from its file in `folder`, which is made where it is not there yet."""
    path = folder / f"{size}-{seed}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        written(corpus(size, seed), path)
    return read(path)


def written(documents: list[Labelled], path: Path) -> None:
    """A row for each document: its columns, then those of its labels."""
    labels = [msgspec.to_builtins(one) for one in documents]
    pl.DataFrame([label.pop("document") | label for label in labels]).write_parquet(path)


def read(path: Path) -> list[Labelled]:
    rows = pl.read_parquet(path).to_dicts()
    return [msgspec.convert(row | {"document": row}, Labelled) for row in rows]
