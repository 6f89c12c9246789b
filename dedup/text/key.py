"""`text_key`: one hash for all texts that tell the same problem with other names and in another order."""

from hashlib import blake2b

from dedup.text.labelling import Structure
from dedup.text.reading import LONGEST, Masked, Reading, masked, reading_of
from dedup.text.structure import Habits


def text_key(text: str) -> str:
    """32 hex digits, equal for two texts that are the same problem up to names and the order of independent clues.

    Names, labels, unknowns and values of lists are renamed, sums, enumerations and clauses that lean on nothing are
    reordered; numbers, relations, the question and all other words are kept. Texts with equal keys differ in nothing
    else; texts that are told in other words have different keys.
    """
    return _key_of(masked(text), text)


def read_with_key(text: str) -> tuple[Reading, str]:
    """What `read` and `text_key` say of a text, which is read once for both."""
    seen = masked(text)
    return reading_of(seen), _key_of(seen, text)


def _key_of(seen: Masked, text: str) -> str:
    habits = Habits(
        sorts=seen.sorts,
        both_ways="undirected" in seen.vocabulary or {"both", "way"} <= seen.vocabulary,
    )
    structure = Structure([entity.kind for entity in seen.entities.all])
    for tokens, block in zip(seen.tokens, seen.blocks, strict=True):
        structure.add(f"{block} ", tokens, habits)
    spelled = structure.form() + text[LONGEST:]
    return blake2b(spelled.encode(errors="surrogatepass"), digest_size=16).hexdigest()
