"""Sentences and lines of a text as token sequences, before it is known which tokens are names."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from dedup.text.lexemes import Kind, Lexeme, lexemes
from dedup.text.vocabulary import words
from dedup.text.wording import worded

MOST_TOKENS = 400
"""Tokens of one clause: a longer sentence is cut into clauses of this length."""

LONGEST_LINE = 20_000
"""Characters of one line that are looked at as a row of a drawing."""


class Clause(NamedTuple):
    """One sentence or line, articles dropped.

    `forms` are the tokens' spellings, `kinds` their kinds, `written` how they stand in the text. `names` are the places
    of tokens that may be names; `words` is the set of spellings. `lists` are the enumerations of single words in it.
    `marker` is "-" for a bullet before it, "1" for a number, "" for none; `line` is whether it is all of its line.
    """

    forms: tuple[str, ...]
    kinds: tuple[Kind, ...]
    written: tuple[str, ...]
    names: tuple[int, ...]
    words: frozenset[str]
    lists: tuple[tuple[str, ...], ...]
    marker: str
    line: bool


def clauses(text: str) -> list[Clause]:
    """The clauses of a plain text, in order; empty lines have none."""
    told: list[Clause] = []
    fenced = False
    for line in text.split("\n"):
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or _CODE.match(line):
            told.append(_literal(line))
        elif line:
            for piece in _pieces(line):
                told += _remembered(*piece) if len(piece[0]) <= 300 else _clauses_of(*piece)
    return told


_BOUNDARY = re.compile(r"(?<=[a-zA-Z]{3}[a-zA-Z\d][.?]) +(?=[^ ])")


def _pieces(line: str) -> list[tuple[str, bool, bool]]:
    """The line cut where a sentence surely ends; of each piece, whether the line begins with it and is all of it.

    So that a sentence that stands in many texts is read once.
    """
    if len(line) < 60 or '"' in line:
        return [(line, True, True)]
    cut = _BOUNDARY.split(line)
    return [(piece, not at, len(cut) == 1) for at, piece in enumerate(cut)]


_MARKER = re.compile(r"[ .]{0,40}(?:([-*•])(?=\s)|\(?\d{1,3}[.)](?=\s)|\[\d{1,3}\](?=\s))\s{0,8}")
_LETTERS = re.compile(r"[^\W\d_]{2}|['\",:;=?()]")
_DRAWING = re.compile(
    r"[_#@]|\|--|[.]{2}|--|^[\sv^<>]+$"  # walls, runs of empty places, arrows
    r"|(?:^|\s)\.(?:\s|$)|\S-(?:\s|$)"  # a dot that ends no sentence, a dash that begins nothing
    r"|(?:^|\s)[-*?](?:\s.{0,200})?\s[-*?](?:\s|$)"  # two signs that stand alone
)
_CODE = re.compile(
    r"\s{0,40}(?:def |class \w+[:(]|import \w|from \w+ import|return\b|(?:for|while|if|elif) .{1,80}:$|print\()"
)


def _clauses_of(line: str, opens: bool, whole: bool) -> tuple[Clause, ...]:
    if whole and len(line) < LONGEST_LINE and not _LETTERS.search(line) and _DRAWING.search(line):
        return (_literal(line),) if line.strip() else ()
    marker, start = "", 0
    found = _MARKER.match(line) if opens else None
    if found and found.end() < len(line):
        marker, start = ("-" if found[1] else "1"), found.end()
    tokens = lexemes(line[start:])
    parts = list(_sentences([*_differentials(tokens)] if "∫" in line or "\\int" in line else tokens))
    return tuple(_clause(part, "" if at else marker, whole and len(parts) == 1) for at, part in enumerate(parts))


_remembered = lru_cache(maxsize=8_192)(_clauses_of)


def _differentials(tokens: Sequence[Lexeme]) -> Iterator[Lexeme]:
    """The tokens of an integral with the unknown of "dx" as a letter of its own."""
    for token in tokens:
        if len(token.written) == 2 and token.written[0] == "d" and token.written.isalpha():
            yield Lexeme("d", Kind.WORD, "d")
            yield Lexeme(token.written[1], Kind.LETTER, token.written[1])
        else:
            yield token


def _literal(line: str) -> Clause:
    """A line to the letter, but for blanks at its end, and those before it where no place of it is told by blanks."""
    kept = line.rstrip() if "  " in line.strip() else line.strip()
    return Clause((kept,), (Kind.QUOTED,), (kept,), (), frozenset((kept,)), (), "", True)


_ENDS = frozenset(".?!;")
_SHORT = words("mr mrs ms dr st vs prof eg ie etc jr approx")


def _sentences(tokens: Sequence[Lexeme]) -> Iterator[list[Lexeme]]:
    """Token runs that end where a sentence does; what ends them, other than a question mark, is dropped."""
    part: list[Lexeme] = []
    quoted = False
    for at, token in enumerate(tokens):
        form = token.form
        if form in _ENDS:
            if form == "?":
                part.append(token)
            elif form == "." and part and part[-1].form in _SHORT:
                continue
            if part and not (at + 1 < len(tokens) and tokens[at + 1].form == '"' and quoted):
                yield part
                part = []
            continue
        part.append(token)
        if form == '"':
            quoted = not quoted
            if not quoted and tokens[at - 1].form in _ENDS:
                yield part
                part = []
        elif len(part) >= MOST_TOKENS:
            yield part
            part = []
    if part:
        yield part


def _clause(part: list[Lexeme], marker: str, line: bool) -> Clause:
    kept = worded(part)
    forms, kinds, written = zip(*kept, strict=True) if kept else ((), (), ())
    names = tuple(at for at, kind in enumerate(kinds) if kind in _NAMES)
    lists = tuple(_lists(kept)) if "," in forms else ()
    return Clause(forms, kinds, written, names, frozenset(forms), lists, marker, line)


_NAMES = frozenset((Kind.GIVEN, Kind.CAPITAL, Kind.LETTER, Kind.LABEL))


def _lists(tokens: Sequence[Lexeme]) -> Iterator[tuple[str, ...]]:
    """Enumerations of three or more single words, or of two or more after a colon."""
    run: list[str] = []
    after_colon = False
    for at, token in enumerate(tokens):
        if token.form == "," or (token.form == "and" and run and at < len(tokens) - 1):
            continue
        item = token.kind in _ITEMS and _separated(tokens, at) and (not run or _joined(tokens, at))
        if item:
            after_colon = after_colon if run else at > 0 and tokens[at - 1].form == ":"
            run.append(token.form)
        if not item or at == len(tokens) - 1:
            if len(run) >= (2 if after_colon else 3):
                yield tuple(run)
            run = []


_ITEMS = frozenset((Kind.WORD, Kind.GIVEN, Kind.CAPITAL, Kind.LABEL))


def _separated(tokens: Sequence[Lexeme], at: int) -> bool:
    """Whether a comma, a colon, an "and" or the clause's edge is on both sides, or the list begins or ends here."""
    after = tokens[at + 1].form if at + 1 < len(tokens) else ","
    before = tokens[at - 1].form if at else ","
    return (after in _JOINTS) or (before in _JOINTS)


def _joined(tokens: Sequence[Lexeme], at: int) -> bool:
    return tokens[at - 1].form in _JOINTS


_JOINTS = frozenset((",", "and", ":", "or"))
