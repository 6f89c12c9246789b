"""Words, numbers and signs of a text, each in one spelling: what is written differently and means the same is equal."""

import re
import unicodedata
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from dedup.text.given_names import ALSO_WORDS, FEMALE, MALE
from dedup.text.vocabulary import FORM, NOT_NAMES, NUMBERS, RELATION, SAME, SCALES, SEQUENCE, TENS, words


class Kind(IntEnum):
    WORD = 0
    NUMBER = 1
    SIGN = 2
    GIVEN = 3
    """A given name."""
    CAPITAL = 4
    """A word with a capital that is no given name."""
    LETTER = 5
    """A letter alone."""
    LABEL = 6
    """Two or three capitals, or letters with a capital inside."""
    QUOTED = 7
    """To the letter."""


class Lexeme(NamedTuple):
    """One token. `form` is its one spelling; `written` is how it stands in the text."""

    form: str
    kind: Kind
    written: str


LONGEST = 80
"""Characters of one word: longer runs are cut, so that no token is a text of its own."""

SHOUTED = 40
"""Characters from which a text all in capitals is taken for one in small letters: capitals tell no names there."""

_TOKEN = re.compile(
    r"""
    \d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])               # 1,234,567.8
    | \d{4}-\d\d?-\d\d?(?!\d)                            # 2025-03-04
    | \d+(?::\d+)+                                      # 08:15, 3:2
    | \d+(?:\.\d+)?(?:(?:st|nd|rd|th)\b)?
    | [Tt]ruth-?tellers?\b
    | [^\W\d_][\w]{0,79}(?:'(?!s\b)[^\W\d_]{1,9})?
    | '[sS]\b
    | [-+*/%]=(?!=)
    | <->|->|=>|<=|>=|!=|==|\*\*|\\[A-Za-z]{1,20}
    | _+
    | [^\s]
    """,
    re.VERBOSE,
)
_ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth"
_ORDINALS = dict(enumerate(_ORDINAL_WORDS.split(), start=1))
_SIGNS = {"**": "^", "==": "=", "×": "*", "÷": "/", "−": "-", "’": "'", "≤": "<=", "≥": ">=", "≠": "!=", "→": "->",
          "↔": "iff", "<->": "iff", "⇔": "iff",
          "\\times": "*", "\\cdot": "*", "\\div": "/", "\\le": "<=", "\\leq": "<=", "\\ge": ">=",
          "\\geq": ">=", "\\ne": "!=", "\\neq": "!=", "\\to": "->", "\\pm": "±", "∗": "*", "·": "*"}  # fmt: skip
_GIVEN = (FEMALE | MALE) - NOT_NAMES
_SHOUTED = words("and or not if iff is are was be no all any the to of in on at by for you who how why can may")
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "…": ".", "⁄": "/"}
    | {power: f"^{digit}" for digit, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
    | {"\u200b": None, "\ufeff": None, "\u00ad": None}
)
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}\n]{1,40})\}\{([^{}\n]{1,40})\}")
_BRACED = re.compile(r"\^\{(\w{1,20})\}")
_LAYOUT = re.compile(r"\\(?:left|right|displaystyle|quad|[,;!:])(?![A-Za-z])|\\[()\[\]]")


def plain(text: str) -> str:
    """The text with one spelling of quotes, dashes, powers and simple LaTeX; as long as before, or nearly."""
    if len(text) >= SHOUTED and text.isupper():
        text = text.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)
    if "\\" in text:
        text = _LAYOUT.sub(" ", _BRACED.sub(r"^\1", _FRACTION.sub(r"(\1)/(\2)", text)))
    if "n't" in text:
        text = text.replace("n't", " not")
    return text.replace("e.g.", "eg").replace("i.e.", "ie").replace("\r\n", "\n").replace("\t", "    ")


def lexemes(line: str) -> list[Lexeme]:
    """The tokens of a line of plain text, in order; number words are numbers."""
    found = list(map(_lexeme, _TOKEN.findall(line)))
    if not _COUNTING.isdisjoint([token[0] for token in found]):
        return _counted(found)
    return found


