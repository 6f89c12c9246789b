"""What work takes once, in a process or a run, apart from what each row takes: a short run is mostly the first."""

from collections.abc import Sequence
from typing import NamedTuple

from flows.config import RunConfig
from pipeline.costs.record import CellCost

Units = list[tuple[float, float]]
"""(how much work, what it took) of each piece that was measured."""


class Work(NamedTuple):
    """CPU seconds `once`, and of each piece of work, in rows, besides."""

    once: float
    units: Units


class Usual(NamedTuple):
    """CPU seconds that work takes at most once, and for each row."""

    once: float
    each: float

    @property
    def work(self) -> Work:
        """Where nothing was measured: the rate is known as badly as ten rows would tell it."""
        return Work(self.once, [(10.0, 10 * self.each)])

    def apart(self, units: Units, processes: int = 1) -> Work:
        """What was measured, in so many processes: those pieces that took the most beyond the usual had it once.

        Where most of the time is thought to have been spent once, the rate is little known.
        """
        if not units:
            return self.work
        beyond = sorted(units, key=lambda unit: unit[1] - self.each * unit[0], reverse=True)
        first, others = beyond[:processes], beyond[processes:]
        once = [min(max(took - self.each * rows, 0.0), self.once) for rows, took in first]
        left = [(rows, took - spent) for (rows, took), spent in zip(first, once, strict=True)] + others
        if sum(once) > 0.5 * sum(took for _, took in units):
            rate = sum(took for _, took in left) / max(sum(rows for rows, _ in left), 1.0)
            left = [(10.0, 10 * rate)]
        return Work(sum(once) / len(once), left)


WRITING = Usual(0.5, 5e-5)
"""Writing shards of tasks: what benchmarks/plan.py shows of a first shard and of later ones."""

DEDUP = Usual(0.4, 4e-5)
"""By the 10^4 and 10^5 tasks of benchmarks/scale.py; the start as of a process that has yet to load all it needs."""

CHOOSING = Usual(0.2, 2e-4)
"""Selecting and making a curriculum: the start as of runs of a dozen tasks, the rate a guess that nothing measures."""


class Making(NamedTuple):
    """What tasks of a cell take in CPU seconds: `once` in each process, as much as `begins` further rows in each shard,
    and in `rows` that were made when all that was done, the sum and the sum of squares."""

    once: float
    begins: int
    rows: int
    seconds: float
    squares: float


def making_of(parts: Sequence[CellCost], examples: int) -> Making:
    """From the parts of shards that are of one cell; before each stand tasks made to have the examples to show."""
    begins = examples + 1 if examples else 0
    warm = [(part.warm_rows, part.warm_seconds, part.warm_squares) for part in parts if part.warm_rows]
    known = warm or [(part.rows, part.cpu_seconds, part.cpu_seconds**2 / max(part.rows, 1)) for part in parts]
    rows, seconds, squares = (sum(values) for values in zip(*known, strict=True)) if known else (0, 0.0, 0.0)
    rate = seconds / max(rows, 1)
    early = [part.cpu_seconds - part.warm_seconds - (part.rows - part.warm_rows + begins) * rate for part in parts]
    return Making(max([0.0, *early]) if warm else 0.0, begins, int(rows), seconds, squares)


def processes_of(config: RunConfig) -> int:
    """How many processes make tasks; of a Dask cluster, as many as the config's workers."""
    return 1 if config.runner.kind == "threads" else config.workers
