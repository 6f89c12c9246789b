"""Words that only dress a value: of "the person who likes plums" the value of a list of fruit is all that counts."""

from collections.abc import Sequence

from dedup.text.clauses import Clause
from dedup.text.entities import Entities
from dedup.text.vocabulary import RELATION, words

_HOLDERS = words("person one man woman owner keeper lover house player drinker eater fan user child guest student")
_WHO = words("who which whose with of in")
_RELATIONS = frozenset(RELATION) - {"in"}
LONGEST = 5

_Dress = tuple[tuple[str, ...], tuple[str, ...]]


def undressed(tokens: list[list[str | int]], clauses: Sequence[Clause], named: Entities) -> list[list[str | int]]:
    """The clauses with list names as one word, and values without their dress where all of a list wear the same."""
    list_of = {
        named.at[item]: clause.forms[0]
        for clause in clauses
        if clause.forms and clause.forms[0] in named.heads
        for items in clause.lists
        for item in items
        if item in named.at
    }
    worn: dict[str, set[_Dress]] = {}
    for clause, line in zip(clauses, tokens, strict=True):
        if clause.forms and clause.forms[0] in named.heads:
            continue
        for at, token in enumerate(line):
            if isinstance(token, int) and token in list_of:
                worn.setdefault(list_of[token], set()).add(_dress(line, at))
    off = {head: dresses.pop() for head, dresses in worn.items() if len(dresses) == 1}
    return [_without(line, clause, list_of, off, named) for clause, line in zip(clauses, tokens, strict=True)]


def _dress(line: Sequence[str | int], at: int) -> _Dress:
    """The words around a value that only say whose value it is: "person who like ...", "... player"."""
    after = 1 if at + 1 < len(line) and line[at + 1] in _HOLDERS else 0
    for start in range(at - 1, max(at - 1 - LONGEST, -1), -1):
        word = line[start]
        if not isinstance(word, str) or word in _RELATIONS or not word.isalpha():
            break
        if word in _HOLDERS:
            if at - start > 1 and line[start + 1] in _WHO:
                return tuple(map(str, line[start:at])), tuple(map(str, line[at + 1 : at + 1 + after]))
            break
    return (), tuple(map(str, line[at + 1 : at + 1 + after]))


def _without(
    line: list[str | int], clause: Clause, list_of: dict[int, str], off: dict[str, _Dress], named: Entities
) -> list[str | int]:
    if clause.forms and clause.forms[0] in named.heads:
        return ["<list>", *line[1:]]
    told: list[str | int] = []
    skip = 0
    for token in line:
        if skip:
            skip -= 1
            continue
        if isinstance(token, int) and list_of.get(token) in off:
            before, after = off[list_of[token]]
            if before:
                del told[-len(before) :]
            skip = len(after)
        told.append(token)
    return told