@lru_cache(maxsize=65_536)
def _lexeme(written: str) -> Lexeme:
    first = written[0]
    if first.isdigit():
        return _figure(written)
    if not first.isalpha():
        return Lexeme(_SIGNS.get(written, written), Kind.SIGN, written)
    if len(written) == 1:
        return Lexeme(written, Kind.LETTER, written)
    lower = written.lower()
    if len(written) < 4 and written.isupper() and lower not in _SHOUTED:
        return Lexeme(written, Kind.LABEL, written)
    if lower in _GIVEN and (lower not in ALSO_WORDS or written == written.title()):
        return Lexeme(lower, Kind.GIVEN, written)
    if written == lower or lower in NOT_NAMES or lower in SAME:
        form = lemma(lower)
        return Lexeme(form, Kind.WORD if form[0].isalpha() else Kind.SIGN, written)
    if written[1:] != lower[1:]:
        if written.isupper() and len(written) > 3:
            return Lexeme(lemma(lower), Kind.WORD, written)
        return Lexeme(written, Kind.LABEL, written)
    return Lexeme(lemma(lower), Kind.CAPITAL, written)


_UNBENT = SEQUENCE | FORM | frozenset(RELATION) | words("perhaps towards besides across whereas")


def lemma(word: str) -> str:
    """The word without its plural or third-person s, and one of several that mean the same."""
    if word in SAME or word in _UNBENT:
        return SAME.get(word, word)
    if len(word) > 3 and word[-1] == "s" and word[-2] not in "suia'":
        if word.endswith("ies") and len(word) > 4:
            word = word[:-1] if word[:-1] in _IN_IE else word[:-3] + "y"
        elif word.endswith(("shes", "ches", "xes", "zes", "sses", "oes")):
            word = word[:-2]
        else:
            word = word[:-1]
    return SAME.get(word, word)


_IN_IE = words("brownie calorie cookie hoodie movie selfie smoothie zombie")


def _figure(written: str) -> Lexeme:
    """A number in one spelling: without thousands separators and trailing zeros; leading zeros are kept."""
    if written[-1].isalpha():
        value = written[:-2]
        ordinal = _ORDINALS.get(int(value)) if value.isdecimal() and len(value) < 3 else None
        return Lexeme(ordinal or written, Kind.WORD, written)
    form = written.replace(",", "")
    if "." in form:
        form = form.rstrip("0").rstrip(".")
    return Lexeme(form, Kind.NUMBER, written)


_COUNTING = frozenset({*NUMBERS, *TENS, *SCALES} - {"one"})


def _counted(found: Sequence[Lexeme]) -> list[Lexeme]:
    """The tokens with runs of number words as one number each: "sixty-one", "two hundred and five"."""
    told: list[Lexeme] = []
    at = 0
    while at < len(found):
        end, value = _number_at(found, at)
        if end == at:
            told.append(found[at])
            at += 1
        else:
            told.append(Lexeme(str(value), Kind.NUMBER, " ".join(token.written for token in found[at:end])))
            at = end
    return told


def _number_at(found: Sequence[Lexeme], at: int) -> tuple[int, int]:
    """Where the number words that begin at a place end, and their value; the place itself where none begin."""
    total, part, end = 0, -1, at
    here = at
    while here < len(found) and here - at < 24:
        form = found[here].form
        if form in TENS and part in (-1,):
            part = TENS[form]
        elif form in TENS and part >= 100 and part % 100 == 0:
            part += TENS[form]
        elif form in NUMBERS and (part == -1 or (part % 100 == 0 and part) or (part % 100 >= 20 and part % 10 == 0)):
            if form == "one" and part == -1 and not _scaled(found, here + 1):
                break
            part = max(part, 0) + NUMBERS[form]
        elif form == "hundred" and 0 < part < 100:
            part *= 100
        elif form in SCALES and form != "hundred" and part > 0:
            total, part = total + part * SCALES[form], -1
        elif form in ("-", "and") and part > 0 and here > at and _goes_on(found, here, part):
            here += 1
            continue
        else:
            break
        here += 1
        end = here
    return (end, total + max(part, 0)) if end > at else (at, 0)


def _scaled(found: Sequence[Lexeme], at: int) -> bool:
    return at < len(found) and found[at].form in SCALES


def _goes_on(found: Sequence[Lexeme], joint: int, part: int) -> bool:
    """Whether the number goes on after a hyphen or an "and": twenty-five, a hundred and five."""
    after = found[joint + 1].form if joint + 1 < len(found) else ""
    if found[joint].form == "-":
        return part % 100 >= 20 and part % 10 == 0 and 0 < NUMBERS.get(after, 0) < 10
    return part % 100 == 0 and (after in TENS or NUMBERS.get(after, 0) > 0)
