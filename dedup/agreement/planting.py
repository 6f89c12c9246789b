"""Near-duplicates planted by edits of a text: one thing changed, so that it is most likely another problem."""

import re
from collections.abc import Callable, Iterator
from random import Random

import msgspec

from dedup.agreement.facts import Facts, facts_of
from dedup.agreement.usage import Usage
from schemas.document import Document

_OPPOSITES = (
    ("left", "right"), ("before", "after"), ("more", "fewer"), ("less", "more"), ("larger", "smaller"), ("all", "some"),
    ("older", "younger"), ("longer", "shorter"), ("longest", "shortest"), ("most", "least"), ("and", "or"), ("+", "-"),
    ("knight", "knave"), ("above", "below"), ("true", "false"), ("gains", "loses"), ("buys", "sells"), ("<", ">"),
    ("first", "last"), ("every", "some"), ("inside", "outside"), ("next", "opposite"), ("taller", "shorter"),
)  # fmt: skip
_OPPOSITE = {one: other for one, other in _OPPOSITES} | {other: one for one, other in _OPPOSITES}
_WORD = re.compile(r"[A-Za-z']+|[<>+-]")
_NUMBER = re.compile(r"(?<![\w.])\d{1,9}(?![\w.]|\.\d)")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?\s*")


def planted(document: Document, usage: Usage, rng: Random) -> Iterator[tuple[Facts, Facts]]:
    """(the document, the document with one thing changed), both with the document's answer; one pair for each way."""
    whole = facts_of(document, usage.varying, usage.names)
    for change in (_number, _relation, _choice, _names, _clause):
        text = change(document.text, whole, usage, rng)
        if text is not None and text != document.text:
            yield whole, facts_of(msgspec.structs.replace(document, text=text), usage.varying, usage.names)


def _number(text: str, whole: Facts, usage: Usage, rng: Random) -> str | None:
    return _at_one(text, _NUMBER, lambda written: str(int(written) + 1), rng)


def _relation(text: str, whole: Facts, usage: Usage, rng: Random) -> str | None:
    return _at_one(text, _WORD, lambda written: _OPPOSITE.get(written.lower()), rng)


def _choice(text: str, whole: Facts, usage: Usage, rng: Random) -> str | None:
    known = usage.varying | usage.choices

    def another(written: str) -> str | None:
        options = sorted(known - {written.lower()})
        return rng.choice(options) if options and written.lower() in known else None

    return _at_one(text, _WORD, another, rng)


def _names(text: str, whole: Facts, usage: Usage, rng: Random) -> str | None:
    """Two names exchanged in one sentence."""
    told = [match for match in _SENTENCE.finditer(text)][:200]
    for match in rng.sample(told, len(told)):
        here = [name for name in whole.entities if re.search(rf"\b{re.escape(name)}\b", match[0], re.I)]
        if len(here) > 1:
            one, other = (name.casefold() for name in rng.sample(here, 2))
            parts = re.split(rf"\b({re.escape(one)}|{re.escape(other)})\b", match[0], flags=re.I)
            written = {part.casefold(): part for part in parts}
            instead = {one: written[other], other: written[one]}
            exchanged = "".join(instead.get(part.casefold(), part) for part in parts)
            return text[: match.start()] + exchanged + text[match.end() :]
    return None


def _clause(text: str, whole: Facts, usage: Usage, rng: Random) -> str | None:
    """One sentence left out, of at least three."""
    told = [match for match in _SENTENCE.finditer(text)]
    if len(told) < 3:
        return None
    match = rng.choice(told)
    return text[: match.start()] + text[match.end() :]


def _at_one(text: str, pattern: re.Pattern[str], changed: Callable[[str], str | None], rng: Random) -> str | None:
    """The text with one match of the pattern changed, out of those that can be."""
    found = list(pattern.finditer(text))
    for match in rng.sample(found, len(found)):
        instead = changed(match[0])
        if instead is not None:
            return text[: match.start()] + instead + text[match.end() :]
    return None
