"""Whole statements of a clause that are joined by one connective, as groups in any order."""

from collections.abc import Sequence

from dedup.text.groups import Group, Part, bracketed
from dedup.text.vocabulary import SEQUENCE, words

_STATE = words("be have live like")


def speech(parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    """What stands before a colon, and what after it."""
    for at, part in enumerate(parts):
        if part == ":":
            return parts[: at + 1], parts[at + 1 :]
    return (), parts


def statement(parts: Sequence[Part], depth: int) -> Group:
    """Whole statements joined by one connective, in any order; anything else stays as it is."""
    parts = list(bracketed(parts, depth, statement)) if "(" in parts else parts
    joints = {part for part in parts if part in _CONNECTIVES}
    if len(joints) == 1 and not joints & {"if", "->"}:
        (joint,) = joints
        statements: list[list[Part]] = [[]]
        for part in parts:
            if part == joint:
                statements.append([])
            elif part not in (",", "either"):
                statements[-1].append(part)
        if all(_states(one) for one in statements):
            return Group((joint, Group(tuple(Group(tuple(one), True) for one in statements), False)), True)
    return Group(tuple(parts), True)


_CONNECTIVES = frozenset(("iff", "and", "or", "if", "->"))


def _states(parts: Sequence[Part]) -> bool:
    if not parts or parts[0] in _STATE or any(part in SEQUENCE or part == "who" for part in parts):
        return False
    alone = len(parts) == 1 and not isinstance(parts[0], str)
    return alone or parts[0] == "~" or any(part in _STATE for part in parts)
