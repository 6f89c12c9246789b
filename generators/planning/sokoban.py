"""Sokoban: push every box onto a goal.

Rooms are random and connected. The start is found by playing backward from the boxes on the goals, so a solution is
known without a search; where the backward search left nothing out, its number of pushes is the least.
"""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Annotated

import msgspec

from generators.cores.planning.plans import Plan, Refused, directions, judge_plan, may_begin
from generators.family import Family
from generators.planning.sokoban_rooms import (
    Room,
    carved_room,
    cells_of,
    least_pushes,
    mask_of,
    played,
    pulled_start,
    push_distances,
    reachable,
    shifted,
    shifts,
)
from pipeline.report.drawing import Board, Cell, Look
from schemas import Verdict
from schemas.verdict import malformed

_WALL, _FLOOR, _GOAL, _BOX, _BOX_ON_GOAL, _PLAYER, _PLAYER_ON_GOAL = "#-.$*@+"

_TRIES = 2_000
_LAYER = 12
"""Positions of one layer that go on in the backward search: 12 make 500 items a CPU second at 6 to 10 cells a side."""


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` and `cols` count the border of walls; `walls` is the percentage of the inside that is walled up; the
    start is `min_pushes` to `max_pushes` away from the goal position by the way found."""

    rows: Annotated[int, msgspec.Meta(ge=5, le=14)] = 7
    cols: Annotated[int, msgspec.Meta(ge=5, le=14)] = 7
    boxes: Annotated[int, msgspec.Meta(ge=1, le=12)] = 2
    walls: Annotated[int, msgspec.Meta(ge=0, le=40)] = 15
    min_pushes: Annotated[int, msgspec.Meta(ge=1, le=100)] = 4
    max_pushes: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8

    def __post_init__(self) -> None:
        if self.max_pushes < self.min_pushes:
            raise ValueError(f"max_pushes {self.max_pushes} is below min_pushes {self.min_pushes}")
        inside = (self.rows - 2) * (self.cols - 2)
        if 3 * self.boxes > inside - inside * self.walls // 100:
            raise ValueError(f"boxes {self.boxes} needs three floor cells a box; fewer walls or a larger room")


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """`room` in the usual signs, bordered by walls; `plan` is one solution in the letters U, D, L, R; `fewest` says
    that no solution has fewer pushes than it."""

    room: tuple[str, ...]
    plan: str
    fewest: bool


def make(params: Params, rng: Random) -> Instance:
    """A random room with at least half of the boxes off the goals."""
    for _ in range(_TRIES):
        room = carved_room(params.rows, params.cols, params.walls, rng)
        floor = cells_of(room.floor)
        if len(floor) <= 2 * params.boxes:
            continue
        goals = mask_of(rng.sample(floor, params.boxes))
        start = pulled_start(room, goals, rng.randint(params.min_pushes, params.max_pushes), _LAYER, rng)
        if start is None or 2 * (start.position.boxes & goals).bit_count() > params.boxes:
            continue
        player = 1 << rng.choice(cells_of(start.position.reach))
        plan = played(room, start.position, player, start.pushes)
        drawn = _drawn(params.rows, room, goals, start.position.boxes, player)
        return Instance(room=drawn, plan=plan, fewest=start.fewest)
    raise ValueError(f"min_pushes {params.min_pushes} was not reached in {_TRIES} rooms: fewer pushes or a larger room")


def _drawn(rows: int, room: Room, goals: int, boxes: int, player: int) -> tuple[str, ...]:
    signs = []
    for cell in range(rows * room.cols):
        bit = 1 << cell
        plain, on_goal = _FLOOR, _GOAL
        if bit & boxes:
            plain, on_goal = _BOX, _BOX_ON_GOAL
        elif bit & player:
            plain, on_goal = _PLAYER, _PLAYER_ON_GOAL
        signs.append(_WALL if not bit & room.floor else on_goal if bit & goals else plain)
    text = "".join(signs)
    return tuple(text[start : start + room.cols] for start in range(0, len(text), room.cols))


def _where(room: Sequence[str], signs: str) -> int:
    """The cells that show one of the signs, as a mask."""
    return mask_of(cell for cell, sign in enumerate("".join(room)) if sign in signs)


_GOALS, _BOXES, _PLAYERS = _GOAL + _BOX_ON_GOAL + _PLAYER_ON_GOAL, _BOX + _BOX_ON_GOAL, _PLAYER + _PLAYER_ON_GOAL


def statement(instance: Instance, style: str) -> str:
    if style == "grid":
        shown = (
            "`#` wall, `-` floor, `.` goal, `$` box, `*` box on a goal, `@` player, `+` player on a goal.\n\n"
            + "\n".join(instance.room)
        )
    else:
        shown = _listed(instance)
    return (
        f"Sokoban. Push every box onto a goal.\n{shown}\n\n"
        "The player moves one cell up (U), down (D), left (L) or right (R); up is toward the top row. Moving against "
        "a box pushes it one cell further in the same direction, if the cell behind it is neither wall nor box; two "
        "boxes cannot be pushed at once and none can be pulled. A move into a wall, or against a box that cannot be "
        "pushed, is not allowed. Any box may go to any goal. The puzzle ends as soon as every box is on a goal: no "
        "move may follow. The number of moves does not matter."
    )


