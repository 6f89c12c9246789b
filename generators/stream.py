"""Streams of tasks: a `Segment` names a run of items, and any part of it can be made anywhere, in any order."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from generators.family import Family, FamilyError, level_params, make_instance, task_id, task_of
from generators.registry import family_named
from pipeline.seeding import derived_seed, generator
from schemas import Message, Task


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """Items `start` to `stop` of one family's stream. Either a rung of the ladder or `params` off it (level 0).

    `styles` are drawn from for each item, the same for the same item; empty means the family's default. Before each
    prompt stand `examples` solved ones of other problems of the rung, as earlier turns of the chat: they show a small
    model what an answer looks like, and where they are `worked` also what stands before one, a step a line.
    """

    family: str
    level: int
    seed: int
    start: int
    stop: int
    params: dict[str, Any] = {}
    styles: tuple[str, ...] = ()
    examples: int = 0
    worked: bool = False


def tasks_of(segment: Segment) -> Iterator[Task]:
    """The tasks of a segment, in order. Raises RegistryError, FamilyError."""
    family = family_named(segment.family)
    params = params_of(family, segment.level, segment.params)
    solved = _solved(family, params, segment)
    for index in range(segment.start, segment.stop):
        instance = make_instance(family, params, segment.seed, index)
        style = _style(segment, index)
        task = task_of(family, instance, params, segment.level, segment.seed, index, style)
        yield _after(solved, segment, task)


def shown_in(segment: Segment) -> list[Task]:
    """The solved problems that stand before the segment's prompts. Raises RegistryError, FamilyError."""
    family = family_named(segment.family)
    return _solved(family, params_of(family, segment.level, segment.params), segment)


def _solved(family: Family[Any, Any], params: Any, segment: Segment) -> list[Task]:
    """Different problems of a stream of their own: one more than is shown, for the task that is one of them."""
    wanted = segment.examples + 1 if segment.examples else 0
    seed = derived_seed(segment.seed, "examples")
    found: dict[str, Task] = {}
    for index in range(50 * wanted):
        if len(found) == wanted:
            break
        instance = make_instance(family, params, seed, index)
        task = task_of(family, instance, params, segment.level, seed, index, _style(segment, index))
        found.setdefault(task.canonical, task)
    if len(found) < wanted:
        raise FamilyError(f"{family.name} level {segment.level} has too few problems for {segment.examples} examples")
    return list(found.values())


def _after(solved: Sequence[Task], segment: Segment, task: Task) -> Task:
    """The task with solved ones before it, none of which is the same problem."""
    if not segment.examples:
        return task
    shown = [example for example in solved if example.canonical != task.canonical][: segment.examples]
    turns = [
        message
        for example in shown
        for message in (*example.prompt, Message("assistant", _solution(example, segment.worked)))
    ]
    prompt = (*turns, *task.prompt)
    return msgspec.structs.replace(task, id=task_id(task.family, task.version, task.payload, prompt), prompt=prompt)


def _solution(example: Task, worked: bool) -> str:
    """The gold answer in its mark; where it is worked, after the family's steps, as far as it has any."""
    family = family_named(example.family)
    steps = family.steps(msgspec.convert(example.payload, family.instance)) if worked and family.steps else ()
    return "\n".join([*steps, f"<answer>{example.answer}</answer>"])


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
