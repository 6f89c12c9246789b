"""What a text says, as structure: clauses as templates over entities and numbers."""

from collections.abc import Sequence

import msgspec

from dedup.text.clauses import Clause as _Tokens
from dedup.text.clauses import clauses
from dedup.text.dress import undressed
from dedup.text.entities import Entities, Entity, entities
from dedup.text.lexemes import Kind, plain
from dedup.text.order import blocks
from dedup.text.vocabulary import RELATION, SORTED_HOW, SORTING

LONGEST = 20_000
"""Characters that are read; what stands after them counts to the letter, for the key, and is not in a reading."""


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence, line or bullet.

    `template` has "@" for each entity and "#" for each number; `entities` are the numbers of these entities in the
    reading, in order, and `numbers` the exact values, one spelling each. `relations` are the closed-class words in
    order, each by its class in `vocabulary.RELATION` (antonyms are different classes). `words` are the other words,
    without plural. Clauses of one `block` may stand in any order; blocks are in order.
    """

    text: str
    template: str
    entities: tuple[int, ...]
    numbers: tuple[str, ...]
    relations: tuple[str, ...]
    words: tuple[str, ...]
    block: int


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A text's clauses in order, and the entities they speak of in the order of first mention."""

    clauses: tuple[Clause, ...]
    entities: tuple[Entity, ...]


class Masked(msgspec.Struct, frozen=True):
    """The clauses' tokens with entities as their numbers, and the block of each clause.

    `vocabulary` are the spellings of all tokens; `sorts` is whether the problem is to sort what it lists.
    """

    clauses: list[_Tokens]
    entities: Entities
    tokens: list[list[str | int]]
    blocks: list[int]
    vocabulary: frozenset[str]
    sorts: bool


def masked(text: str) -> Masked:
    """The first step of reading a text: what the key and the reading both stand on."""
    found = clauses(plain(text[:LONGEST]))
    vocabulary = frozenset[str]().union(*(clause.words for clause in found))
    named = entities(found, vocabulary)
    at = named.at
    tokens: list[list[str | int]] = [[at.get(form, form) for form in clause.forms] for clause in found]
    if named.heads:
        tokens = undressed(tokens, found, named)
    sorts = not SORTING.isdisjoint(vocabulary) and "sort" in vocabulary and SORTED_HOW.isdisjoint(vocabulary)
    return Masked(found, named, tokens, blocks(found, tokens, vocabulary, sorts), vocabulary, sorts)


def read(text: str) -> Reading:
    """The structure of a text: what is renamed, which clauses there are and what they say.

    Linear in the text's length; of a text longer than LONGEST characters the beginning is read.
    """
    return reading_of(masked(text))


def reading_of(seen: Masked) -> Reading:
    """The structure of a text whose first step is done."""
    told = zip(seen.clauses, seen.tokens, seen.blocks, strict=True)
    return Reading(clauses=tuple(_clause(*one) for one in told), entities=seen.entities.all)


def _clause(clause: _Tokens, tokens: Sequence[str | int], block: int) -> Clause:
    numbers = {form for form, kind in zip(clause.forms, clause.kinds, strict=True) if kind is Kind.NUMBER}
    names = [token for token in tokens if isinstance(token, int)]
    words = [token for token in tokens if isinstance(token, str)]
    return Clause(
        text=" ".join(clause.written),
        template=" ".join("@" if isinstance(token, int) else "#" if token in numbers else token for token in tokens),
        entities=tuple(names),
        numbers=tuple(word for word in words if word in numbers),
        relations=tuple(RELATION[word] for word in words if word in RELATION),
        words=tuple(word for word in words if word not in RELATION and word not in numbers and word.isalpha()),
        block=block,
    )
