"""Sokoban rooms as bit masks, and reverse play: boxes are pulled from the goals, so every start has a solution.

Cell r * cols + c is bit r * cols + c; the border is wall, so a shift never runs over the edge of a row.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from operator import itemgetter
from random import Random
from typing import NamedTuple

from generators.cores.planning.plans import OPPOSITE


class Room(NamedTuple):
    """`cols` columns, border included; `floor` is every cell that is not wall."""

    cols: int
    floor: int


class Position(NamedTuple):
    """Boxes, and the cells where the player can walk to (the player is in one of them)."""

    boxes: int
    reach: int


class Push(NamedTuple):
    """The player at `player` pushes the box at `box` one cell in a direction; all are masks of one cell."""

    box: int
    player: int
    direction: str


class Start(NamedTuple):
    """A position found by reverse play, the pushes that solve it, and whether fewer were proved not to be enough."""

    position: Position
    pushes: tuple[Push, ...]
    fewest: bool


_SAME_BOX = 0.9
"""How much sooner than others, on a scale of 0 to 1, a pull of the box pulled last is drawn: it shortens the walks."""

_AWAY = 1.0
"""The same for a pull that brings a box one push further from the goals: without it half of the pushes come to nothing,
with it a room's own plan has 8 to 26 % more pushes than one that a solver finds (rungs 6 to 8)."""


@cache
def shifts(cols: int) -> dict[str, int]:
    """How far each move goes in bits."""
    return {"U": -cols, "D": cols, "L": -1, "R": 1}


def carved_room(rows: int, cols: int, walls: int, rng: Random) -> Room:
    """A random room inside a border of walls: `walls` percent of the inside walled up, the largest connected part."""
    inside = [row * cols + col for row in range(1, rows - 1) for col in range(1, cols - 1)]
    floor = mask_of(rng.sample(inside, len(inside) - len(inside) * walls // 100))
    parts = []
    while floor:
        part = reachable(Room(cols, floor), floor & -floor)
        parts.append(part)
        floor &= ~part
    return Room(cols, max(parts, key=int.bit_count))


def reachable(room: Room, player: int, boxes: int = 0) -> int:
    """The cells that a player (a mask) can walk to without pushing."""
    free, cols = room.floor & ~boxes, room.cols
    reach, before = player, 0
    while reach != before:
        before = reach
        reach |= (reach << 1 | reach >> 1 | reach << cols | reach >> cols) & free
    return reach


def pulled_start(room: Room, goals: int, pulls: int, width: int, rng: Random) -> Start | None:
    """A position `pulls` pulls away from all boxes on the goals, None when there is none.

    Breadth first, every region of the player being a root. Of each layer at most `width` positions go on, drawn at
    random but rather those that a box moved away from the goals. While none had to be left out, every position is
    reached by the fewest pulls, which is the fewest pushes; so it is where the pulls equal the least pushes needed.
    """
    origin: dict[Position, tuple[Position, Push] | None] = {}
    free = room.floor & ~goals
    while free:
        reach = reachable(room, free & -free, goals)
        origin[Position(goals, reach)] = None
        free &= ~reach
    layer = list(origin)
    fewest = True
    far, ways = push_distances(room, goals), shifts(room.cols)
    for _ in range(pulls):
        steps = []
        for position in layer:
            before = origin[position]
            same = before[1].box if before else 0
            for box, direction in _pulls(room, position):
                away = far[shifted(box, ways[direction])] - far[box]
                steps.append((rng.random() - _SAME_BOX * (box == same) - _AWAY * away, position, box, direction))
        steps.sort(key=itemgetter(0))
        layer = []
        for _, position, box, direction in steps:
            if len(layer) == width:
                fewest = False
                break
            push = _undoing(room, box, direction)
            boxes = position.boxes ^ box | push.box
            after = Position(boxes, reachable(room, push.player, boxes))
            if after not in origin:
                origin[after] = (position, push)
                layer.append(after)
    if not layer:
        return None
    last = max(layer, key=lambda position: least_pushes(far, position.boxes))
    pushes: list[Push] = []
    here = last
    while (step := origin[here]) is not None:
        here, push = step
        pushes.append(push)
    return Start(last, tuple(pushes), fewest or len(pushes) == least_pushes(far, last.boxes))


def _pulls(room: Room, position: Position) -> Iterator[tuple[int, str]]:
    """Every box, and each direction in which it can follow the player by one cell."""
    boxes, reach = position
    free = room.floor & ~boxes
    for direction, shift in shifts(room.cols).items():
        # The player must get to the cell beyond the box, and the cell beyond that one must be free.
        pulled = boxes & shifted(reach, -shift) & shifted(free, -2 * shift)
        while pulled:
            box = pulled & -pulled
            pulled ^= box
            yield box, direction


def _undoing(room: Room, box: int, direction: str) -> Push:
    """The push that brings a box back to where it was before a pull."""
    shift = shifts(room.cols)[direction]
    return Push(shifted(box, shift), shifted(box, 2 * shift), OPPOSITE[direction])


def played(room: Room, position: Position, player: int, pushes: tuple[Push, ...]) -> str:
    """The moves of a plan: the shortest walk to each push, and the push."""
    boxes, moves = position.boxes, []
    for push in pushes:
        moves.append(_walk(room, boxes, player, push.player) + push.direction)
        boxes ^= push.box | shifted(push.box, shifts(room.cols)[push.direction])
        player = push.box
    return "".join(moves)


def _walk(room: Room, boxes: int, start: int, end: int) -> str:
    """A shortest walk between two cells, which must be connected."""
    if start == end:
        return ""
    free, cols = room.floor & ~boxes, room.cols
    layers, reach = [end], end
    while not layers[-1] & start:
        last = layers[-1]
        layers.append((last << 1 | last >> 1 | last << cols | last >> cols) & free & ~reach)
        reach |= layers[-1]
    moves = []
    for layer in reversed(layers[:-1]):
        direction, start = next(
            (direction, there)
            for direction, shift in shifts(room.cols).items()
            if (there := shifted(start, shift)) & layer
        )
        moves.append(direction)
    return "".join(moves)


def push_distances(room: Room, goals: int) -> dict[int, int]:
    """For each cell (a mask) from which a lone box can be pushed to a goal: the fewest pushes to the nearest one.

    The player is taken to get everywhere, so no more pushes are counted than are needed.
    """
    distances: dict[int, int] = {}
    seen = fresh = goals
    pushes = 0
    while fresh:
        for cell in cells_of(fresh):
            distances[1 << cell] = pushes
        following = 0
        for shift in shifts(room.cols).values():
            # A box at p is pushed to p + shift by a player at p - shift.
            following |= shifted(fresh, -shift) & room.floor & shifted(room.floor, shift)
        fresh = following & ~seen
        seen |= fresh
        pushes += 1
    return distances


def least_pushes(distances: dict[int, int], boxes: int) -> int:
    """A number of pushes that no solution is below: each box to its nearest goal."""
    return sum(distances[1 << cell] for cell in cells_of(boxes))


def shifted(mask: int, shift: int) -> int:
    """Every cell of a mask moved by a shift."""
    return mask << shift if shift >= 0 else mask >> -shift


def mask_of(cells: Iterable[int]) -> int:
    """The mask of some cells."""
    return sum(1 << cell for cell in cells)


def cells_of(mask: int) -> list[int]:
    """The cells of a mask, ascending."""
    return [cell for cell in range(mask.bit_length()) if mask >> cell & 1]
