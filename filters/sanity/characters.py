"""Characters that a reader does not see or does not expect."""

import re
import unicodedata

from rubrics.criteria.tongues import COMMON, TONGUES, Language, script_of

_LETTERS = re.compile(r"[^\W\d_]+")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CATEGORIES = {
    "Cc": "control character",
    "Cf": "invisible character",
    "Co": "private character",
    "Cs": "half surrogate",
}
_JOINER = "\u200d"
_OF_FORMULAS = {"LATIN", "GREEK"}


def hidden_characters(text: str) -> str | None:
    """Control, zero-width, direction, tag, private and replacement characters; line breaks and tabs are none.

    >>> hidden_characters("How many is 2\\u200b5?")
    'invisible character U+200B after "How many is 2"'
    """
    for place, sign in enumerate(text):
        if sign in "\n\t" or (sign == "\r" and text[place + 1 : place + 2] == "\n"):
            continue
        kind = "direction character" if sign in _BIDI else _CATEGORIES.get(unicodedata.category(sign))
        if sign == "\ufffd":
            kind = "replacement character"
        if kind is not None and not (sign == _JOINER and _joins_symbols(text, place)):
            return f'{kind} U+{ord(sign):04X} after "{text[max(0, place - 30) : place]}"'
    return None


def foreign_script(text: str, language: Language, most: float = 0.0) -> str | None:
    """More than the share `most` of its letters in another script, or one word in two scripts.

    Up to two Latin or Greek letters are mathematics: π, Δx.

    >>> foreign_script("Wie gross ist das Gewicht von 3 яблоко?", "de")
    '6 of 30 letters are not LATIN: "яблоко"'
    """
    script = TONGUES[language].script
    letters, strange, example = 0, 0, ""
    for run in _LETTERS.findall(text):
        letters += len(run)
        scripts = {script_of(letter) for letter in run} - {COMMON}
        if scripts <= {script} or (len(run) <= 2 and scripts <= _OF_FORMULAS):
            continue
        if script in scripts:
            return f'"{run[:40]}" is written in {" and ".join(sorted(scripts))}'
        strange += len(run)
        example = example or run[:40]
    return f'{strange} of {letters} letters are not {script}: "{example}"' if strange > most * letters else None


def _joins_symbols(text: str, place: int) -> bool:
    """A joiner between two pictures makes one of them, such as a family."""
    around = text[max(0, place - 1) : place].strip("\ufe0f") + text[place + 1 : place + 2]
    return bool(around) and all(unicodedata.category(sign) in ("So", "Sk") for sign in around)
