"""Whether a response says things over again: runs of words, sentences, lines, single letters."""

import re
from typing import Annotated

import msgspec

from rubrics.criteria.amounts import Nothing
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.text import folded, lines, paragraphs, sentences, visible, words


class Runs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No run of `words` words may stand there more than `at_most` times."""

    words: Annotated[int, msgspec.Meta(ge=1, le=50)] = 5
    at_most: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1


class Share(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    share: Annotated[float, msgspec.Meta(gt=0, le=1)]


class Longest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at_most: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3


_SAME = re.compile(r"(\S)\1+")


def _runs(arguments: Runs, subject: Subject) -> Found:
    own, size = words(folded(subject.response)), arguments.words
    counts: dict[tuple[str, ...], int] = {}
    for at in range(len(own) - size + 1):
        run = tuple(own[at : at + size])
        counts[run] = counts.get(run, 0) + 1
        if counts[run] > arguments.at_most:
            return Found(False, f"this stands there more than {arguments.at_most} times: {' '.join(run)[:120]!r}")
    return Found(bool(own), "no run of words is repeated" if own else "there are no words")


def _once(name: str, parts: list[str]) -> Found:
    seen: set[str] = set()
    for part in map(folded, parts):
        if part in seen:
            return Found(False, f"this {name} is there twice: {part[:80]!r}")
        seen.add(part)
    return Found(bool(parts), "none is repeated" if parts else f"there is no {name}")


def _distinct(arguments: Share, subject: Subject) -> Found:
    own = words(folded(subject.response))
    share = len(set(own)) / len(own) if own else 0.0
    return Found(share >= arguments.share, f"{share:.2f} of the words are different; asked: {arguments.share:g}")


def _longest(arguments: Longest, subject: Subject) -> Found:
    longest = max((match[0] for match in _SAME.finditer(visible(subject.response))), key=len, default="")
    return Found(len(longest) <= arguments.at_most, f"longest: {longest[:40]!r}" if longest else "there is none")


CHECKERS = (
    Checker(
        name="no_repeated_words",
        arguments=Runs,
        check=_runs,
        sentence=lambda asked: (
            f"Use no run of {asked.words} words more than {'once' if asked.at_most == 1 else f'{asked.at_most} times'}."
        ),
    ),
    Checker(
        name="no_repeated_sentences",
        arguments=Nothing,
        check=lambda asked, subject: _once("sentence", sentences(subject.response)),
        sentence=lambda asked: "Do not write any sentence twice.",
    ),
    Checker(
        name="no_repeated_lines",
        arguments=Nothing,
        check=lambda asked, subject: _once("line", lines(subject.response)),
        sentence=lambda asked: "Do not write any line twice.",
    ),
    Checker(
        name="no_repeated_paragraphs",
        arguments=Nothing,
        check=lambda asked, subject: _once("paragraph", paragraphs(subject.response)),
        sentence=lambda asked: "Do not write any paragraph twice.",
    ),
    Checker(
        name="distinct_words",
        arguments=Share,
        check=_distinct,
        sentence=lambda asked: f"At least {asked.share:.0%} of your words must be different from each other.",
    ),
    Checker(
        name="no_long_runs",
        arguments=Longest,
        check=_longest,
        sentence=lambda asked: f"Write no sign more than {asked.at_most} times in a row.",
    ),
)
