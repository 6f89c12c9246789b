"""Every missing shard of a stage, one Prefect task each, a bounded number under way at once."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from flows.artifacts import progress
from flows.workers import Place
from pipeline.store import Stage

if TYPE_CHECKING:
    from prefect.futures import PrefectFuture


def each_missing(
    stage: Stage[Any], shards: Sequence[int], title: str, submit: "Callable[[int], PrefectFuture[Any]]", place: Place
) -> None:
    """Submits those of the shards that are missing, in order, as many under way as the place takes at once.

    Raises the first failure.
    """
    missing = sorted(set(stage.missing()).intersection(shards))
    with progress(title, len(shards), "shards") as advance:
        if len(missing) < len(shards):
            advance(len(shards) - len(missing), "already there")
        under_way: list[PrefectFuture[Any]] = []
        for shard in missing:
            under_way.append(submit(shard))
            if len(under_way) >= place.at_once:
                take_first(under_way)
                advance(1, "")
        while under_way:
            take_first(under_way)
            advance(1, "")


def take_first(under_way: "list[PrefectFuture[Any]]") -> None:
    """Waits for whichever is done first, and takes it off the list. Raises its failure."""
    from prefect.futures import as_completed  # commands that run no flow start without Prefect

    done = next(iter(as_completed(under_way)))
    done.result()
    under_way.remove(done)


def say_ignored(stage: Stage[Any]) -> None:
    """Says which shards of another config or code version are kept and not used."""
    ignored = stage.ignored()
    if ignored:
        sys.stderr.write(
            f"{stage.name}: {len(ignored)} shards of another config or version are kept and not used, "
            f"the first is {ignored[0]}\n"
        )
