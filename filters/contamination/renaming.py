"""Two texts that are the same word by word but for names, each replaced by one other name wherever it stands."""

from dedup.text.given_names import FEMALE, MALE
from dedup.text.vocabulary import RELATION
from filters.contamination.words import written_words

_GIVEN = FEMALE | MALE
_PRONOUNS = ({"he", "she"}, {"his", "her"}, {"him", "her"}, {"his", "hers"}, {"himself", "herself"})


def renaming(one: str, other: str) -> dict[str, str] | None:
    """The name in the second text for each name of the first, without those that are the same; None where the texts
    differ in more. A name is a capitalised word that is of no closed class; pronouns may go with the names.

    >>> renaming("Ann gives Bob 2 pens. She has 3.", "Cem gives Ann 2 pens. He has 3.")
    {'Ann': 'Cem', 'Bob': 'Ann'}
    >>> renaming("Ann is older than Bob.", "Bob is older than Bob.") is None
    True
    """
    mine, theirs = written_words(one), written_words(other)
    if len(mine) != len(theirs):
        return None
    there: dict[str, str] = {}
    back: dict[str, str] = {}
    for a, b in zip(mine, theirs, strict=True):
        same = a.casefold() == b.casefold()
        if not same and {a.casefold(), b.casefold()} in _PRONOUNS:
            continue
        if not same and not (_is_name(a) and _is_name(b)):
            return None
        if there.setdefault(a.casefold(), b.casefold()) != b.casefold():
            return None
        if back.setdefault(b.casefold(), a.casefold()) != a.casefold():
            return None
    return {a.capitalize(): b.capitalize() for a, b in there.items() if a != b}


def people(names: dict[str, str]) -> bool:
    """Whether all of them are people's names, so that it means nothing which they are."""
    return all(name.casefold() in _GIVEN for pair in names.items() for name in pair)


def _is_name(word: str) -> bool:
    return word.isalpha() and word[0].isupper() and word.casefold() not in RELATION
