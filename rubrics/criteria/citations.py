"""Citations in square brackets: that they exist in the list of references, that all of it is used."""

import re
from typing import Annotated

import msgspec

from rubrics.criteria.amounts import Count, Nothing, number_of
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.keywords import listed
from rubrics.criteria.text import paragraphs, visible

_CITED = re.compile(r"\[(?P<keys>[\w@:.,; –-]{1,80})\](?!\()")
_REFERENCE = re.compile(r"[ \t]*(?:\[(?P<key>[\w@:.-]{1,40})\]|(?P<number>\d{1,3})[.)])[ \t:]+\S")
_REFERENCES = re.compile(r"(?im)^[ \t#*_]*(?:references|sources|bibliography|works cited)[ \t:*_]*$")


class Citations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keys` are what may be cited; without any, it is the response's own list of references."""

    keys: Annotated[tuple[str, ...], msgspec.Meta(max_length=200)] = ()
    at_least: Count = 1


def _divided(text: str) -> tuple[str, tuple[str, ...]]:
    """The text before the list of references, and the keys of that list."""
    headings = list(_REFERENCES.finditer(text))
    if not headings:
        return text, ()
    heading = headings[-1]
    found = (_REFERENCE.match(line) for line in text[heading.end() :].split("\n"))
    return text[: heading.start()], tuple(match["key"] or match["number"] for match in found if match)


def cited(text: str, keys: frozenset[str]) -> list[str]:
    """The keys in square brackets, in order; ranges of numbers written out. A bracket of other words is none."""
    found: list[str] = []
    for match in _CITED.finditer(text):
        parts = [part.strip() for part in re.split(r"[,;]", match["keys"])]
        if all(part in keys or re.fullmatch(r"@?\d{1,3}([–-]\d{1,3})?|@[\w:.-]+", part) for part in parts):
            for part in parts:
                found += [part] if part in keys else _written_out(part)
    return found


def _written_out(part: str) -> list[str]:
    ends = re.fullmatch(r"(\d{1,3})[–-](\d{1,3})", part)
    if ends is None or not 0 <= int(ends[2]) - int(ends[1]) <= 50:
        return [part]
    return [str(each) for each in range(int(ends[1]), int(ends[2]) + 1)]


def _citations(arguments: Citations, subject: Subject) -> Found:
    body, listed_keys = _divided(visible(subject.response))
    keys = frozenset(arguments.keys or listed_keys)
    found = cited(body, keys)
    unknown = [key for key in found if key not in keys]
    if unknown:
        return Found(False, f"there is no reference {unknown[0]!r}")
    return Found(
        len(set(found)) >= arguments.at_least, f"{len(set(found))} references are cited; asked: {arguments.at_least}"
    )


def _references_used(arguments: Nothing, subject: Subject) -> Found:
    body, keys = _divided(visible(subject.response))
    unused = sorted(set(keys) - set(cited(body, frozenset(keys))))
    if unused:
        return Found(False, f"never cited: {listed(tuple(unused[:5]))}")
    return Found(bool(keys), "all are cited" if keys else "there is no list of references")


def _each_paragraph_cites(arguments: Nothing, subject: Subject) -> Found:
    body, keys = _divided(visible(subject.response))
    found = [paragraph for paragraph in paragraphs(body) if not paragraph.startswith("#")]
    for place, paragraph in enumerate(found, 1):
        if not cited(paragraph, frozenset(keys)):
            return Found(False, f"paragraph {place} cites nothing")
    return Found(bool(found), "all cite something" if found else "there is no paragraph")


CHECKERS = (
    Checker(
        name="citations",
        arguments=Citations,
        check=_citations,
        sentence=lambda asked: (
            f"Cite at least {number_of(asked.at_least, 'reference', 'references')} in square brackets"
            + (
                f", of these alone: {listed(asked.keys)}."
                if asked.keys
                else ", all from a list of references at the end."
            )
        ),
    ),
    Checker(
        name="references_cited",
        arguments=Nothing,
        check=_references_used,
        sentence=lambda asked: "End with a list of references, and cite each of them in square brackets.",
    ),
    Checker(
        name="paragraphs_cite",
        arguments=Nothing,
        check=_each_paragraph_cites,
        sentence=lambda asked: "Each paragraph must cite a reference in square brackets.",
    ),
)
