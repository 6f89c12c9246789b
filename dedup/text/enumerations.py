"""Enumerations in a clause, "A, B and C", as groups in any order."""

from collections.abc import Iterator, Sequence

from dedup.text.groups import Group, Part
from dedup.text.vocabulary import COMMUTATIVE, words

JOINTS = frozenset((",", "and", "or"))
_BINDING = words("~ not ¬ - + * / ^ = < > <= >= -> 's")
"""Signs that take the one name beside them and not the list."""


def enumerations(parts: Sequence[Part], sorts: bool, every: bool) -> Iterator[Part]:
    """The parts with each "A, B and C" of entities as a group in any order.

    So are words where the problem is to sort them, numbers that are added or multiplied, and quoted words of a clause
    that speaks of all of them.
    """

    def listed(part: Part) -> bool:
        if not isinstance(part, str):
            return isinstance(part, int) or sorts
        if part in JOINTS:
            return False
        return sorts or (commutes and part[0].isdigit()) or (every and part[0] == '"')

    at = 0
    commutes = False
    while at < len(parts):
        end = at
        commutes = parts[at - 1] in _COMBINE if at == 1 else at > 1 and _combined(parts[at - 2], parts[at - 1])
        items: list[Part] = []
        joints: set[Part] = set()
        while end < len(parts) and listed(parts[end]):
            items.append(parts[end])
            after = end + 1
            while after < len(parts) and parts[after] in JOINTS:
                joints.add(parts[after])
                after += 1
            if after == end + 1 or after == len(parts) or not listed(parts[after]):
                end += 1
                break
            end = after
        if len(items) > 1 and (sorts or _stands_alone(parts, at, end, len(items))):
            yield Group(("or" if "or" in joints else "and", Group(tuple(items), False)), True)
            at = end
        else:
            yield parts[at]
            at += 1


def _stands_alone(parts: Sequence[Part], start: int, end: int, members: int) -> bool:
    """Whether a list is one of subjects or objects, and not the end of one statement and the beginning of another.

    In "Tom is older than Ann and Bob is younger" there is no list "Ann and Bob".
    """
    if start and parts[start - 1] in _BINDING:
        return False
    after = parts[end] if end < len(parts) else "."
    if after in _BINDING:
        return False
    if members > 2 or (start and parts[start - 1] in _AUXILIARY):
        return True
    if isinstance(after, str) and (not after.isalpha() or after in _AFTER_LIST):
        return True
    before = start
    while before and (parts[before - 1] in _BEFORE_LIST or str(parts[before - 1])[:1].isdigit()):
        before -= 1
    return before == 0 or parts[before - 1] in _OPENS_STATEMENT


_AFTER_LIST = words("and or in on at of with from to by for if unless but then each together when")
_BEFORE_LIST = words("each of both neither either only all exactly one at least most")
_AUXILIARY = words("do will can must could would")
_OPENS_STATEMENT = words(": ( , if then unless when while because whether but iff")


def _combined(before: Part, last: Part) -> bool:
    """Whether what follows is combined in any order: "the sum of", "add"."""
    return last in _COMBINE or (last == "of" and before in COMMUTATIVE) or (last == ":" and before == "number")


_COMBINE = words("add multiply using")