def _listed(instance: Instance) -> str:
    cols = len(instance.room[0])

    def places(signs: str) -> str:
        return ", ".join(f"({cell // cols + 1},{cell % cols + 1})" for cell in cells_of(_where(instance.room, signs)))

    open_cells = [
        f"row {number}: {' '.join(str(col) for col, sign in enumerate(line, start=1) if sign != _WALL)}"
        for number, line in enumerate(instance.room, start=1)
        if set(line) != {_WALL}
    ]
    return (
        "Rows are numbered from the top and columns from the left, from 1; cells are (row,column).\n"
        f"The columns that are not wall, row by row:\n{chr(10).join(open_cells)}\nAll else is wall.\n"
        f"Player: {places(_PLAYERS)}\nBoxes: {places(_BOXES)}\nGoals: {places(_GOALS)}"
    )


def answer_format(instance: Instance) -> str:
    # There and back pushes no box in the second move, so the example never solves anything.
    return "Write the moves in order as letters U, D, L, R separated by spaces, in a form like `U D`."


def gold(instance: Instance) -> str:
    return " ".join(instance.plan)


def steps(instance: Instance) -> tuple[str, ...]:
    """The plan push by push, with the way there."""
    cols = len(instance.room[0])
    told, way = list[str](), ""
    for move, pushed in _moves(instance):
        way += f" {move}"
        if pushed:
            (cell,) = cells_of(pushed)
            told.append(f"{way[1:]}: this pushes a box to row {cell // cols + 1}, column {cell % cols + 1}.")
            way = ""
    return (*told[:-1], f"{told[-1]} All moves: {gold(instance)}")


def check(instance: Instance, answer: str) -> Verdict:
    return judge_plan(_plan(instance, answer))


def legal(instance: Instance, beginning: str) -> bool | None:
    return may_begin(_plan(instance, beginning))


def _plan(instance: Instance, answer: str) -> Plan[tuple[int, int], str] | Verdict:
    plan = directions(answer)
    if plan is None:
        return malformed("a solution is a list of moves U, D, L and R and nothing else")
    moves = shifts(len(instance.room[0]))
    floor, goals = ~_where(instance.room, _WALL), _where(instance.room, _GOALS)

    def step(state: tuple[int, int], move: str) -> tuple[int, int] | Refused:
        player, boxes = state
        if not boxes & ~goals:
            return Refused("every box is on a goal already, which ends the puzzle")
        there = shifted(player, moves[move])
        if not there & floor:
            return Refused(f"there is a wall at {move}")
        if there & boxes:
            behind = shifted(there, moves[move])
            if not behind & floor or behind & boxes:
                return Refused(f"the box at {move} cannot be pushed")
            boxes ^= there | behind
        return there, boxes

    def shortfall(state: tuple[int, int]) -> str:
        off = (state[1] & ~goals).bit_count()
        return f"{off} of {state[1].bit_count()} boxes are not on a goal" if off else ""

    return Plan((_where(instance.room, _PLAYERS), _where(instance.room, _BOXES)), plan, step, shortfall)


