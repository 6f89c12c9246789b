"""Pieces of work, one Prefect task each, a bounded number under way at once; such as each missing shard of a stage."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from flows.artifacts import progress
from flows.workers import Place
from pipeline.store import Stage

if TYPE_CHECKING:
    from prefect.futures import PrefectFuture

PieceT = TypeVar("PieceT")
ResultT = TypeVar("ResultT")


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
        for _ in side_by_side(missing, submit, place):
            advance(1, "")


def side_by_side(
    pieces: Iterable[PieceT], submit: "Callable[[PieceT], PrefectFuture[ResultT]]", place: Place
) -> Iterator[ResultT]:
    """What the pieces come to, whichever is done first; as many are under way as the place takes at once.

    Raises the first failure.
    """
    under_way: list[PrefectFuture[ResultT]] = []
    for piece in pieces:
        under_way.append(submit(piece))
        if len(under_way) >= place.at_once:
            yield take_first(under_way)
    while under_way:
        yield take_first(under_way)


def take_first(under_way: "list[PrefectFuture[ResultT]]") -> ResultT:
    """What is done first, waited for and taken off the list. Raises its failure."""
    from prefect.futures import as_completed  # commands that run no flow start without Prefect

    done = next(iter(as_completed(under_way)))
    result: ResultT = done.result()
    under_way.remove(done)
    return result


def say_ignored(stage: Stage[Any]) -> None:
    """Says which shards of another config or code version are kept and not used."""
    ignored = stage.ignored()
    if ignored:
        sys.stderr.write(
            f"{stage.name}: {len(ignored)} shards of another config or version are kept and not used, "
            f"the first is {ignored[0]}\n"
        )
