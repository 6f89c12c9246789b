"""Blocks as HTML. All texts are escaped here and nowhere else, but in pictures, which escape their own."""

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Folded, Head, Note, Quote, Table, Words
from pipeline.report.shown import harmless, plain, shortened

_ROWS, _COLUMNS = 500, 60
"""Of a table, at most so many are on the page."""


def html_of(blocks: Sequence[Block]) -> Markup:
    """The HTML of blocks, one below the other."""
    return Markup("\n".join(_one(block) for block in blocks))


def safe(text: str) -> str:
    """A text as HTML shows it, in an element or a quoted attribute; bounded."""
    return escape(harmless(text))


def _one(block: Block) -> str:
    match block:
        case Words(text, soft):
            return f"<p{' class=soft' * soft}>{safe(text)}</p>"
        case Head(text, level):
            return f"<h{level}>{safe(text)}</h{level}>"
        case Table():
            return _table(block)
        case Note(head, aside, text, kind):
            between = f"<b>{safe(head)}</b> <span class=soft>{safe(aside)}</span><br>" if head else ""
            return f'<p class="note {kind}">{between}{safe(text)}</p>'
        case Quote(name, text, judged, longest):
            head = f"<span class=soft>{safe(name)}</span>" if name else ""
            return f'{head}<pre class="words {judged}" tabindex=0>{escape(plain(shortened(text, longest)))}</pre>'
        case Drawn(html, _):
            return str(html)
        case Folded(summary, inside, aside, opened):
            behind = f" <span class=soft>{safe(aside)}</span>" if aside else ""
            return (
                f"<details{' open' * opened}><summary>{safe(summary)}{behind}</summary>\n{html_of(inside)}\n</details>"
            )


def _table(table: Table) -> str:
    """In a box of its own that scrolls sideways, also by keys, so that the page never does."""
    heads = "".join(f"<th scope=col>{safe(text)}</th>" for text in table.heads[:_COLUMNS])
    head = f"<thead><tr>{heads}</tr></thead>" if heads else ""
    rows = "\n".join(
        "<tr>" + "".join(_cell(text, first=place == 0) for place, text in enumerate(row[:_COLUMNS])) + "</tr>"
        for row in table.rows[:_ROWS]
    )
    left_out = _left_out(table)
    kind = "numbers" if table.heads else "named"
    label = safe(table.named or " ".join(table.heads) or "figures")
    return (
        f'<div class=scroll tabindex=0 role=region aria-label="{label}">'
        f"<table class={kind}>{head}<tbody>\n{rows}\n</tbody></table></div>{left_out}"
    )


def _left_out(table: Table) -> str:
    """What of a large table is not shown, so that the page stays small."""
    rows, columns = len(table.rows) - _ROWS, len(table.heads) - _COLUMNS
    told = [f"{count:,} {name}" for count, name in ((rows, "rows"), (columns, "columns")) if count > 0]
    return f"<p class=soft>Left out here: {' and '.join(told)}.</p>" if told else ""


def _cell(text: str, first: bool) -> str:
    return f"<th scope=row>{safe(text)}</th>" if first else f"<td>{safe(text)}</td>"
