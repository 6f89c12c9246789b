"""The parts of a Markdown text, line by line: fences, headings, items of lists, tables. What is in a fence is code."""

import re
from typing import NamedTuple

from rubrics.criteria.text import has_word, visible

_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}+(?!.*`)|~{3,}+)[ \t]*(?P<language>[\w+#.-]{0,30})")
_HEADING = re.compile(r" {0,3}(?P<level>#{1,6})[ \t]+(?P<title>\S.*)")
_BULLET = re.compile(r"[ \t]*[-*+•‣] +(?P<text>\S.*)")
_NUMBERED = re.compile(r"[ \t]*(?P<number>\d{1,4})[.)] +(?P<text>\S.*)")
_BOLD = re.compile(r"\*\*(?=[^\s*])([^*\n]*[^\s*])\*\*|__(?=[^\s_])([^_\n]*[^\s_])__")
_RULE = re.compile(r"\s*:?-{1,}:?\s*\Z")


class CodeBlock(NamedTuple):
    """`language` is as written after the fence, in small letters; `closed` whether the fence ends."""

    language: str
    code: str
    closed: bool


class Heading(NamedTuple):
    level: int
    title: str


class Section(NamedTuple):
    """A heading's title, and what stands between it and the next heading."""

    title: str
    body: str


class Table(NamedTuple):
    """The cells as written, without the spaces around them; a row may have fewer or more of them than the columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def code_blocks(text: str) -> list[CodeBlock]:
    """The fenced blocks of a text as written, not normalized."""
    return _divided(text)[0]


def prose(text: str) -> str:
    """The visible text without its fenced blocks."""
    return visible("\n".join(_divided(text)[1]))


def _divided(text: str) -> tuple[list[CodeBlock], list[str]]:
    blocks: list[CodeBlock] = []
    outside: list[str] = []
    mark, language, inside = "", "", list[str]()
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if not mark and fence:
            mark, language, inside = fence["mark"], fence["language"].lower(), []
        elif mark and fence and fence["mark"].startswith(mark) and not fence["language"]:
            blocks.append(CodeBlock(language, "\n".join(inside), True))
            mark = ""
        else:
            (inside if mark else outside).append(line)
    if mark:
        blocks.append(CodeBlock(language, "\n".join(inside), False))
    return blocks, outside


def headings(text: str) -> list[Heading]:
    """The headings of a text, written with number signs.

    >>> headings("# One #\\ntext\\n## Two")
    [Heading(level=1, title='One'), Heading(level=2, title='Two')]
    """
    found = (_HEADING.match(line) for line in prose(text).split("\n"))
    return [Heading(len(match["level"]), _heading_title(match)) for match in found if match]


def sections(text: str) -> list[Section]:
    """The parts of a text under its headings; a line that is bold as a whole is a heading too."""
    found: list[Section] = []
    body: list[str] = []
    for line in prose(text).split("\n"):
        match = _HEADING.match(line)
        bold = _BOLD.fullmatch(line.strip().removesuffix(":")) if not match else None
        if match or bold:
            if found:
                found[-1] = Section(found[-1].title, "\n".join(body))
            title = _heading_title(match) if match else bold[1] or bold[2] if bold else ""
            found.append(Section(title.strip().strip("*_").removesuffix(":"), ""))
            body = []
        else:
            body.append(line)
    if found:
        found[-1] = Section(found[-1].title, "\n".join(body))
    return found


def _heading_title(match: re.Match[str]) -> str:
    return match["title"].rstrip().rstrip("#").rstrip()


def bullets(text: str) -> list[str]:
    """The items of bulleted lists; one without a word is none."""
    found = (_BULLET.match(line) for line in prose(text).split("\n"))
    return [match["text"].strip() for match in found if match and has_word(match["text"])]


def numbered(text: str) -> list[str]:
    """The items of numbered lists: each numbered 1, as the one before it, or one more.

    >>> numbered("1. one\\n2. two\\n7. seven")
    ['one', 'two']
    """
    items: list[str] = []
    last = 0
    for match in filter(None, map(_NUMBERED.match, prose(text).split("\n"))):
        number = int(match["number"])
        if number in (1, last, last + 1) and has_word(match["text"]):
            items.append(match["text"].strip())
            last = number
    return items


def bold(text: str) -> list[str]:
    """What is set in bold, with two stars or two underscores."""
    return [match[1] or match[2] for match in _BOLD.finditer(prose(text))]


def is_item(line: str) -> bool:
    return bool(_BULLET.match(line) or _NUMBERED.match(line))


def tables(text: str) -> list[Table]:
    """The pipe tables of a text: a row of names, a row of dashes for each, and the rows until the next other line.

    >>> tables("| a | b |\\n|---|:-:|\\n| 1 | 2 |")
    [Table(columns=('a', 'b'), rows=(('1', '2'),))]
    """
    found: list[Table] = []
    rows: list[tuple[str, ...]] = []
    columns: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    for line in [*prose(text).split("\n"), ""]:
        cells = _cells(line)
        if columns and cells:
            rows.append(cells)
            continue
        if columns:
            found.append(Table(columns, tuple(rows)))
            columns, rows = (), []
        if cells and len(cells) == len(before) and all(map(_RULE.match, cells)):
            columns = before
        before = cells
    return found


def _cells(line: str) -> tuple[str, ...]:
    """The cells of a line with pipes, none for another line."""
    line = line.strip()
    if "|" not in line:
        return ()
    inner = line.removeprefix("|")
    inner = inner.removesuffix("|") if not inner.endswith("\\|") else inner
    return tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner))
