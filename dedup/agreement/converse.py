"""The same relation told from its other end: Ann is 3 years older than Bob, Bob is 3 years younger than Ann."""

from dedup.agreement.facts import Fact
from dedup.text.vocabulary import RELATION

_CONVERSES = {"left": "right", "more": "less", "before": "after", "north": "south", "east": "west"}
_CONVERSE = _CONVERSES | {other: one for one, other in _CONVERSES.items()}
_LINKS = frozenset(("than", "of"))


def converse_slots(one: Fact, other: Fact) -> tuple[int, ...] | None:
    """The other's slots in the first's order, its two names exchanged, where it is the converse; else None.

    The clauses differ in the word of the relation alone and end with what it relates to ("older than Bob", "to the left
    of Bob", "before Bob"): "Ann arrived before Bob left" has no converse of that build.
    """
    mine, theirs = one.wording.split(" "), other.wording.split(" ")
    if len(mine) != len(theirs) or mine[-1] != "@" or len(one.arguments) != len(other.arguments):
        return None
    differing = [at for at, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b]
    names = [slot for slot, argument in enumerate(one.arguments) if argument.named]
    if len(differing) != 1 or len(names) != 2:
        return None
    at = differing[0]
    relation, told = RELATION.get(mine[at]), RELATION.get(theirs[at])
    if relation is None or _CONVERSE.get(relation) != told or not (at == len(mine) - 2 or mine[-2] in _LINKS):
        return None
    slots = list(range(len(one.arguments)))
    slots[names[0]], slots[names[1]] = names[1], names[0]
    return tuple(slots)
