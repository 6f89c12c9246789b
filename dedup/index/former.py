"""The problems of former runs, by an index: what is `Known` to a run that compares its tasks."""

from dataclasses import dataclass

import polars as pl

from dedup.index.index import Index


@dataclass(frozen=True)
class FormerRuns:
    """Batches of an index; one of `dedup.exact.Known`. Picklable."""

    index: Index
    batches: tuple[str, ...]

    @property
    def key(self) -> object:
        return self.batches

    def __call__(self, canonical: pl.Series) -> pl.DataFrame:
        found = self.index.seen(canonical.to_arrow(compat_level=pl.CompatLevel.oldest()), self.batches)
        titles = self.index.titles() if found.height else {}
        return found.select("place", "id", seen_in=pl.col("batch").replace_strict(titles, return_dtype=pl.String))
