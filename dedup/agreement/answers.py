"""Answers as witnesses: two that are equal up to names, and not what anybody would answer."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from dedup.text.lexemes import lemma

_PARTS = frozenset(",;\n")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|\n|[^\s\w]|_")
_ANYBODY = frozenset(
    ("yes", "no", "true", "false", "none", "both", "neither", "possible", "impossible", "unknown", "always", "never")
)

LONGEST = 4_000
"""Characters of an answer that are compared: a longer one is compared by its beginning."""


def answer_tokens(answer: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(answer[:LONGEST].strip().casefold()))


def says_much(answer: tuple[str, ...], common: frozenset[tuple[str, ...]], names: Collection[str] = ()) -> bool:
    """Whether an equal answer shows anything: not a yes or one of a few letters, nor one of the text's own names, which
    are few too, nor `common` in its source."""
    if not answer or answer in common:
        return False
    if len(answer) > 1:
        return True
    one_of_few = answer[0] in _ANYBODY or (len(answer[0]) == 1 and answer[0].isalpha())
    return not one_of_few and all(name.casefold() != answer[0] for name in names)


def answers_agree(one: Sequence[str], other: Sequence[str], names: Mapping[str, str]) -> bool:
    """Whether the second is the first under a renaming; "Ann: 3, Bob: 4" may have its parts in another order."""
    told = {a.casefold(): b.casefold() for a, b in names.items()}
    mapped = [told.get(token, token) for token in one]
    if mapped == [*other]:
        return True
    images = frozenset(told.values())
    mine, theirs = _parts(mapped), _parts(other)
    paired = all(len(part) > 1 and not images.isdisjoint(part) for part in mine)
    return paired and Counter(mine) == Counter(theirs)


def unnamed(answer: str, names: Collection[str]) -> str:
    """What an answer says whatever the names of its text are called, in any order: "Ann: 3" is "3 @" beside Ann."""
    tokens = [token for token in answer_tokens(answer) if token[0].isalnum()]
    said = {name.casefold() for name in names}
    named = [token in said or lemma(token) in said for token in tokens]
    rest = sorted(token for token, name in zip(tokens, named, strict=True) if not name)
    return " ".join([*rest, "@"] if any(named) else rest)


def _parts(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token in _PARTS:
            parts.append([])
        else:
            parts[-1].append(token)
    return [tuple(part) for part in parts if part]
