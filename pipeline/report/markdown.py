"""Blocks as Markdown, for terminals, pull requests and Prefect's artifacts: words and tables, without pictures."""

import re
from collections.abc import Sequence

from pipeline.report.blocks import Block, Drawn, Folded, Head, Note, Quote, Table, Words
from pipeline.report.shown import harmless, plain, shortened


def markdown_of(blocks: Sequence[Block]) -> str:
    """The Markdown of blocks, an empty line between them. What is folded or drawn on the page is left out, and so are
    headings that then have nothing below them."""
    told = [(block, text) for block in blocks if (text := _told(block))]
    kept = [
        text
        for place, (block, text) in enumerate(told)
        if not isinstance(block, Head) or _has_something([other for other, _ in told[place + 1 :]], block.level)
    ]
    return "\n\n".join(kept)


def _has_something(below: Sequence[Block], level: int) -> bool:
    """Whether anything stands there before the next heading of that level."""
    for block in below:
        if not isinstance(block, Head):
            return True
        if block.level <= level:
            return False
    return False


def inline(text: str) -> str:
    """A text on one line that Markdown shows as it stands: no markup, no links, no pictures, no HTML.

    >>> inline("too_hard | <b> ![x](http://y)")
    'too_hard \\\\| &lt;b&gt; \\\\!\\\\[x\\\\](http://y)'
    """
    one_line = " ".join(harmless(text).split())
    marked = re.sub(r"[\\`*\[\]!|~]|(?<!\w)_|_(?!\w)", r"\\\g<0>", one_line)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fenced(text: str) -> str:
    """A text in a code block whose fence it can't close."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{plain(text)}\n{fence}"


def _told(block: Block) -> str:
    match block:
        case Words(text, _):
            return inline(text)
        case Head(text, level):
            return f"{'#' * level} {inline(text)}"
        case Table():
            return _table(block) if block.rows else ""
        case Note(head, aside, text, _):
            return f"> **{inline(head)}** {inline(aside)}: {inline(text)}" if head else f"> {inline(text)}"
        case Quote(name, text, _, longest):
            return (f"{inline(name)}:\n\n" if name else "") + fenced(shortened(text, longest))
        case Drawn(_, instead):
            return markdown_of(instead)
        case Folded():
            return ""


def _table(table: Table) -> str:
    width = len(table.rows[0])
    heads = table.heads or ("",) * width
    cells = [tuple(inline(text) for text in row) for row in (heads, *table.rows)]
    lines = [cells[0], ("---",) * width, *cells[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
