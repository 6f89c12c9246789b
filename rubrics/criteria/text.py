"""What a reader sees of a text: its characters, words, sentences, lines and paragraphs, by one rule for all checkers.

- *Characters* are those that can be seen: compatibility forms are written plainly (NFKC), invisible ones are taken
  away, and of more than 30 marks on one letter the rest.
- A *word* is a run of letters, digits and their marks; up to three apostrophes or hyphens may join its parts, and
  points or commas the digits of a number. A letter of a script without spaces (Han, kana) is a word by itself.
- A *sentence* ends with `.`, `!`, `?` or `。`, before a space or the end, and at a blank line, a heading or the end of
  a list's item; not after an abbreviation, an initial or an item's number. It holds a word.
- A *line* is one that is not blank. A *paragraph* is lines between blank lines, with a word in them.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MOST_MARKS = 30
"""Marks in a row that are kept: the stream-safe limit of Unicode's annex 15. Normalizing is quadratic in them."""

_MARKABLE = re.compile(rf"[^\x00-\x7f]{{{MOST_MARKS + 1},}}")
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_BLANKS = re.compile(r"\s+")
_SOLO = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_JOINERS = "'’‐‑-"
_MOST_JOINERS = 3
_SPLIT = re.compile(rf"[{_JOINERS}]")
_ENDING = re.compile(r"(?P<marks>[.!?。]++)[\"'”’»)\]*_]{0,5}(?:(?=\s|\Z)|(?<=。))")
_LONGEST_ABBREVIATION = 12
_BLOCK = re.compile(r"\n[ \t]*\n")
_ITEM = re.compile(r"[ \t]*(?:[-*+•‣–] |\d{1,4}[.)] |#{1,6} |>|\|)")
_TITLES = frozenset(("mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "cf", "fig", "eq", "approx"))
_SHORTENED = frozenset(("etc", "jr", "sr", "inc", "ltd", "co", "dept", "a.m", "p.m", "u.s", "ed", "vol"))


def visible(text: str) -> str:
    """The characters of a text that can be seen, written plainly; line breaks become newlines.

    >>> visible("ba\\u200dna\\u00adna") == visible("ｂａｎａｎａ") == "banana"
    True
    """
    if not text.isascii():
        text = _SELECTORS.sub("", _MARKABLE.sub(_fewer_marks, text))
        hidden = {ord(each): None for each in set(text) if each in _FILLERS or unicodedata.category(each) == "Cf"}
        text = unicodedata.normalize("NFKC", text.translate(hidden) if hidden else text)
    return "\n".join(text.splitlines())


def _fewer_marks(match: re.Match[str]) -> str:
    kept: list[str] = []
    run = 0
    for each in match[0]:
        run = run + 1 if unicodedata.combining(each) else 0
        if run <= MOST_MARKS:
            kept.append(each)
    return "".join(kept)


def folded(text: str) -> str:
    """A visible text without regard to case, each run of blanks one space."""
    return _BLANKS.sub(" ", visible(text).casefold()).strip()


def written_out(text: str) -> str:
    """A text whose raised digits are powers and whose fractions in one character are written with a slash.

    >>> written_out("5² m and 2½")
    '5^2 m and 2 1/2'
    """
    if text.isascii():
        return text
    kinds = {each: unicodedata.decomposition(each).split(" ")[0] for each in set(text)}
    changed = {each: _CHANGES[kind] for each, kind in kinds.items() if kind in _CHANGES}
    return text.translate(
        {ord(each): sign + unicodedata.normalize("NFKC", each).replace("\u2044", "/") for each, sign in changed.items()}
    )


_CHANGES = {"<super>": "^", "<fraction>": " "}


def words(text: str) -> list[str]:
    """The words of a text in order, as written.

    >>> words("A well-known fact: 3,141.5 isn't _half_ of it; 東京…")
    ['A', 'well-known', 'fact', '3,141.5', "isn't", 'half', 'of', 'it', '東', '京']
    """
    text = visible(text)
    marks = "" if text.isascii() else "".join(sorted(c for c in set(text) if unicodedata.category(c)[0] == "M"))
    found = _word_pattern(marks).findall(text)
    return [part for word in found for part in (_parts(word) if len(word) > _MOST_JOINERS else (word,))]


def _parts(word: str) -> list[str]:
    """A word, or its parts where more are joined than make one word."""
    parts = _SPLIT.split(word)
    return parts if len(parts) > _MOST_JOINERS + 1 else [word]


@lru_cache(maxsize=64)
def _word_pattern(marks: str) -> re.Pattern[str]:
    letter = rf"[^\W_{_SOLO}]"
    run = rf"(?:{letter}|[{re.escape(marks)}])+" if marks else rf"{letter}+"
    return re.compile(rf"[{_SOLO}]|{run}(?:(?:[{_JOINERS}]|(?<=[0-9])[.,](?=[0-9])){run})*")


def lines(text: str) -> list[str]:
    """The lines of a text that are not blank, without the spaces around them."""
    return [line.strip() for line in visible(text).split("\n") if line.strip()]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, without the spaces around them.

    >>> paragraphs("One\\nof two.\\n\\n---\\n\\nTwo.")
    ['One\\nof two.', 'Two.']
    """
    return [block.strip() for block in _BLOCK.split(visible(text)) if has_word(block)]


def sentences(text: str) -> list[str]:
    """The sentences of a text, without the spaces around them.

    >>> sentences("Dr. Lee paid 3.50 in the U.S. market. Why? (No idea!)\\n\\n- an item\\n- two\\nof three")
    ['Dr. Lee paid 3.50 in the U.S. market.', 'Why?', '(No idea!)', '- an item', '- two\\nof three']
    """
    return [
        sentence.strip()
        for block in _BLOCK.split(visible(text))
        for piece in _pieces(block)
        for sentence in _ended(piece)
        if has_word(sentence)
    ]


def _pieces(block: str) -> list[str]:
    """A block cut before each item, heading or row of a table, and after a heading."""
    pieces: list[str] = []
    after_heading = True
    for line in block.split("\n"):
        starts = _ITEM.match(line) is not None
        if starts or after_heading:
            pieces.append(line)
        else:
            pieces[-1] += "\n" + line
        after_heading = starts and line.lstrip().startswith(("#", "|"))
    return pieces


def _ended(piece: str) -> list[str]:
    found: list[str] = []
    start = 0
    for match in _ENDING.finditer(piece):
        if match["marks"] == "." and _goes_on(piece, match.start(), match.end()):
            continue
        found.append(piece[start : match.end()])
        start = match.end()
    return [*found, piece[start:]]


def _goes_on(piece: str, point: int, end: int) -> bool:
    """Whether a point is that of an abbreviation, of an initial, or of the number that a list's item begins with."""
    before = piece[max(0, point - _LONGEST_ABBREVIATION) : point]
    if not before[-1:].isalnum():
        return False
    word = before.split()[-1].lstrip("(\"'“‘[*_")
    if len(word) == 1 and word.isupper():
        return word != "I"
    if word.isdecimal() and not piece[: point - len(word)].strip():
        return True
    following = piece[end : end + 2].strip()[:1]
    return word.casefold() in _TITLES or (word.casefold() in _SHORTENED and following.islower())


def has_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def skeleton(text: str) -> str:
    """A text as it looks, for finding what may not be in it: letters that look like Latin ones are those, entities
    are read, tags and marks of emphasis inside words are taken away, case is not regarded.

    >>> skeleton("B&#97;n\\u0430<b></b>n**a**")
    'banana'
    """
    seen = visible(html.unescape(text)) if "&" in text else visible(text)
    seen = _TAG.sub("", seen)
    seen = _EMPHASIS.sub("", seen)
    return _BLANKS.sub(" ", seen.translate(_LOOK_ALIKES).casefold()).strip()


_LONGEST_PATTERN = 300
_IN_NUMBER_BEFORE = re.compile(r"[0-9][.,]\Z")
_IN_NUMBER_AFTER = re.compile(r"[.,][0-9]")

_TAG = re.compile(r"<!--[^<>]{0,200}-->|</?[A-Za-z][^<>]{0,200}>")
_EMPHASIS = re.compile(r"\*{1,3}|_{1,3}|`{1,3}|~~")
_LOOK_ALIKES = str.maketrans(
    # Cyrillic, Greek, Armenian and others, then small capitals, each above the Latin letter it looks like
    "АВЕКМНОРСТХУЅІЈԌԚԜаеорсухіјѕһԁԛԝүӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυχγօսհոցզıɑɡᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ🅰🅱🅾🅿",
    "ABEKMHOPCTXYSIJGQWaeopcyxijshdqwylABEZHIKMNOPTYXaikvopuxyouhngqiagabcdefghijklmnoprstuvwyzABOP",
)


def occurrences(phrase: str, text: str) -> int:
    """How often a phrase stands in a text as whole words; both folded, or both skeletons. It may not overlap itself."""
    return sum(1 for _ in _places(phrase, text, 0))


def first_place(phrase: str, text: str, start: int = 0, *, in_numbers: bool = False) -> int | None:
    """Where a phrase first stands in a text as whole words, from `start` on; None where it does not.

    Unless `in_numbers`, a number is whole too: 42 does not stand in 42.5 or 1,042.

    >>> first_place("42", "it is 42.5"), first_place("42", "it is 42."), first_place("42", "42.5", in_numbers=True)
    (None, 6, 0)
    """
    return next(_places(phrase, text, start, in_numbers=in_numbers), None)


def _places(phrase: str, text: str, start: int, *, in_numbers: bool = False) -> Iterator[int]:
    if not phrase or len(phrase) > len(text):
        return
    if text.isascii() and len(phrase) <= _LONGEST_PATTERN:  # the same rule, quick where it is within many words
        before = "(?<![A-Za-z0-9])" if phrase[0].isalnum() else ""
        after = "(?![A-Za-z0-9])" if phrase[-1].isalnum() else ""
        if not in_numbers:
            before += "(?<![0-9][.,])" if phrase[0].isdigit() else ""
            after += "(?![.,][0-9])" if phrase[-1].isdigit() else ""
        yield from (match.start() for match in re.compile(before + re.escape(phrase) + after).finditer(text, start))
        return
    place = text.find(phrase, start)
    while place >= 0:
        end = place + len(phrase)
        whole = _apart(text, place - 1, phrase[0]) and _apart(text, end, phrase[-1])
        if whole and not in_numbers:
            whole = not (
                (phrase[0].isdigit() and _IN_NUMBER_BEFORE.search(text, max(0, place - 2), place))
                or (phrase[-1].isdigit() and _IN_NUMBER_AFTER.match(text, end))
            )
        if whole:
            yield place
        place = text.find(phrase, end if whole else place + 1)


def _apart(text: str, place: int, edge: str) -> bool:
    """Whether the character beside a phrase is no part of the phrase's own word."""
    if not 0 <= place < len(text) or not edge.isalnum():
        return True
    beside = text[place]
    if "\u3040" <= edge <= "\u9fff" or "\u3040" <= beside <= "\u9fff":
        return True
    return not (beside.isalnum() or unicodedata.category(beside)[0] == "M")
