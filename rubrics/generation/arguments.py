"""What the arguments of a checker may be, going by a prompt: its numbers and its quoted or listed words, by type."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice, pairwise, product
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from rubrics.criteria.amounts import Amount
from rubrics.criteria.contract import Checker

MOST_CANDIDATES, MOST_TRIED = 96, 2000
"""Arguments of one checker for one prompt."""
MOST_NUMBERS, MOST_PHRASES = 12, 32
LONGEST_PROMPT = 8_000
"""Characters of a prompt that are looked at."""

_COUNTED = "no one two three four five six seven eight nine ten eleven twelve"
WORDED = {word: number for number, word in enumerate(_COUNTED.split())} | {"once": 1, "twice": 2, "single": 1}
"""The numbers that are read as words."""
_NUMBER = re.compile(
    r"(?<![\w.])\d{1,5}(?=(?:st|nd|rd|th)?\b)(?!\.\d)|\b(?:" + "|".join(WORDED) + r")\b", re.IGNORECASE
)
_QUOTED = re.compile(r"\"([^\"\n]{1,120})\"|“([^”\n]{1,120})”|`([^`\n]{1,120})`|(?<!\w)'([^'\n]{1,120})'(?!\w)")
_LISTED = re.compile(r":[ \t]*([^\s,.:;]{1,40}(?:(?:,[ \t]*(?:and[ \t]+)?[^\s,.:;]{1,40}){1,15}|(?=[.;]?(?:\s|\Z))))")


class Material(NamedTuple):
    """`groups` are the phrases that stand together: quoted in one line, or a list after a colon, be it of one word."""

    numbers: tuple[int, ...]
    phrases: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]


def material_of(prompt: str) -> Material:
    """The numbers and phrases of a prompt, in order, each once.

    >>> material_of('Use "red" twice, in at most 40 words. Name them: oak, elm, ash.')
    Material(numbers=(2, 40), phrases=('red', 'oak', 'elm', 'ash'), groups=(('red',), ('oak', 'elm', 'ash')))
    """
    prompt = prompt[:LONGEST_PROMPT]
    said = (match[0].lower() for match in _NUMBER.finditer(prompt))
    numbers = dict.fromkeys(WORDED[each] if each in WORDED else int(each) for each in said)
    groups: list[tuple[str, ...]] = []
    for line in prompt.splitlines():
        if quoted := tuple(next(filter(None, match)) for match in _QUOTED.findall(line)):
            groups.append(quoted)
        for match in _LISTED.finditer(line):
            groups.append(tuple(re.sub(r"^and[ \t]+", "", each.strip()) for each in match[1].split(",")))
    phrases = dict.fromkeys(phrase for group in groups for phrase in group)
    return Material(
        tuple(islice(numbers, MOST_NUMBERS)), tuple(islice(phrases, MOST_PHRASES)), tuple(dict.fromkeys(groups))
    )


def candidates(
    checker: Checker[Any], material: Material, sensible: Callable[[dict[str, Any]], bool] = lambda _: True
) -> Iterator[dict[str, Any]]:
    """Sensible arguments that the checker takes, at most MOST_CANDIDATES of MOST_TRIED; none where it wants what a
    prompt can't tell."""
    tried = islice(_tried(checker, material), MOST_TRIED)
    taken = (arguments for arguments in tried if sensible(arguments) and _taken(checker, arguments))
    return islice(taken, MOST_CANDIDATES)


@lru_cache(maxsize=256)
def choices_of(checker: Checker[Any]) -> frozenset[str]:
    """The names of a checker's arguments that are one of a few given words."""
    info = inspect.type_info(checker.arguments)
    assert isinstance(info, inspect.StructType)
    return frozenset(field.name for field in info.fields if isinstance(field.type, inspect.LiteralType))


def _tried(checker: Checker[Any], material: Material) -> Iterator[dict[str, Any]]:
    info = inspect.type_info(checker.arguments)
    assert isinstance(info, inspect.StructType)
    amount = issubclass(checker.arguments, Amount)
    asked = [field for field in info.fields if not (amount and field.name in ("at_least", "at_most"))]
    values = [list(_values(field, material)) for field in asked]
    amounts: list[dict[str, Any]] = list(_amounts(material.numbers)) if amount else [{}]
    for chosen in product(*values, amounts):
        own = {field.name: value for field, value in zip(asked, chosen, strict=False) if value is not _LEFT_OUT}
        yield own | chosen[-1]


_LEFT_OUT = object()
"""An argument that is left at its default."""


def _values(field: inspect.Field, material: Material) -> Iterator[Any]:
    if not field.required:
        yield _LEFT_OUT
    kind = field.type
    if isinstance(kind, inspect.UnionType):
        kind = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    if isinstance(kind, inspect.IntType):
        yield from (*material.numbers, -1)
    elif isinstance(kind, inspect.StrType):
        yield from material.phrases
    elif isinstance(kind, inspect.VarTupleType) and isinstance(kind.item_type, inspect.StrType):
        yield from (list(group) for group in material.groups)
        yield from ([phrase] for phrase in material.phrases)
    elif isinstance(kind, inspect.LiteralType):
        yield from kind.values
    elif isinstance(kind, inspect.BoolType):
        yield from (True, False)


def _amounts(numbers: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    for number in numbers:
        yield {"at_least": number, "at_most": number}
        yield {"at_least": number}
        yield {"at_most": number}
    for least, most in pairwise(numbers):
        if least < most:
            yield {"at_least": least, "at_most": most}


def _taken(checker: Checker[Any], arguments: dict[str, Any]) -> bool:
    try:
        msgspec.convert(arguments, checker.arguments)
    except msgspec.ValidationError:
        return False
    return True
