"""What is left of two texts when the clauses that are each other's, name by name, are taken away.

Most pairs that are worth a look are one template twice, or one text with a few phrases changed: what is left is little,
and it is all that has to be understood.
"""

from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from typing import NamedTuple

from dedup.agreement.facts import Argument, Fact
from dedup.agreement.usage import Same

_KEEPS = 24


class Remainder(NamedTuple):
    """`pairs` are each other's, `alike` (0 to 1) their shares of common words; `left` and `over` have no partner."""

    pairs: list[tuple[Fact, Fact]]
    alike: list[float]
    left: list[Fact]
    over: list[Fact]


def remainder(one: Sequence[Fact], other: Sequence[Fact], match: Callable[[Fact, Fact], Same | None]) -> Remainder:
    """Clauses that are equal are each other's, then those with equal arguments that `match`; linear."""
    pairs, left, over = _equal(one, other, lambda fact: fact.said)
    again, left, over = _equal(left, over, lambda fact: (fact.wording, fact.arguments))
    pairs += again
    alike = [1.0] * len(pairs)
    waiting: dict[tuple[Argument, ...], list[Fact]] = {}
    for fact in over:
        waiting.setdefault(tuple(sorted(fact.arguments)), []).append(fact)
    alone = []
    for fact in left:
        partners = waiting.get(tuple(sorted(fact.arguments)), []) if fact.arguments else []
        found = [(same, at) for at, partner in enumerate(partners[:_KEEPS]) if (same := _fits(fact, partner, match))]
        if found:
            same, at = max(found, key=lambda told: (told[0].alike, -told[1]))
            pairs.append((fact, partners.pop(at)))
            alike.append(same.alike)
        else:
            alone.append(fact)
    taken = {id(partner) for _, partner in pairs}
    return Remainder(pairs, alike, alone, [fact for fact in over if id(fact) not in taken])


def _equal(
    one: Sequence[Fact], other: Sequence[Fact], key: Callable[[Fact], Hashable]
) -> tuple[list[tuple[Fact, Fact]], list[Fact], list[Fact]]:
    """Clauses with equal keys, and those of either text that are left, in order."""
    spare: dict[Hashable, list[Fact]] = {}
    for fact in reversed(other):
        spare.setdefault(key(fact), []).append(fact)
    pairs, left = [], []
    for fact in one:
        if spare.get(key(fact)):
            pairs.append((fact, spare[key(fact)].pop()))
        else:
            left.append(fact)
    unused = {id(fact) for facts in spare.values() for fact in facts}
    return pairs, left, [fact for fact in other if id(fact) in unused]


def _fits(fact: Fact, other: Fact, match: Callable[[Fact, Fact], Same | None]) -> Same | None:
    same = match(fact, other)
    if same is None or any(fact.arguments[k] != other.arguments[slot] for k, slot in enumerate(same.slots)):
        return None
    return same


def in_order(pairs: Sequence[tuple[Fact, Fact]], counts: Callable[[Fact], bool]) -> bool:
    """Whether the blocks of the clauses that count stand in one order in both texts."""
    moved: dict[int, list[int]] = {}
    for fact, other in pairs:
        if counts(fact):
            moved.setdefault(fact.block, []).append(other.block)
    blocks = [moved[block] for block in sorted(moved)]
    return all(max(before) <= min(after) for before, after in pairwise(blocks))
