"""Streams of tasks: a `Segment` names a run of items, and any part of it can be made anywhere, in any order."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from generators.family import Family, FamilyError, level_params, make_instance, task_of
from generators.registry import family_named
from pipeline.seeding import generator
from schemas import Task


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """Items `start` to `stop` of one family's stream. Either a rung of the ladder or `params` off it (level 0).

    `styles` are drawn from for each item, the same for the same item; empty means the family's default.
    """

    family: str
    level: int
    seed: int
    start: int
    stop: int
    params: dict[str, Any] = {}
    styles: tuple[str, ...] = ()


def tasks_of(segment: Segment) -> Iterator[Task]:
    """The tasks of a segment, in order. Raises RegistryError, FamilyError."""
    family = family_named(segment.family)
    params = params_of(family, segment.level, segment.params)
    for index in range(segment.start, segment.stop):
        instance = make_instance(family, params, segment.seed, index)
        style = _style(segment, index)
        yield task_of(family, instance, params, segment.level, segment.seed, index, style)


def params_of(family: Family[Any, Any], level: int, params: dict[str, Any]) -> Any:
    """The rung's parameters, or those given for level 0. Raises FamilyError naming what is wrong."""
    if level:
        return level_params(family, level)
    try:
        return msgspec.convert(params, family.params)
    except (msgspec.ValidationError, ValueError) as failure:
        allowed = ", ".join(field.name for field in msgspec.structs.fields(family.params))
        raise FamilyError(f"{family.name} params: {failure}; allowed: {allowed}") from None


def cut(segments: Sequence[Segment], size: int) -> list[list[Segment]]:
    """The segments laid end to end and cut into shards of `size` items, the last one shorter."""
    shards: list[list[Segment]] = []
    room = 0
    for segment in segments:
        start = segment.start
        while start < segment.stop:
            if room == 0:
                shards.append([])
                room = size
            stop = min(segment.stop, start + room)
            shards[-1].append(msgspec.structs.replace(segment, start=start, stop=stop))
            room -= stop - start
            start = stop
    return shards


def _style(segment: Segment, index: int) -> str | None:
    if not segment.styles:
        return None
    return generator(segment.seed, "style", segment.family, segment.level, segment.params, index).choice(segment.styles)
