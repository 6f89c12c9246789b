"""How a question is worded: in the expected language, to its end, without going round in circles, and asking."""

import re

from filters.quality import repetition
from rubrics.criteria.tongues import Language, asking_words, foreign_words, words

REPETITIVE = 0.3
"""The share of 8-grams that stood before from which a question is repetitive. Of the bundled families' questions, lists
of roads and clues among them, none has more than 0.14; half a page that is said twice has 0.5."""

_ENDS = re.compile(r"""[.?!…。？！؟:;,)\]}|`"'”’»*_$]\Z""")
_OPEN_ENDS = re.compile(r"[:,;(\[{–—\\-]\Z")
_ITEM = re.compile(r"\s*(?:[-*•|>]|[0-9]{1,3}[.):])")
_ASKED = re.compile(r"[?？؟]")


def foreign_language(text: str, language: Language) -> str | None:
    """Another language's small words, in a number that names and quotes don't reach."""
    found = foreign_words(text, language)
    return f"{found.hits} small words of {found.language} and {found.expected} of {language}" if found else None


def truncated(text: str) -> str | None:
    """A text that stops in the middle: after a comma, colon or bracket, or in a sentence.

    A last line counts as a sentence from three words on; items of lists, rows of tables and drawings need no full stop.

    >>> truncated("Ann has 5 apples and gives 2 of the"), truncated("Solve for x.\\n3x = 6")
    ('it ends with "Ann has 5 apples and gives 2 of the"', None)
    """
    last = text.rstrip().rpartition("\n")[2]
    spoken = len(list(words(last))) >= 3
    if not last or (spoken and not _ITEM.match(last) and not _ENDS.search(last)):
        return f'it ends with "{last[-60:]}"'
    told = spoken or len(text.split("\n")) == 1  # a board may end with any sign
    return f'it ends with "{last[-60:]}"' if told and _OPEN_ENDS.search(last) else None


def repetitive(text: str) -> str | None:
    """Passages of eight words that stood before, in a share from `REPETITIVE` on."""
    share = repetition(text.split(), size=8)
    return f"{share:.0%} of its passages of 8 words stood before" if share >= REPETITIVE else None


def no_question(text: str, language: Language) -> str | None:
    """Neither a question mark nor a word that asks for something.

    >>> no_question("Ann has 5 apples.", "en"), no_question("Find x: 3x = 6.", "en")
    ('nothing is asked', None)
    """
    asks = _ASKED.search(text) is not None or not asking_words(language).isdisjoint(words(text))
    return None if asks else "nothing is asked"
