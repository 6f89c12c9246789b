"""Same: an item depends on (family, version, params, seed, index) alone, and survives being written down."""

import json
import random
from collections.abc import Iterator, Sequence
from itertools import combinations

import msgspec

from generators.conformance.sample import Finding, Item, Sample, item_at
from schemas import Task, from_table, to_table

STREAM = 8


def round_trips(sample: Sample) -> Iterator[Finding]:
    """The payload comes back from JSON as the same instance, the task from Arrow as the same record."""
    for item in sample.items:
        payload = json.loads(json.dumps(item.task.payload))
        try:
            if msgspec.convert(payload, sample.family.instance) != item.instance:
                yield item, "the payload read back from JSON is another instance"
        except msgspec.ValidationError as failure:
            yield item, f"the payload cannot be read back from JSON: {failure}"
    tasks = [item.task for item in sample.items]
    for item, task in zip(sample.items, from_table(to_table(tasks, Task), Task), strict=True):
        if task != item.task:
            yield item, "the task read back from Arrow is another task"


def history_does_not_matter(sample: Sample) -> Iterator[Finding]:
    """The items made again in reverse order, under another global random state, are the same tasks."""
    state = random.getstate()
    try:
        for item in reversed(list(sample.within_budget())):
            random.seed(item.index + 12345)
            before = random.getstate()
            again = item_at(sample.family, item.level, sample.seed, item.index)
            if again.task != item.task:
                yield item, "made again in another order, this item is another task"
            if random.getstate() != before:
                yield item, "making this item draws from the global random state"
    finally:
        random.setstate(state)


def streams_are_disjoint(sample: Sample) -> Iterator[Finding]:
    """Streams of other seeds and of the neighbouring rung share no more tasks than chance repeats within a stream."""
    rungs = len(sample.family.levels)
    for level in sorted({1, (rungs + 1) // 2, rungs}):
        own = [item_at(sample.family, level, sample.seed, index) for index in range(STREAM)]
        others = {f"seed {seed}": (level, seed) for seed in (sample.seed + 1, sample.seed + 2)}
        others["the next rung"] = (level % rungs + 1, sample.seed)
        for name, (other_level, seed) in others.items():
            other = [item_at(sample.family, other_level, seed, item.index) for item in own]
            shared, repeated = _equal_pairs(own, other), _equal_pairs(own, own) - len(own)
            if shared > 2 * repeated + 3:
                yield own[0], f"its stream and that of {name} share {shared} pairs of tasks; by itself {repeated}"


def style_is_not_the_problem(sample: Sample) -> Iterator[Finding]:
    """Styles differ in the prompt; and statement, gold, features and canonical form are functions."""
    family = sample.family
    alike = list(combinations(family.styles, 2))
    for item in sample.within_budget():
        prompts = {style: family.statement(item.instance, style) for style in family.styles}
        alike = [(one, two) for one, two in alike if prompts[one] == prompts[two]]
        if any(family.statement(item.instance, style) != text for style, text in prompts.items()):
            yield item, "the statement differs when it is asked for again"
        copy = msgspec.convert(msgspec.to_builtins(item.instance), family.instance)
        if (family.gold(copy), family.canonical(copy)) != (item.task.answer, family.canonical(item.instance)):
            yield item, "a copy of the instance has another gold answer or canonical form"
    for one, two in alike:
        yield None, f"the styles {one} and {two} are the same on every item"


def _equal_pairs(first: Sequence[Item], second: Sequence[Item]) -> int:
    return sum(one.task.id == two.task.id for one in first for two in second)
