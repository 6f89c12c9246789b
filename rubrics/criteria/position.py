"""What a response begins and ends with: its words, its lines, its sentences."""

from itertools import pairwise
from typing import Annotated

import msgspec

from rubrics.criteria.amounts import Nothing, Phrase
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.keywords import KeywordPlace, ordinal, part_at
from rubrics.criteria.text import first_place, folded, lines, paragraphs, sentences, visible, words


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Phrase


class Acrostic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    letters: Annotated[str, msgspec.Meta(min_length=2, max_length=100, pattern=r"^[^\W\d_]+\Z")]


def _starts(arguments: Opening, subject: Subject) -> Found:
    holds = first_place(folded(arguments.text), folded(subject.response)) == 0
    return Found(holds, "it begins so" if holds else f"it begins with: {folded(subject.response)[:40]!r}")


def _ends(arguments: Opening, subject: Subject) -> Found:
    text, end = folded(subject.response), folded(arguments.text)
    holds = text.endswith(end) and first_place(end, text, len(text) - len(end)) is not None
    return Found(holds, "it ends so" if holds else f"it ends with: {text[-40:]!r}")


def _word_at(arguments: KeywordPlace, subject: Subject) -> Found:
    word = part_at(words(subject.response), arguments.number)
    if word is None:
        return Found(False, f"there is no {ordinal(arguments.number)} word")
    return Found(folded(word) == folded(arguments.word), f'the {ordinal(arguments.number)} word is "{word[:60]}"')


def _paragraph_starts(arguments: KeywordPlace, subject: Subject) -> Found:
    paragraph = part_at(paragraphs(subject.response), arguments.number)
    if paragraph is None:
        return Found(False, f"there is no {ordinal(arguments.number)} paragraph")
    first = words(paragraph)[0]
    return Found(folded(first) == folded(arguments.word), f'it begins with "{first[:60]}"')


def _lines_start(arguments: Opening, subject: Subject) -> Found:
    found, start = lines(subject.response), visible(arguments.text).strip()
    for place, line in enumerate(found, 1):
        if not line.startswith(start):
            return Found(False, f"line {place} begins with: {line[:40]!r}")
    return Found(bool(found), "all lines begin so" if found else "there is no line")


def _acrostic(arguments: Acrostic, subject: Subject) -> Found:
    first = "".join(next((each for each in line if each.isalpha()), "?") for line in lines(subject.response))
    return Found(folded(first) == folded(arguments.letters), f"the lines begin with the letters: {first[:100]!r}")


def _varied_openings(arguments: Nothing, subject: Subject) -> Found:
    openings = [folded(words(sentence)[0]) for sentence in sentences(subject.response)]
    for place, (before, after) in enumerate(pairwise(openings), 2):
        if before == after:
            return Found(False, f'sentence {place} begins with "{after[:60]}" as the one before it')
    return Found(bool(openings), "no two in a row begin alike" if openings else "there is no sentence")


CHECKERS = (
    Checker(
        name="starts_with",
        arguments=Opening,
        check=_starts,
        sentence=lambda asked: f'Begin your response with: "{asked.text}".',
    ),
    Checker(
        name="ends_with",
        arguments=Opening,
        check=_ends,
        sentence=lambda asked: f'End your response with: "{asked.text}" and nothing after it.',
    ),
    Checker(
        name="word_at",
        arguments=KeywordPlace,
        check=_word_at,
        sentence=lambda asked: f'The {ordinal(asked.number)} word must be "{asked.word}".',
    ),
    Checker(
        name="paragraph_starts_with",
        arguments=KeywordPlace,
        check=_paragraph_starts,
        sentence=lambda asked: f'The {ordinal(asked.number)} paragraph must begin with the word "{asked.word}".',
    ),
    Checker(
        name="lines_start_with",
        arguments=Opening,
        check=_lines_start,
        sentence=lambda asked: f'Begin each line with: "{asked.text}".',
    ),
    Checker(
        name="acrostic",
        arguments=Acrostic,
        check=_acrostic,
        sentence=lambda asked: f'The first letters of the lines must spell "{asked.letters}".',
    ),
    Checker(
        name="varied_openings",
        arguments=Nothing,
        check=_varied_openings,
        sentence=lambda asked: "No two sentences in a row may begin with the same word.",
    ),
)
