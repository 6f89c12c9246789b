"""What would break, or be a waste, if a plan were followed."""

from collections.abc import Iterator, Mapping, Sequence

from flows.compared import keys_at_once
from flows.config import RunConfig
from flows.plan.evidence import Seen
from pipeline.costs.plan import TOTAL, CellPlan, Interval

MOST_SHARDS = 20_000
"""A stage of more files takes seconds to list, which is done several times; and each shard has an entry and a cost."""

FEWEST_NEW = 0.5

SCRATCH_BYTES = 130
"""Of a key, as it passes through the run's folder; measured by benchmarks/dedup_exact.py."""


def warnings_of(
    config: RunConfig,
    stages: Mapping[str, Mapping[str, Interval]],
    cells: Sequence[CellPlan],
    seen: Seen,
    free: int | None,
) -> Iterator[str]:
    """One sentence each, the worst first."""
    made = sum(cell.made for cell in cells)
    size = config.tasks.shard_size
    needed = stages[TOTAL]["bytes"]
    if free is not None and needed.expected > free:
        yield (
            f"the run needs about {needed.expected / 1e9:,.1f} GB and the disk of {config.output} has "
            f"{free / 1e9:,.1f} GB left"
        )
    if made / size > MOST_SHARDS:
        yield (
            f"{-(-made // size):,} shards a stage are slow to list: raise tasks.shard_size from {size:,} to "
            f"{_rounded(made / 5000):,} or so"
        )
    dry = sorted(
        (cell for cell in cells if cell.unique.expected < FEWEST_NEW * cell.made),
        key=lambda cell: cell.unique.expected / cell.made,
    )
    for cell in dry[:5]:
        yield (
            f"{_named(cell)} holds about {cell.problems.expected:,.0f} problems: {cell.made:,} tasks of it give about "
            f"{cell.unique.expected:,.0f} different ones"
        )
    if len(dry) > 5:
        yield f"{len(dry) - 5} further cells give fewer than half as many different tasks as are made of them"
    if made > (keys := keys_at_once(config)):
        yield (
            f"deduplication compares keys in {1 + made // keys:,} parts, which pass through the run's folder "
            f"({made * SCRATCH_BYTES / 1e9:,.1f} GB): dedup.memory allows for {keys:,} at a time"
        )
    if config.tasks.apart_from:
        yield "tasks.apart_from: how many tasks are problems of those files is not forecast"
    if config.dedup.index:
        yield f"dedup.index: how many tasks are problems that {config.dedup.index} has is not forecast"
    if config.model is not None:
        yield from _of_rollouts(config, stages, seen)
    if config.aim is not None and config.aim.candidates > 1:
        yield "what is gained by choosing among candidates is not forecast: those rolled out are thought drawn blindly"
    if config.runner.kind == "dask":
        yield "wall time is that of one engine: how many workers of the cluster hold the model is not known here"


def _of_rollouts(config: RunConfig, stages: Mapping[str, Mapping[str, Interval]], seen: Seen) -> Iterator[str]:
    assert config.model is not None
    tasks = sum(len(own) for own in seen.models[config.model.name].tasks.values())
    if tasks < 50:
        yield f"the rollouts are forecast from {tasks} tasks: a longer pilot (--pilot) narrows the intervals"
    budget = config.model.budget.tokens
    tokens = stages["rollouts"]["prompt_tokens"].expected + stages["rollouts"]["completion_tokens"].expected
    if budget is not None and tokens > budget:
        yield f"model.budget.tokens is {budget:,} and about {tokens:,.0f} tokens are needed: the run would stop there"


def _named(cell: CellPlan) -> str:
    return f"{cell.family} level {cell.level}" if cell.level else f"{cell.family} with {cell.params}"


def _rounded(value: float) -> int:
    digits: int = 10 ** (len(str(int(value))) - 1)
    return max(int(-(-value // digits)) * digits, 1)
