"""What a response takes from its source: exact quotes, exact places, whole sentences or lines, or nothing copied."""

import re
from typing import Annotated

import msgspec

from rubrics.criteria.amounts import Count, Nothing, number_of
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.text import first_place, folded, lines, sentences, visible, words

_QUOTE = re.compile(r"“(?P<curly>[^“”]+)”|«(?P<angle>[^«»]+)»|\"(?P<plain>[^\"\n]+)\"")
_PLACED = re.compile(r"\"(?P<quote>[^\"\n]+)\" ?\[(?P<start>\d{1,6}):(?P<end>\d{1,6})\]", re.ASCII)
_SMOOTH = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})


MOST_LOOKED_UP = 300
"""Quotes or sentences that are looked for in one source; with more a response fails."""


class Quotes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least so many different quotes, each of at least `words` words."""

    at_least: Count = 1
    words: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1


class Run(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The least number of words in a row that counts as copied."""

    words: Annotated[int, msgspec.Meta(ge=2, le=100)] = 8


class Spans(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at_least: Count = 1


def quotes(text: str) -> list[str]:
    """What stands in double quotation marks, as written.

    >>> quotes('He said “no way” and "go on".')
    ['no way', 'go on']
    """
    return [match["curly"] or match["angle"] or match["plain"] for match in _QUOTE.finditer(text)]


def _smooth(text: str) -> str:
    """A text with plain quotation marks and dashes and single spaces; its case is kept."""
    return " ".join(visible(text).translate(_SMOOTH).split())


def _quotes(arguments: Quotes, subject: Subject) -> Found:
    source = _smooth(subject.source)
    found = quotes(visible(subject.response))
    if len(found) > MOST_LOOKED_UP:
        return Found(False, f"there are more than {MOST_LOOKED_UP} quotes")
    different = {_smooth(quote).rstrip(" .,;:"): quote for quote in found}
    for smooth, quote in different.items():
        if first_place(smooth, source) is None:
            return Found(False, f"not in the source: {quote[:80]!r}")
    long = sum(len(words(quote)) >= arguments.words for quote in different)
    return Found(
        long >= arguments.at_least, f"{long} quotes from the source, word for word; asked: {arguments.at_least}"
    )


def _spans(arguments: Spans, subject: Subject) -> Found:
    found = list(_PLACED.finditer(subject.response))
    for match in found:
        start, end = int(match["start"]), int(match["end"])
        if subject.source[start:end] != match["quote"]:
            return Found(False, f"[{start}:{end}] of the source is {subject.source[start:end][:60]!r}")
    if len(quotes(subject.response)) > len(found):
        return Found(False, "a quote has no place after it")
    different = len({(int(match["start"]), int(match["end"])) for match in found})
    return Found(different >= arguments.at_least, f"{different} quotes with their places; asked: {arguments.at_least}")


def _lines_of_source(arguments: Nothing, subject: Subject) -> Found:
    """The same lines, as often, in any order."""
    own, given = sorted(map(_smooth, lines(subject.response))), sorted(map(_smooth, lines(subject.source)))
    if own == given:
        return Found(True, "the lines are those of the source")
    extra, missing = _without(own, given), _without(given, own)
    told = f"not in the source: {extra[0][:60]!r}" if extra else f"missing: {missing[0][:60]!r}"
    return Found(False, told)


def _without(those: list[str], others: list[str]) -> list[str]:
    """What is in the first more often than in the second."""
    left = dict.fromkeys(others, 0)
    for each in others:
        left[each] += 1
    rest: list[str] = []
    for each in those:
        if left.get(each, 0) > 0:
            left[each] -= 1
        else:
            rest.append(each)
    return rest


def _one_span(arguments: Nothing, subject: Subject) -> Found:
    holds = first_place(_smooth(subject.response), _smooth(subject.source)) is not None
    return Found(holds, "it stands in the source" if holds else "it does not stand in the source as a whole")


def _not_copied(arguments: Run, subject: Subject) -> Found:
    size = arguments.words
    own, given = words(folded(subject.response)), words(folded(subject.source))
    runs = {tuple(given[at : at + size]) for at in range(len(given) - size + 1)}
    copied = next((at for at in range(len(own) - size + 1) if tuple(own[at : at + size]) in runs), None)
    return Found(
        copied is None, "nothing is" if copied is None else f"copied: {' '.join(own[copied : copied + size])[:120]!r}"
    )


def _all_sentences_from_source(arguments: Nothing, subject: Subject) -> Found:
    source = _smooth(subject.source)
    found = sentences(subject.response)
    if len(found) > MOST_LOOKED_UP:
        return Found(False, f"there are more than {MOST_LOOKED_UP} sentences")
    strange = next((each for each in found if first_place(_smooth(each), source) is None), None)
    if strange is not None:
        return Found(False, f"not in the source: {strange[:80]!r}")
    return Found(bool(found), "all are in the source" if found else "there is no sentence")


CHECKERS = (
    Checker(
        name="quotes_from_source",
        arguments=Quotes,
        check=_quotes,
        sentence=lambda asked: (
            f"Give at least {number_of(asked.at_least, 'quote', 'quotes')} from the source in double quotation marks"
            f"{f', of {asked.words} words or more each' if asked.words > 1 else ''}; each must be word for word."
        ),
        needs="source",
    ),
    Checker(
        name="quote_places",
        arguments=Spans,
        check=_spans,
        sentence=lambda asked: (
            f"Give at least {number_of(asked.at_least, 'quote', 'quotes')} from the source, each with its place "
            'in characters counted from 0, such as "some words" [120:130].'
        ),
        needs="source",
    ),
    Checker(
        name="span_of_source",
        arguments=Nothing,
        check=_one_span,
        sentence=lambda asked: "Answer with a passage of the source, word for word, and nothing else.",
        needs="source",
    ),
    Checker(
        name="sentences_from_source",
        arguments=Nothing,
        check=_all_sentences_from_source,
        sentence=lambda asked: "Use only sentences of the source, word for word.",
        needs="source",
    ),
    Checker(
        name="lines_of_source",
        arguments=Nothing,
        check=_lines_of_source,
        sentence=lambda asked: "Give back exactly the lines of the source, in any order.",
        needs="source",
    ),
    Checker(
        name="not_copied",
        arguments=Run,
        check=_not_copied,
        sentence=lambda asked: f"Use your own words: copy no {asked.words} words in a row from the source.",
        needs="source",
    ),
)