def canonical(instance: Instance) -> bytes:
    """The least of the room's rotations and reflections, without floor that the player can never reach."""
    cols = len(instance.room[0])
    floor = mask_of(range(len(instance.room) * cols)) & ~_where(instance.room, _WALL)
    within = cells_of(reachable(Room(cols, floor), _where(instance.room, _PLAYERS)))
    inside = set(within)
    left, right = min(cell % cols for cell in within), max(cell % cols for cell in within)
    grid = [
        "".join(
            sign if row * cols + col in inside else _WALL
            for col, sign in enumerate(instance.room[row][left : right + 1], start=left)
        )
        for row in range(within[0] // cols, within[-1] // cols + 1)
    ]
    forms = []
    for _ in range(4):
        grid = ["".join(line) for line in zip(*grid[::-1], strict=True)]
        forms += ["\n".join(grid), "\n".join(grid[::-1])]
    return min(forms).encode()


def features(instance: Instance) -> Mapping[str, float]:
    """`plan_pushes` and `plan_moves` are those of the known solution; every solution has at least `least_pushes`, and
    where `fewest_proved` is 1 none has fewer than the known one. `useless_floor`: cells that no box comes back from."""
    cols = len(instance.room[0])
    room = Room(cols, mask_of(range(len(instance.room) * cols)) & ~_where(instance.room, _WALL))
    boxes = _where(instance.room, _BOXES)
    distances = push_distances(room, _where(instance.room, _GOALS))
    return {
        "boxes": boxes.bit_count(),
        "floor": room.floor.bit_count(),
        "useless_floor": room.floor.bit_count() - len(distances),
        "least_pushes": least_pushes(distances, boxes),
        "plan_pushes": _pushes(instance),
        "plan_moves": len(instance.plan),
        "fewest_proved": instance.fewest,
    }


def _pushes(instance: Instance) -> int:
    return sum(pushed > 0 for _, pushed in _moves(instance))


def _moves(instance: Instance) -> Iterator[tuple[str, int]]:
    """Every move of the plan and where it pushes a box to, as a mask; 0 where it pushes none."""
    moves = shifts(len(instance.room[0]))
    player, boxes = _where(instance.room, _PLAYERS), _where(instance.room, _BOXES)
    for move in instance.plan:
        player = shifted(player, moves[move])
        pushed = shifted(player, moves[move]) if player & boxes else 0
        boxes ^= (player | pushed) if pushed else 0
        yield move, pushed


_LOOKS: dict[str, Look] = {
    "#": "wall",
    "-": "empty",
    ".": "goal",
    "$": "box",
    "*": "box-home",
    "@": "player",
    "+": "player-home",
}


def draw(instance: Instance) -> tuple[Board, ...]:
    return (Board(rows=tuple(tuple(Cell(look=_LOOKS[sign]) for sign in row) for row in instance.room)),)


FAMILY = Family(
    name="planning.sokoban",
    version=1,
    title="Sokoban",
    domain="planning",
    params=Params,
    instance=Instance,
    levels=(
        Params(rows=5, cols=6, boxes=1, walls=10, min_pushes=2, max_pushes=2),
        Params(rows=5, cols=7, boxes=1, walls=15, min_pushes=2, max_pushes=4),
        Params(rows=6, cols=7, boxes=1, walls=15, min_pushes=3, max_pushes=6),
        Params(rows=7, cols=7, boxes=2, walls=15, min_pushes=4, max_pushes=7),
        Params(rows=7, cols=7, boxes=2, walls=20, min_pushes=6, max_pushes=10),
        Params(rows=7, cols=8, boxes=3, walls=20, min_pushes=8, max_pushes=12),
        Params(rows=8, cols=8, boxes=4, walls=20, min_pushes=11, max_pushes=15),
        Params(rows=9, cols=9, boxes=5, walls=20, min_pushes=15, max_pushes=20),
        Params(rows=10, cols=10, boxes=6, walls=20, min_pushes=20, max_pushes=27),
        Params(rows=12, cols=12, boxes=8, walls=22, min_pushes=30, max_pushes=40),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("grid", "coordinates"),
    steps=steps,
    legal=legal,
    draw=draw,
)
