"""Which letters and which language a response is written in, and how hard it is to read."""

from typing import Annotated, Literal

import msgspec

from rubrics.criteria.amounts import Nothing
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.markdown import prose
from rubrics.criteria.text import folded, sentences, visible, words
from rubrics.criteria.tongues import COMMON, TONGUES, Language, foreign_words, script_of, small_words

Script = Literal["LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "CJK", "HIRAGANA", "HANGUL", "THAI"]

LANGUAGES: dict[Language, str] = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "ru": "Russian",
}
_FEWEST_SMALL = 0.1
"""Least share of the language's own small words in the words of a text."""
_CONTRACTED = ("n't", "'re", "'ve", "'ll", "'m", "'d")
_IS_CONTRACTED = frozenset(
    ("it's", "he's", "she's", "that's", "there's", "here's", "what's", "who's", "let's", "where's")
)


class InScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    script: Script


class InLanguage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    language: Language


class Grade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """US school grades, from `lowest` to `highest`."""

    lowest: Annotated[float, msgspec.Meta(ge=-5, le=100)] = -5.0
    highest: Annotated[float, msgspec.Meta(ge=-5, le=100)] = 100.0

    def __post_init__(self) -> None:
        if not self.lowest < self.highest:
            raise ValueError(f"lowest {self.lowest} is not below highest {self.highest}; no grade fits")
        if (self.lowest, self.highest) == (-5.0, 100.0):
            raise ValueError("give lowest, highest or both")


def _script(arguments: InScript, subject: Subject) -> Found:
    letters = {each for each in visible(subject.response) if each.isalpha()}
    other = sorted(each for each in letters if script_of(each) not in (arguments.script, COMMON))
    return Found(
        bool(letters) and not other, f"other letters: {' '.join(other[:10])}" if other else f"{len(letters)} letters"
    )


def _language(arguments: InLanguage, subject: Subject) -> Found:
    text, name = prose(subject.response), LANGUAGES[arguments.language]
    script = TONGUES[arguments.language].script
    letters = [each for each in text if each.isalpha()]
    if not letters or sum(script_of(each) == script for each in letters) < 0.9 * len(letters):
        return Found(False, f"it is not in the letters of {name}")
    foreign = foreign_words(text, arguments.language)
    if foreign is not None:
        return Found(False, f"it has {foreign.hits} small words of {LANGUAGES[foreign.language]}")
    own = [word.replace("’", "'") for word in words(folded(text))]
    small = small_words(arguments.language)
    share = sum(word in small for word in own) / len(own) if own else 0.0
    return Found(share >= _FEWEST_SMALL, f"{share:.0%} of its words are small words of {name}")


def _ascii(arguments: Nothing, subject: Subject) -> Found:
    other = next((each for each in subject.response if not each.isascii()), None)
    return Found(
        other is None and bool(subject.response.strip()), f"found {other!r}" if other else "all signs are ASCII"
    )


def _no_contractions(arguments: Nothing, subject: Subject) -> Found:
    own = (word.replace("’", "'") for word in words(folded(subject.response)))
    there = next((word for word in own if word.endswith(_CONTRACTED) or word in _IS_CONTRACTED), None)
    return Found(there is None, f"found: {there}" if there else "there is none")


def syllables(word: str) -> int:
    """About how many syllables an English word has: its groups of vowels, without a silent e.

    >>> [syllables(word) for word in ("cat", "table", "make", "being", "rhythm", "3")]
    [1, 2, 1, 1, 1, 1]
    """
    small = word.casefold()
    groups = sum(each in _VOWELS and (at == 0 or small[at - 1] not in _VOWELS) for at, each in enumerate(small))
    silent = small.endswith("e") and not small.endswith(("le", "ee")) and groups > 1
    return max(1, groups - silent)


_VOWELS = frozenset("aeiouyàáâäèéêëìíîïòóôöùúûü")


def grade_of(text: str) -> float | None:
    """The Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid et al., 1975)."""
    own, said = words(text), sentences(text)
    if not own or not said:
        return None
    return 0.39 * len(own) / len(said) + 11.8 * sum(map(syllables, own)) / len(own) - 15.59


def _grade(arguments: Grade, subject: Subject) -> Found:
    grade = grade_of(prose(subject.response))
    if grade is None:
        return Found(False, "there are no words")
    return Found(arguments.lowest <= grade <= arguments.highest, f"the Flesch-Kincaid grade is {grade:.1f}")


def _grade_sentence(asked: Grade) -> str:
    if asked.lowest == -5.0:
        return f"Write so plainly that the Flesch-Kincaid grade is at most {asked.highest:g}."
    most = f" and at most {asked.highest:g}" if asked.highest < 100.0 else ""
    return f"Write so that the Flesch-Kincaid grade is at least {asked.lowest:g}{most}."


CHECKERS = (
    Checker(
        name="script",
        arguments=InScript,
        check=_script,
        sentence=lambda asked: f"Use no letters but those of the script {asked.script.title()}.",
    ),
    Checker(
        name="language",
        arguments=InLanguage,
        check=_language,
        sentence=lambda asked: f"Write in {LANGUAGES[asked.language]}.",
    ),
    Checker(
        name="ascii",
        arguments=Nothing,
        check=_ascii,
        sentence=lambda asked: "Use no signs but those of ASCII.",
    ),
    Checker(
        name="no_contractions",
        arguments=Nothing,
        check=_no_contractions,
        sentence=lambda asked: "Do not use contractions such as don't or it's.",
    ),
    Checker(name="reading_grade", arguments=Grade, check=_grade, sentence=_grade_sentence),
)
