"""Games with letters and words: palindromes, alliteration, alphabets, rising lengths."""

from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from rubrics.criteria.amounts import Nothing, counting
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.text import folded, sentences, words

Letter = Annotated[str, msgspec.Meta(min_length=1, max_length=1, pattern=r"^[^\W\d_]\Z")]


class Beginning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    letter: Letter


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the lengths of sentences, in words, go on."""

    lengths: Literal["rising", "falling"]


def _letters(text: str) -> str:
    return "".join(each for each in folded(text) if each.isalnum())


def palindromes(text: str) -> int:
    """How many different words of three letters or more read the same backwards."""
    own = {_letters(word) for word in words(text)}
    return sum(len(word) > 2 and word == word[::-1] for word in own)


def _palindrome(arguments: Nothing, subject: Subject) -> Found:
    text = _letters(subject.response)
    return Found(len(text) > 2 and text == text[::-1], f"it has {len(text)} letters and digits")


def _alliteration(arguments: Beginning, subject: Subject) -> Found:
    own = words(folded(subject.response))
    other = next((word for word in own if not word.startswith(folded(arguments.letter))), None)
    return Found(bool(own) and other is None, f"another beginning: {other[:60]!r}" if other else f"{len(own)} words")


def _alphabetical(arguments: Nothing, subject: Subject) -> Found:
    own = words(folded(subject.response))
    wrong = next((at for at in range(1, len(own)) if own[at] < own[at - 1]), None)
    if wrong is not None:
        return Found(False, f'"{own[wrong][:40]}" stands after "{own[wrong - 1][:40]}"')
    return Found(len(own) > 1, "the words are in order" if len(own) > 1 else "there are not two words")


def _pangram(arguments: Nothing, subject: Subject) -> Found:
    missing = sorted(set("abcdefghijklmnopqrstuvwxyz") - set(folded(subject.response)))
    return Found(not missing, f"missing: {', '.join(missing)}" if missing else "all letters are there")


def _lengths(arguments: Words, subject: Subject) -> Found:
    sizes = [len(words(sentence)) for sentence in sentences(subject.response)]
    steps = (after - before for before, after in pairwise(sizes))
    holds = len(sizes) > 1 and all(step > 0 if arguments.lengths == "rising" else step < 0 for step in steps)
    return Found(holds, f"words by sentence: {', '.join(map(str, sizes[:20]))}")


CHECKERS = (
    counting("palindrome_count", "word that is a palindrome", "different words that are palindromes", palindromes),
    Checker(
        name="palindrome",
        arguments=Nothing,
        check=_palindrome,
        sentence=lambda asked: "Your whole response must read the same backwards, letter by letter.",
    ),
    Checker(
        name="alliteration",
        arguments=Beginning,
        check=_alliteration,
        sentence=lambda asked: f'Every word must begin with the letter "{asked.letter}".',
    ),
    Checker(
        name="alphabetical_words",
        arguments=Nothing,
        check=_alphabetical,
        sentence=lambda asked: "Your words must be in alphabetical order.",
    ),
    Checker(
        name="pangram",
        arguments=Nothing,
        check=_pangram,
        sentence=lambda asked: "Use every letter from a to z at least once.",
    ),
    Checker(
        name="sentence_lengths",
        arguments=Words,
        check=_lengths,
        sentence=lambda asked: (
            f"Each sentence must have {'more' if asked.lengths == 'rising' else 'fewer'} words than the one before it."
        ),
    ),
)
