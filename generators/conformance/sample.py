"""What the checks look at: items from every rung of a family, and how a finding is told."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from generators.evidence import Evidence
from generators.family import Family, level_params, make_instance, task_of
from generators.verify import verdict_on
from schemas import Task, Verdict


class Violation(NamedTuple):
    """A promise that a family breaks: which check, on which item (level 0: the family as a whole), and how."""

    check: str
    family: str
    level: int
    item: int
    detail: str

    def __str__(self) -> str:
        where = f"level {self.level} item {self.item}: " if self.level else ""
        return f"{self.family} [{self.check}] {where}{self.detail}"


@dataclass(frozen=True)
class Item:
    """One item: the instance as made, and its task."""

    level: int
    index: int
    instance: Any
    task: Task


@dataclass(frozen=True)
class Sample:
    """Items of one family, the rungs interleaved (all first items, then all second ones…), and a CPU budget a check."""

    evidence: Evidence[Any]
    items: tuple[Item, ...]
    seed: int
    seconds: float

    @property
    def family(self) -> Family[Any, Any]:
        return self.evidence.family

    def within_budget(self) -> Iterator[Item]:
        """One item of every rung at least, then as many more as the CPU budget allows."""
        start = time.process_time()
        for position, item in enumerate(self.items):
            if position >= len(self.family.levels) and time.process_time() - start > self.seconds:
                return
            yield item

    def of_level(self, level: int) -> list[Item]:
        return [item for item in self.items if item.level == level]

    def verdict(self, item: Item, answer: str) -> Verdict:
        return verdict_on(self.family, item.instance, answer)


Finding = tuple[Item | None, str]
Check = Callable[[Sample], Iterator[Finding]]


def drawn(evidence: Evidence[Any], *, items: int, seed: int = 0, seconds: float = 2.0) -> Sample:
    """`items` items of every rung of the evidence's family, from one stream."""
    levels = range(1, len(evidence.family.levels) + 1)
    made = tuple(item_at(evidence.family, level, seed, index) for index in range(items) for level in levels)
    return Sample(evidence, made, seed, seconds)


def item_at(family: Family[Any, Any], level: int, seed: int, index: int) -> Item:
    params = level_params(family, level)
    instance = make_instance(family, params, seed, index)
    return Item(level, index, instance, task_of(family, instance, params, level, seed, index))


def shown(text: str, limit: int = 160) -> str:
    """A text as a short literal, for a finding."""
    return repr(text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)")
