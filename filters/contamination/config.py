"""What a run is kept apart from, and how that is decided."""

from collections import Counter
from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.config import Section
from pipeline.documents import Columns


class BenchmarkConfig(Section):
    """One benchmark: its items, in any files that can be read as problems."""

    name: str = Field(min_length=1, max_length=100, description="what hits and reports call it")
    path: list[str] = Field(
        min_length=1, description="files, folders or globs of JSON lines, Parquet, saved datasets, or runs"
    )
    columns: Columns = Field(Columns(), description="where the item's text and answer are, if not where most have them")


class RulesConfig(Section):
    """When a problem is an item of a benchmark."""

    usual: float = Field(
        0.01,
        gt=0,
        le=1,
        description="word sequences in more than this share of a source's problems belong to its template and count "
        "for nothing; the same within the benchmark",
    )
    near: float = Field(
        0.5,
        gt=0,
        le=1,
        description="share of an item's other word sequences that a problem has, to be compared with it",
    )
    semantic: bool = Field(True, description="also compares what means nearly the same, by an encoder")
    encoder: str = Field("all-minilm-l6-v2", description="a packaged sentence encoder, a folder, or a hub id")
    cosine: float = Field(0.7, gt=0, lt=1, description="least cosine of what is compared for its meaning")
    neighbours: int = Field(
        5, ge=1, le=100, description="nearest items that a problem is compared with for its meaning"
    )


class ContaminationConfig(Section):
    """Benchmarks that no task of a run may be of."""

    benchmarks: list[BenchmarkConfig] = Field([], description="none: nothing is compared")
    on_hit: Literal["drop", "flag"] = Field(
        "drop", description="drop: such tasks are removed; flag: they stay, and are written down as hits"
    )
    rules: RulesConfig = Field(RulesConfig(), description="when a task is an item of a benchmark")

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for name, count in Counter(each.name for each in self.benchmarks).items():
            if count > 1:
                raise ValueError(f"benchmarks: {count} are called {name!r}: give each a name of its own")
        return self
