"""What all judged continuations of one tree say of its beginnings: one judge for labels, values, and what to ask next.

A beginning can come out right when anything that begins with it did, wherever in the tree that was seen. So of two
responses with the same beginning both have the same label there, and a beginning of a right beginning is right.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable

import msgspec

from generators.preferences.search.asking import Path
from generators.preferences.search.estimate import Estimate


class Evidence:
    """Estimates of the same beginning are pooled; what is exactly known of one outweighs them."""

    def __init__(self, estimates: Iterable[Estimate] = (), solved: Iterable[Path] = ()) -> None:
        self._pooled: dict[Path, Estimate] = {}
        self._right: list[Path] = []
        for estimate in estimates:
            self.add(estimate)
        for path in solved:
            self.solve(path)

    def add(self, estimate: Estimate) -> None:
        """One more estimate."""
        before = self._pooled.get(estimate.path)
        self._pooled[estimate.path] = estimate if before is None else _pooled(before, estimate)
        if estimate.successes:
            self.solve(estimate.path)

    def solve(self, path: Path) -> None:
        """A response, or a beginning of one, that came out right."""
        if not self.can_come_right(path):
            insort(self._right, path)

    def of(self, path: Path) -> Estimate | None:
        """The estimate of a beginning; None where it was never asked for, or nothing that was asked was decided."""
        found = self._pooled.get(path)
        return found if found is not None and found.visits else None

    @property
    def any_right(self) -> bool:
        return bool(self._right)

    def asked(self, path: Path) -> bool:
        """Whether there is an estimate of a beginning, be it of undecided continuations alone."""
        return path in self._pooled

    def can_come_right(self, path: Path) -> bool:
        """Whether a response, or a beginning, that came out right begins with the path."""
        place = bisect_left(self._right, path)
        return place < len(self._right) and self._right[place][: len(path)] == path

    def pooled(self) -> list[Estimate]:
        """An estimate for each beginning that was asked for, in the order of the first."""
        return list(self._pooled.values())


def _pooled(one: Estimate, other: Estimate) -> Estimate:
    if one.by != "continuations" or other.by != "continuations":
        return other if one.by == "continuations" else one
    return msgspec.structs.replace(one, successes=one.successes + other.successes, visits=one.visits + other.visits)
