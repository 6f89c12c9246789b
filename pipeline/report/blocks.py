"""What a section of a report is made of: plain blocks, which are turned into HTML and into Markdown in one place each.

A block holds texts as they are; only those two places escape. What only a page can show is `Drawn`.
"""

from typing import Literal, TypeAlias

import msgspec
from markupsafe import Markup

from pipeline.report.shown import LONGEST

Judged = Literal["", "right", "wrong"]


class Words(msgspec.Struct, frozen=True):
    """A paragraph; `soft` is said by the way, under or over what it explains."""

    text: str
    soft: bool = True


class Head(msgspec.Struct, frozen=True):
    """A heading inside a section, of level 3 or 4."""

    text: str
    level: int = 3


class Table(msgspec.Struct, frozen=True):
    """Rows of texts; `heads` empty: names and what belongs to them. `named` is what a screen reader calls it."""

    rows: tuple[tuple[str, ...], ...]
    heads: tuple[str, ...] = ()
    named: str = ""


class Note(msgspec.Struct, frozen=True):
    """Something to notice: `kind` is how bad it is."""

    head: str
    aside: str
    text: str
    kind: Literal["good", "warned", "stopped"]


class Quote(msgspec.Struct, frozen=True):
    """Words of a task or a model, line by line as they are, at most so many characters of them."""

    name: str
    text: str
    judged: Judged = ""
    longest: int = LONGEST


class Drawn(msgspec.Struct, frozen=True):
    """Finished HTML of the page; `instead` is what Markdown has in its place."""

    html: Markup
    instead: "tuple[Block, ...]" = ()


class Folded(msgspec.Struct, frozen=True):
    """Blocks under a line that opens them, and `aside` behind it; Markdown leaves them out."""

    summary: str
    blocks: "tuple[Block, ...]"
    aside: str = ""
    opened: bool = False


Block: TypeAlias = Words | Head | Table | Note | Quote | Drawn | Folded
