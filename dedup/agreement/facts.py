"""What a text says, clause by clause, as it is compared: wording with gaps, and the names and numbers in the gaps."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from dedup.agreement.answers import answer_tokens
from dedup.text import Clause, Entity, Reading, read
from dedup.text.lexemes import lemma
from dedup.text.reading import LONGEST
from dedup.text.vocabulary import RELATION
from schemas.document import Document

NO_NAMES: Mapping[str, str] = MappingProxyType({})


class Argument(NamedTuple):
    """A name, or a value: a number, a quotation, or a word that varies in its source.

    A name is only ever renamed to another of its `kind`, a value is as it is.
    """

    kind: str
    value: str

    @property
    def named(self) -> bool:
        return self.kind not in _VALUES


class Fact(NamedTuple):
    """One clause.

    `said` is how it stands in the text. `wording` is its tokens with a gap for each argument.
    `relations` are the classes of its closed-class words, and its signs, in order, `words` its content words. Arguments
    from `start` to `stop` of one of the `lists` are names that may stand in any order. Facts of one `block` may stand
    in any order, blocks are in order.
    """

    said: str
    wording: str
    arguments: tuple[Argument, ...]
    relations: tuple[str, ...]
    words: tuple[str, ...]
    lists: tuple[tuple[int, int], ...]
    block: int


class Facts(msgspec.Struct, frozen=True):
    """A document as it is compared.

    `values` are all values, sorted; `entities` the kinds of the names.
    """

    text: str
    facts: tuple[Fact, ...]
    values: tuple[str, ...]
    entities: dict[str, str]
    answer: tuple[str, ...]

    @property
    def unread(self) -> str:
        """The end of a text that is too long to be read whole: it counts to the letter."""
        return self.text[LONGEST:]


def facts_of(document: Document, varying: frozenset[str] = frozenset(), names: Mapping[str, str] = NO_NAMES) -> Facts:
    """What a document says, given its source's words that vary and the kinds of its names; linear in its length."""
    reading = _read(document.text)
    facts = [_fact(clause, reading, varying, names) for clause in reading.clauses]
    said = [argument for fact in facts for argument in fact.arguments]
    return Facts(
        text=document.text,
        facts=tuple(facts),
        values=tuple(sorted(argument.value for argument in said if not argument.named)),
        entities={argument.value: argument.kind for argument in said if argument.named},
        answer=answer_tokens(document.answer),
    )


@lru_cache(maxsize=4_096)
def _read(text: str) -> Reading:
    """A source is read several times over to learn its usage, each time with more known of its words."""
    return read(text)


_VALUES = frozenset(("number", "quotation", "word"))
_PUNCTUATION = frozenset((",", ".", ";", ":", "?", "!", "'", '"', "'s", "<list>"))
_PARTICLES = frozenset(("in", "into", "out", "up", "down"))
"""Words of a closed class that mostly belong to the word before them: "in a row", "work out"."""

_EMPTY = frozenset(
    ("a", "an", "the", "be", "it", "its", "this", "that", "these", "those", "there", "here", "of", "to", "from", "for",
     "by", "with", "as", "at", "on", "you", "your", "they", "their", "please", "which", "what")
)  # fmt: skip
"""Words that say nothing of their own: clauses may differ in them."""


_JOINTS = frozenset((",", "and", "or"))
_BOTH_WAYS = frozenset(("and", "or", "only", "not", "all", "next"))
_ORDERED = frozenset(("order", "respectively", "turn", "then", "sequence"))


def _lists(wording: Sequence[str], relations: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Where names are enumerated: three or more, or two that stand in no relation but those that hold both ways."""
    if not _ORDERED.isdisjoint(wording):
        return ()
    lists: list[tuple[int, int]] = []
    slot = start = 0
    joined = False
    for token in (*wording, ""):
        if token == "@":
            start = start if joined else slot
            slot += 1
        elif token in _JOINTS:
            joined = slot > start
            continue
        else:
            if slot - start > (1 if _BOTH_WAYS.issuperset(relations) else 2):
                lists.append((start, slot))
            slot += token == "#"
            start = slot
        joined = False
    return tuple(lists)


def _named(entity: Entity, names: Mapping[str, str]) -> Argument:
    name = entity.name if entity.kind == "label" else entity.name.casefold()
    name = lemma(name) if entity.kind == "thing" else name
    return Argument(names.get(name, entity.kind), name)


def _fact(clause: Clause, reading: Reading, varying: frozenset[str], names: Mapping[str, str]) -> Fact:
    if not (clause.words or clause.relations or clause.entities or clause.numbers):
        return Fact(clause.template, "#", (Argument("quotation", clause.template),), (), (), (), clause.block)
    entities, numbers = iter(clause.entities), iter(clause.numbers)
    wording: list[str] = []
    arguments: list[Argument] = []
    relations: list[str] = []
    words: list[str] = []
    for token in clause.template.split(" "):
        argument = None
        if token == "@" and (at := next(entities, None)) is not None:
            argument = _named(reading.entities[at], names)
        elif token == "#" and (value := next(numbers, None)) is not None:
            argument = Argument("number", value)
        elif token[:1] == '"' or (token.isalnum() and any(sign.isdigit() for sign in token)):
            argument = Argument("quotation", token)
        elif token in names:
            argument = Argument(names[token], token)
        elif token in varying:
            argument = Argument("word", token)
        elif token and not token.isalpha() and token not in _PUNCTUATION:
            relations.append(token)
        elif token in RELATION and token not in _PARTICLES:
            relations.append(RELATION[token])
        elif token.isalpha() and token not in _EMPTY:
            words.append(token)
        literal = 2 * token if token in ("@", "#") else token
        wording.append(literal if argument is None else "@" if argument.named else "#")
        if argument is not None:
            arguments.append(argument)
    return Fact(
        said=clause.text,
        wording=" ".join(wording),
        arguments=tuple(arguments),
        relations=tuple(relations),
        words=tuple(words),
        lists=_lists(wording, relations),
        block=clause.block,
    )
