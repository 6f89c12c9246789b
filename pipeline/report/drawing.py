"""Problems as pictures: boards of cells and networks of places, as inline SVG in the page's colours."""

from collections.abc import Sequence
from math import atan2, cos, degrees, hypot, pi, sin
from typing import Literal, TypeAlias

import msgspec
from markupsafe import Markup

from pipeline.report.charts import label, svg
from pipeline.report.html import safe

Look = Literal["empty", "given", "sign", "none", "wall", "goal", "box", "box-home", "player", "player-home", "head"]

MOST_CELLS, MOST_PLACES = 1600, 30
"""What is larger is told by its words."""


class Cell(msgspec.Struct, frozen=True):
    text: str = ""
    look: Look = "empty"


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of cells, all equally long. Thick lines go round `box_rows` x `box_columns` cells, where these are given;
    `wide` cells hold words. `below` says what the board is."""

    rows: tuple[tuple[Cell, ...], ...]
    box_rows: int = 0
    box_columns: int = 0
    wide: bool = False
    below: str = ""


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """`places` by name, and links (from, to, what stands on it); `marked` places stand out. `arrows`: one way."""

    places: tuple[str, ...]
    links: tuple[tuple[str, str, str], ...]
    marked: tuple[str, ...] = ()
    arrows: bool = False
    below: str = ""


Figure: TypeAlias = Board | Network


def board(rows: Sequence[Sequence[int]], *, box_rows: int = 0, box_columns: int = 0, below: str = "") -> Board:
    """A board of numbers, 0 for an empty cell."""
    cells = tuple(tuple(Cell(str(number), "given") if number else Cell() for number in row) for row in rows)
    return Board(rows=cells, box_rows=box_rows, box_columns=box_columns, below=below)


def drawn(figures: Sequence[Figure], told: str) -> Markup | None:
    """The figures side by side, None where one is too large to be seen; `told` is their name for a screen reader."""
    if not figures or any(_too_large(figure) for figure in figures):
        return None
    parts = []
    for figure in figures:
        picture = _board(figure, told) if isinstance(figure, Board) else _network(figure, told)
        below = f"<figcaption class=soft>{safe(figure.below)}</figcaption>" if figure.below else ""
        parts.append(f"<figure>{picture}{below}</figure>")
    return Markup(f"<div class=figures>{''.join(parts)}</div>")


def _too_large(figure: Figure) -> bool:
    if isinstance(figure, Network):
        return len(figure.places) > MOST_PLACES or len(figure.links) > 4 * MOST_PLACES
    return not figure.rows or sum(map(len, figure.rows)) > MOST_CELLS


_SIDE, _EDGE = 30, 2


def _board(board: Board, told: str) -> str:
    wide = 92 if board.wide else _SIDE
    height, width = len(board.rows) * _SIDE, max(map(len, board.rows)) * wide
    parts = [
        _cell(cell, _EDGE + column * wide, _EDGE + row * _SIDE, wide)
        for row, cells in enumerate(board.rows)
        for column, cell in enumerate(cells)
    ]
    if board.box_rows and board.box_columns:
        for top in range(0, height, board.box_rows * _SIDE):
            for left in range(0, width, board.box_columns * wide):
                parts.append(
                    f'<rect class=thick x="{_EDGE + left}" y="{_EDGE + top}" width="{board.box_columns * wide}" '
                    f'height="{board.box_rows * _SIDE}"/>'
                )
    return svg(width + 2 * _EDGE, height + 2 * _EDGE, parts, told)


def _cell(cell: Cell, x: float, y: float, wide: float) -> str:
    if cell.look == "none":
        return ""
    middle, centre = x + wide / 2, y + _SIDE / 2
    if cell.look == "sign":
        return label(middle, centre + 5, cell.text, "middle", "sign")
    ground = cell.look if cell.look in ("wall", "head", "given") else "empty"
    parts = [f'<rect class="cell {ground}" x="{x}" y="{y}" width="{wide}" height="{_SIDE}"/>']
    if cell.look in ("goal", "player-home", "box-home"):
        parts.append(f'<circle class=home cx="{middle}" cy="{centre}" r="{0.36 * _SIDE:.1f}"/>')
    if cell.look in ("box", "box-home"):
        side = 0.56 * _SIDE
        parts.append(
            f'<rect class=box x="{middle - side / 2:.1f}" y="{centre - side / 2:.1f}" width="{side:.1f}" '
            f'height="{side:.1f}" rx="3"/>'
        )
    if cell.look in ("player", "player-home"):
        parts.append(f'<circle class=player cx="{middle}" cy="{centre}" r="{0.24 * _SIDE:.1f}"/>')
    if cell.text:
        parts.append(label(middle, centre + 5, cell.text, "middle", "word" if wide > _SIDE else "digit"))
    return "".join(parts)


def _network(network: Network, told: str) -> str:
    """The places on a circle, from the top clockwise."""
    radius = max(70.0, 11.0 * len(network.places))
    middle = radius + 20
    spots = {
        name: (middle + radius * sin(turn), middle - radius * cos(turn))
        for place, name in enumerate(network.places)
        for turn in (2 * pi * place / len(network.places),)
    }
    parts = []
    for start, end, text in network.links:
        (x1, y1), (x2, y2) = spots[start], spots[end]
        parts.append(f'<line class=link x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')
        if network.arrows:
            parts.append(_head(x1, y1, x2, y2))
        if text:
            x, y, wide = (x1 + x2) / 2, (y1 + y2) / 2, 8 * len(text) + 2
            parts.append(f'<rect class=under x="{x - wide / 2:.1f}" y="{y - 8:.1f}" width="{wide}" height="15"/>')
            parts.append(label(x, y + 4, text, "middle", "link-text"))
    for name, (x, y) in spots.items():
        kind = "place marked" if name in network.marked else "place"
        parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="14"/>')
        parts.append(label(x, y + 5, name, "middle", "digit on-marked" if name in network.marked else "digit"))
    return svg(2 * middle, 2 * middle, parts, told)


def _head(x1: float, y1: float, x2: float, y2: float) -> str:
    """The head of an arrow, where the line meets its place."""
    away = max(hypot(x2 - x1, y2 - y1), 1.0)
    x, y = x2 - (x2 - x1) * 15 / away, y2 - (y2 - y1) * 15 / away
    turned = degrees(atan2(y2 - y1, x2 - x1))
    return f'<path class=tip d="M0 0l-9 -4v8z" transform="translate({x:.1f} {y:.1f}) rotate({turned:.1f})"/>'
