"""A masked clause as a tree: what is in order, and what may stand in any order ("A and B", 2x + 3y)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from dedup.text.vocabulary import COMMUTATIVE, SEQUENCE, words


class Group(NamedTuple):
    """Parts in order, or in any order. A part is a word, the number of an entity, or a group."""

    parts: "tuple[Part, ...]"
    ordered: bool


Part = str | int | Group


class Habits(NamedTuple):
    """What the text says that counts for all its clauses."""

    sorts: bool = False
    """The problem is to sort what it lists."""

    both_ways: bool = False
    """A - B is a link without direction."""


DEEPEST = 6
"""Brackets inside brackets that are looked into; deeper ones stay in order."""

_ORDER_COUNTS = words("order respectively sequence rank clockwise turn finish queue vs")
_CALCULATION = words("+ - * / ^ ( ) ± =")
_OPERATORS = words("+ - * / ^ =")
_BINDING = words("~ not ¬ - + * / ^ = < > <= >= -> 's")
"""Signs that take the one name beside them and not the list."""

_STATE = words("be have live like")
_JOINTS = frozenset((",", "and", "or"))


def structured(tokens: Sequence[str | int], habits: Habits) -> Group:
    """The tokens of a masked clause with sums, products, enumerations of entities and joined statements unordered."""
    said = {token for token in tokens if isinstance(token, str)}
    parts: list[Part] = list(tokens)
    if "-" in said and (habits.both_ways or "|" in said):
        parts = list(_links(parts, habits.both_ways))
    elif not said.isdisjoint(_CALCULATION):
        parts = list(_calculations(tokens))
    if "," in said and tokens[0] == "|":
        parts = list(_cells(parts))
    elif "," in said and "(" in said:
        parts = _facts(parts)
    if not said.isdisjoint(_JOINTS) and (habits.sorts or not _in_order(said, tokens)):
        parts = list(_enumerations(parts, habits, "all" in said))
    if "iff" in said or "and" in said or "or" in said:
        before, body = _speech(parts)
        return Group((*before, _statement(body, 0)), True)
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


def _calculations(tokens: Sequence[str | int]) -> Iterator[Part]:
    """The tokens with each run of numbers, entities and signs of calculation as one group, equations either way."""
    run: list[str | int] = []
    for token in (*tokens, ""):
        if isinstance(token, int) or token in _CALCULATION or token[:1].isdigit():
            run.append(token)
            continue
        yield from _calculated(run)
        run = []
        if token != "":
            yield token


def _calculated(run: Sequence[str | int]) -> Iterator[Part]:
    if len(run) < 2 or run.count("(") != run.count(")") or not any(token in _OPERATORS for token in run):
        yield from run
        return
    sides: list[list[str | int]] = [[]]
    for token in run:
        if token == "=":
            sides.append([])
        else:
            sides[-1].append(token)
    if all(sides):
        told = tuple(_sum(side, 0) for side in sides)
        yield Group(("=", Group(told, False)), True) if len(told) > 1 else told[0]
        return
    for number, side in enumerate(sides):
        if number:
            yield "="
        if side:
            yield _sum(side, 0)


def _sum(run: Sequence[str | int], depth: int) -> Group:
    """Terms with their signs, in any order; the factors of a term likewise."""
    terms: list[Part] = []
    term: list[Part] = []
    sign = "+"
    for part in _nested(run, depth):
        if part in ("+", "-") and not (term and term[-1] in ("*", "/", "^")):
            if term:
                terms.append(Group((sign, _product(term)), True))
                sign = str(part)
            else:
                sign = "+" if sign == part else "-"
            term = []
        else:
            term.append(part)
    if term or sign == "-" or not terms:
        terms.append(Group((sign, _product(term)), True))
    return Group(tuple(terms), False)


def _product(term: Sequence[Part]) -> Part:
    """The factors in any order, where they are only multiplied: 6x, x * y, 3 (x + 1)."""
    if "/" in term or any(part == "^" for part in term[:1]) or term[-1:] == ["*"]:
        return Group(tuple(term), True)
    factors: list[list[Part]] = [[]]
    for part in term:
        last = factors[-1][-1] if factors[-1] else None
        if part == "*":
            factors.append([])
            continue
        apart = last is not None and last not in ("^", "-", "+") and part != "^"
        if apart and not (isinstance(last, int) and isinstance(part, Group)):
            factors.append([])
        factors[-1].append(part)
    told = tuple(factor[0] if len(factor) == 1 else Group(tuple(factor), True) for factor in factors)
    return told[0] if len(told) == 1 else Group(told, False)


def _nested(run: Sequence[str | int], depth: int) -> Iterator[Part]:
    """The tokens with each bracket as a sum."""
    level = start = 0
    for at, token in enumerate(run):
        if token == "(" and depth < DEEPEST:
            level += 1
            if level == 1:
                start = at + 1
        elif token == ")" and level:
            level -= 1
            if level == 0:
                yield _sum(run[start:at], depth + 1)
        elif level == 0:
            yield token
    if level:
        yield "("
        yield from run[start:]


def _enumerations(parts: Sequence[Part], habits: Habits, every: bool) -> Iterator[Part]:
    """The parts with each "A, B and C" of entities as a group in any order.

    So are words where the problem is to sort them, numbers that are added or multiplied, and quoted words of a clause
    that speaks of all of them.
    """

    def listed(part: Part) -> bool:
        if not isinstance(part, str):
            return isinstance(part, int) or habits.sorts
        if part in _JOINTS:
            return False
        return habits.sorts or (commutes and part[0].isdigit()) or (every and part[0] == '"')

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
            while after < len(parts) and parts[after] in _JOINTS:
                joints.add(parts[after])
                after += 1
            if after == end + 1 or after == len(parts) or not listed(parts[after]):
                end += 1
                break
            end = after
        if len(items) > 1 and (habits.sorts or _stands_alone(parts, at, end, len(items))):
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


_COMBINE = words("add multiply")


def _speech(parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    """What stands before a colon, and what after it."""
    for at, part in enumerate(parts):
        if part == ":":
            return parts[: at + 1], parts[at + 1 :]
    return (), parts


def _statement(parts: Sequence[Part], depth: int) -> Group:
    """Whole statements joined by one connective, in any order; anything else stays as it is."""
    parts = list(_bracketed(parts, depth)) if "(" in parts else parts
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


def _bracketed(parts: Sequence[Part], depth: int) -> Iterator[Part]:
    """The parts with each bracket as a statement."""
    level = start = 0
    for at, part in enumerate(parts):
        if part == "(" and depth < DEEPEST:
            level += 1
            if level == 1:
                start = at + 1
        elif part == ")" and level:
            level -= 1
            if level == 0:
                yield _statement(parts[start:at], depth + 1)
        elif level == 0:
            yield part
    if level:
        yield "("
        yield from parts[start:]


def _states(parts: Sequence[Part]) -> bool:
    if not parts or parts[0] in _STATE or any(part in SEQUENCE or part == "who" for part in parts):
        return False
    alone = len(parts) == 1 and not isinstance(parts[0], str)
    return alone or parts[0] == "~" or any(part in _STATE for part in parts)
