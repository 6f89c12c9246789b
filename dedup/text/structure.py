"""A masked clause as a tree: what is in order, and what may stand in any order ("A and B", 2x + 3y)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from dedup.text.calculations import CALCULATION, calculations
from dedup.text.enumerations import JOINTS, enumerations
from dedup.text.groups import Group, Part
from dedup.text.statements import speech, statement
from dedup.text.vocabulary import words


class Habits(NamedTuple):
    """What the text says that counts for all its clauses."""

    sorts: bool = False
    """The problem is to sort what it lists."""

    both_ways: bool = False
    """A - B is a link without direction."""


_ORDER_COUNTS = words("order respectively sequence rank clockwise turn finish queue vs")
_EDGES = ("edge", ":", "[")
"""What a list of edges begins with: a graph is the same in whichever order they stand."""


def structured(tokens: Sequence[str | int], habits: Habits) -> Group:
    """The tokens of a masked clause with sums, products, enumerations of entities and joined statements unordered."""
    said = {token for token in tokens if isinstance(token, str)}
    parts: list[Part] = list(tokens)
    if "[" in said and tuple(tokens[:3]) == _EDGES and tokens[-1] == "]":
        edges = tuple(Group(tuple(edge), True) for edge in _members(tokens[3:-1]))
        return Group((*_EDGES, Group(edges, False)), True)
    if "-" in said and (habits.both_ways or "|" in said):
        parts = list(_links(parts, habits.both_ways))
    elif not said.isdisjoint(CALCULATION):
        parts = list(calculations(tokens))
    if "," in said and tokens[0] == "|":
        parts = list(_cells(parts))
    elif "," in said and "(" in said:
        parts = _facts(parts)
    if not said.isdisjoint(JOINTS) and (habits.sorts or not _in_order(said, tokens)):
        parts = list(enumerations(parts, habits.sorts, "all" in said))
    if "iff" in said or "and" in said or "or" in said:
        before, body = speech(parts)
        return Group((*before, statement(body, 0)), True)
    return Group(tuple(parts), True)


def _in_order(said: set[str], tokens: Sequence[str | int]) -> bool:
    """Whether the clause speaks of an order that its enumerations may stand in."""
    if not said.isdisjoint(_ORDER_COUNTS):
        return True
    if {"left", "right"} <= said and any(
        one in ("left", "right") and two == "to" and three in ("left", "right")
        for one, two, three in zip(tokens, tokens[1:], tokens[2:], strict=False)
    ):
        return True
    return "row" in said and any(one == "in" and two == "row" for one, two in pairwise(tokens))


def _links(parts: Sequence[Part], everywhere: bool) -> Iterator[Part]:
    """The parts with each "A - B" of two entities, or only each "|A - B|", as a group in any order."""
    skip = 0
    for at, part in enumerate(parts):
        two = parts[at : at + 3]
        if skip:
            skip -= 1
        elif (
            isinstance(part, int)
            and len(two) == 3
            and two[1] == "-"
            and isinstance(two[2], int)
            and (everywhere or (parts[at - 1] == "|" and parts[at + 3 : at + 4] == ["|"]))
        ):
            yield Group(("-", Group((part, two[2]), False)), True)
            skip = 2
        else:
            yield part


def _cells(parts: Sequence[Part]) -> Iterator[Part]:
    """A row of a table with the members of each cell in any order, where all of them speak of an entity."""
    cell: list[Part] = []
    for part in (*parts, "|"):
        if part != "|":
            cell.append(part)
            continue
        members = _members(cell)
        if len(members) > 1 and all(any(isinstance(one, int) for one in member) for member in members):
            yield Group(tuple(Group(tuple(member), True) for member in members), False)
        else:
            yield from cell
        yield "|"
        cell = []


def _facts(parts: Sequence[Part]) -> list[Part]:
    """A clause that is nothing but "p(A), q(B, C)" as its members in any order."""
    members = _members(parts)
    if len(members) < 2 or not all(_is_fact(member) for member in members):
        return list(parts)
    return [Group(tuple(Group(tuple(member), True) for member in members), False)]


def _members(parts: Sequence[Part]) -> list[list[Part]]:
    """What stands between the commas that are in no brackets."""
    members: list[list[Part]] = [[]]
    level = 0
    for part in parts:
        if part == "," and not level:
            members.append([])
            continue
        level += (part == "(") - (part == ")")
        members[-1].append(part)
    return members


def _is_fact(member: Sequence[Part]) -> bool:
    return len(member) > 3 and isinstance(member[0], str) and member[1] == "(" and member[-1] == ")"
