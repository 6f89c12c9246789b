"""The corpus as a Parquet file, so that it is made once."""

from pathlib import Path

import msgspec
import polars as pl

from benchmarks.dedup_corpus.planting import Labelled, corpus
from schemas.document import Document

FOLDER = Path("outputs/dedup_corpus")


def stored(size: int, seed: int = 0, folder: Path = FOLDER) -> list[Labelled]:
    """The corpus, read from its file in `folder`, which is made where it is not there yet."""
    path = folder / f"{size}-{seed}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        written(corpus(size, seed), path)
    return read(path)


def written(documents: list[Labelled], path: Path) -> None:
    """A row for each document: its columns, then `problem`, `kind` and `of`."""
    rows = [msgspec.to_builtins(one.document) | {"problem": one.problem, "kind": one.kind, "of": one.of}
            for one in documents]  # fmt: skip
    pl.DataFrame(rows).write_parquet(path)


def read(path: Path) -> list[Labelled]:
    return [
        Labelled(
            problem=row.pop("problem"), kind=row.pop("kind"), of=row.pop("of"), document=msgspec.convert(row, Document)
        )
        for row in pl.read_parquet(path).to_dicts()
    ]
