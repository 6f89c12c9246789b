"""Words that must or must not stand in a response: what is asked is read as seen, what is forbidden in any disguise."""

import unicodedata
from typing import Annotated

import msgspec

from rubrics.criteria.amounts import Amount, Phrase, Phrases, found_amount
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.text import first_place, folded, occurrences, paragraphs, sentences, skeleton


class Keywords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    words: Phrases

    def __post_init__(self) -> None:
        prove_seen(*self.words)


class SomeKeywords(Keywords, frozen=True, kw_only=True):
    """At least so many different ones of the words."""

    at_least: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        different = len(set(map(folded, self.words)))
        if self.at_least > different:
            raise ValueError(f"at_least {self.at_least} is more than there are different words, {different}")


class KeywordAmount(Amount, frozen=True, kw_only=True):
    word: Phrase


class KeywordPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` counts from 1; -1 is the last."""

    word: Phrase
    number: Annotated[int, msgspec.Meta(ge=-1, le=1000)]

    def __post_init__(self) -> None:
        if self.number == 0:
            raise ValueError("number counts from 1, and -1 is the last; 0 is none")


class Keyword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    word: Phrase


class LetterAmount(Amount, frozen=True, kw_only=True):
    letter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)]


class Letters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    letters: Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[^\W\d_]+\Z")]


def prove_seen(*phrases: str) -> None:
    """Raises ValueError for a phrase of which a reader sees nothing."""
    unseen = next((phrase for phrase in phrases if not folded(phrase)), None)
    if unseen is not None:
        raise ValueError(f"{unseen!r} has no sign that can be seen")


def listed(words: tuple[str, ...]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def ordinal(number: int) -> str:
    """A place in words.

    >>> [ordinal(place) for place in (-1, 1, 2, 3, 11, 22)]
    ['last', '1st', '2nd', '3rd', '11th', '22nd']
    """
    if number == -1:
        return "last"
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def part_at(parts: list[str], number: int) -> str | None:
    """The part that a place names, None where there are too few."""
    return parts[number if number == -1 else number - 1] if parts and number <= len(parts) else None


def _keywords(arguments: Keywords, subject: Subject) -> Found:
    text = folded(subject.response)
    missing = tuple(word for word in arguments.words if first_place(folded(word), text) is None)
    return Found(not missing, f"missing: {listed(missing)}" if missing else "all are there")


def _some_keywords(arguments: SomeKeywords, subject: Subject) -> Found:
    text = folded(subject.response)
    there = [word for word in dict.fromkeys(map(folded, arguments.words)) if first_place(word, text) is not None]
    return Found(len(there) >= arguments.at_least, f"{len(there)} of them are there; asked: {arguments.at_least}")


def _forbidden(arguments: Keywords, subject: Subject) -> Found:
    views = (folded(subject.response), skeleton(subject.response))
    there = tuple(
        word
        for word in arguments.words
        if first_place(folded(word), views[0], in_numbers=True) is not None
        or first_place(skeleton(word), views[1], in_numbers=True) is not None
    )
    return Found(not there, f"found: {listed(there)}" if there else "none is there")


def _keyword_count(arguments: KeywordAmount, subject: Subject) -> Found:
    seen = occurrences(folded(arguments.word), folded(subject.response))
    disguised = occurrences(skeleton(arguments.word), skeleton(subject.response))
    if arguments.fits(seen) and not arguments.fits(max(seen, disguised)):
        return found_amount(arguments, disguised, "time", "times")
    return found_amount(arguments, seen, "time", "times")


def _in_sentence(arguments: KeywordPlace, subject: Subject) -> Found:
    sentence = part_at(sentences(subject.response), arguments.number)
    if sentence is None:
        return Found(False, f"there is no {ordinal(arguments.number)} sentence")
    there = first_place(folded(arguments.word), folded(sentence)) is not None
    return Found(there, f"the {ordinal(arguments.number)} sentence {'has' if there else 'lacks'} it")


def _in_each_paragraph(arguments: Keyword, subject: Subject) -> Found:
    found, word = paragraphs(subject.response), folded(arguments.word)
    for place, paragraph in enumerate(found, 1):
        if first_place(word, folded(paragraph)) is None:
            return Found(False, f"paragraph {place} lacks it")
    return Found(bool(found), "all paragraphs have it" if found else "there is no paragraph")


def _in_order(arguments: Keywords, subject: Subject) -> Found:
    text, end = folded(subject.response), 0
    for word in map(folded, arguments.words):
        place = first_place(word, text, end)
        if place is None:
            return Found(False, f'"{word}" is missing, or stands before one that should come first')
        end = place + len(word)
    return Found(True, "all are there, in order")


def _letter_count(arguments: LetterAmount, subject: Subject) -> Found:
    count = folded(subject.response).count(folded(arguments.letter) or arguments.letter)
    return found_amount(arguments, count, "time", "times")


def _no_letters(arguments: Letters, subject: Subject) -> Found:
    text = unicodedata.normalize("NFD", skeleton(subject.response))
    there = sorted(set(text) & set(skeleton(arguments.letters)))
    return Found(not there, f"found: {', '.join(there)}" if there else "none is there")


CHECKERS = (
    Checker(
        name="keywords",
        arguments=Keywords,
        check=_keywords,
        sentence=lambda asked: f"Use all of these words: {listed(asked.words)}.",
    ),
    Checker(
        name="some_keywords",
        arguments=SomeKeywords,
        check=_some_keywords,
        sentence=lambda asked: f"Use at least {asked.at_least} of these words: {listed(asked.words)}.",
    ),
    Checker(
        name="forbidden_words",
        arguments=Keywords,
        check=_forbidden,
        sentence=lambda asked: f"Do not use any of these words: {listed(asked.words)}.",
    ),
    Checker(
        name="keyword_count",
        arguments=KeywordAmount,
        check=_keyword_count,
        sentence=lambda asked: f'Use the word "{asked.word}" {asked.of("time", "times")}.',
    ),
    Checker(
        name="keyword_in_sentence",
        arguments=KeywordPlace,
        check=_in_sentence,
        sentence=lambda asked: f'Use the word "{asked.word}" in the {ordinal(asked.number)} sentence.',
    ),
    Checker(
        name="keyword_in_each_paragraph",
        arguments=Keyword,
        check=_in_each_paragraph,
        sentence=lambda asked: f'Use the word "{asked.word}" in each paragraph.',
    ),
    Checker(
        name="keyword_order",
        arguments=Keywords,
        check=_in_order,
        sentence=lambda asked: f"Use these words in this order: {listed(asked.words)}.",
    ),
    Checker(
        name="letter_count",
        arguments=LetterAmount,
        check=_letter_count,
        sentence=lambda asked: f'Use the letter or sign "{asked.letter}" {asked.of("time", "times")}.',
    ),
    Checker(
        name="forbidden_letters",
        arguments=Letters,
        check=_no_letters,
        sentence=lambda asked: f"Do not use any of these letters: {', '.join(asked.letters)}.",
    ),
)
