"""Second opinions on sliding tiles: boards as maps from coordinates, searches from both ends, greedy search."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from random import Random

import msgspec

from generators.cores.planning.search import astar, from_both_ends
from generators.evidence import Evidence
from generators.planning.sliding_tiles import FAMILY, Instance

Cell = tuple[int, int]
Board = tuple[tuple[int, ...], ...]

# Where the sliding tile comes from, seen from the empty cell.
_SOURCE: dict[str, Cell] = {"U": (1, 0), "D": (-1, 0), "L": (0, 1), "R": (0, -1)}
_PLAN = re.compile(r"[UDLR](?:[\s,]+[UDLR])*|[UDLR]+")


def _rows(instance: Instance, board: tuple[int, ...]) -> Board:
    return tuple(board[row * instance.cols : (row + 1) * instance.cols] for row in range(instance.rows))


def _moved(board: Board, move: str) -> Board | None:
    cells = {(r, c): tile for r, line in enumerate(board) for c, tile in enumerate(line)}
    empty = next(cell for cell, tile in cells.items() if tile == 0)
    source = (empty[0] + _SOURCE[move][0], empty[1] + _SOURCE[move][1])
    if source not in cells:
        return None
    cells[empty], cells[source] = cells[source], 0
    return tuple(tuple(cells[r, c] for c in range(len(board[0]))) for r in range(len(board)))


def _neighbours(board: Board, order: str = "LRDU") -> Iterator[tuple[str, Board]]:
    for move in order:
        after = _moved(board, move)
        if after is not None:
            yield move, after


def _before(board: Board) -> Iterator[tuple[str, Board]]:
    for move, other in _neighbours(board):
        yield {"U": "D", "D": "U", "L": "R", "R": "L"}[move], other


@cache
def _shortest(start: Board, goal: Board, order: str = "LRDU") -> tuple[str, ...]:
    plan = from_both_ends(start, goal, lambda board: _neighbours(board, order), _before, 2_000_000)
    assert plan is not None
    return plan


def judge(instance: Instance, answer: str) -> bool:
    if not _PLAN.fullmatch(answer):
        return False
    moves = re.findall("[UDLR]", answer)
    board: Board | None = _rows(instance, instance.start)
    for move in moves:
        board = _moved(board, move)
        if board is None:
            return False
    goal = _rows(instance, instance.goal)
    if board != goal:
        return False
    return not instance.shortest or len(moves) == len(_shortest(_rows(instance, instance.start), goal))


def recompute(instance: Instance) -> str:
    start, goal = _rows(instance, instance.start), _rows(instance, instance.goal)
    if instance.shortest or instance.rows * instance.cols < 9:
        return " ".join(_shortest(start, goal))
    home = {tile: (r, c) for r, line in enumerate(goal) for c, tile in enumerate(line)}

    def distance(board: Board) -> int:
        return sum(
            abs(home[tile][0] - r) + abs(home[tile][1] - c)
            for r, line in enumerate(board)
            for c, tile in enumerate(line)
            if tile
        )

    plan = astar(start, _neighbours, goal.__eq__, distance, 2_000_000, weight=15)
    assert plan is not None
    return " ".join(plan)


def alternatives(instance: Instance) -> Iterator[str]:
    plan = instance.plan
    yield plan
    yield plan.lower()
    yield ", ".join(plan)
    yield "\n".join({"U": "up", "D": "Down", "L": "LEFT", "R": "right"}[move] for move in plan)
    start, goal = _rows(instance, instance.start), _rows(instance, instance.goal)
    if instance.shortest:
        yield " ".join(_shortest(start, goal, "URDL"))
    else:
        yield from (f"{there} {back} {' '.join(plan)}" for there, back in _detours(start))


def _detours(start: Board) -> Iterator[tuple[str, str]]:
    for move, _ in _neighbours(start):
        yield move, {"U": "D", "D": "U", "L": "R", "R": "L"}[move]


def near_misses(instance: Instance) -> Iterator[str]:
    """Each changes the number of moves by one, or where the empty cell ends, so none can reach the goal."""
    plan = instance.plan
    for place in range(min(len(plan), 12)):
        yield " ".join(plan[:place] + plan[place + 1 :])
        yield " ".join(plan[: place + 1] + plan[place:])
        for other in "UDLR".replace(plan[place], ""):
            yield " ".join(plan[:place] + other + plan[place + 1 :])
    yield from (f"{' '.join(plan)} {move}" for move in "UDLR")
    if instance.shortest:
        yield from (f"{there} {back} {' '.join(plan)}" for there, back in _detours(_rows(instance, instance.start)))


def disguise(instance: Instance, rng: Random) -> Instance:
    """A transposition or a reflection or both, and every tile renamed."""
    names = list(range(1, instance.rows * instance.cols))
    rng.shuffle(names)
    start, goal, plan = _rows(instance, instance.start), _rows(instance, instance.goal), instance.plan
    if rng.random() < 0.5:
        start, goal = tuple(zip(*start, strict=True)), tuple(zip(*goal, strict=True))
        plan = plan.translate(str.maketrans("UDLR", "LRUD"))
    if rng.random() < 0.5:
        start, goal = start[::-1], goal[::-1]
        plan = plan.translate(str.maketrans("UD", "DU"))
    if rng.random() < 0.5:
        start, goal = tuple(line[::-1] for line in start), tuple(line[::-1] for line in goal)
        plan = plan.translate(str.maketrans("LR", "RL"))
    named = [0, *names]
    return msgspec.structs.replace(
        instance,
        rows=len(start),
        cols=len(start[0]),
        start=tuple(named[tile] for line in start for tile in line),
        goal=tuple(named[tile] for line in goal for tile in line),
        plan=plan,
    )


def change(instance: Instance, rng: Random) -> Instance:
    """The board after one more move: its distance from the goal has another parity."""
    goal = _rows(instance, instance.goal)
    steps: Iterable[tuple[str, Board]] = _neighbours(_rows(instance, instance.start))
    move, start = rng.choice([(move, board) for move, board in steps if board != goal])
    plan = {"U": "D", "D": "U", "L": "R", "R": "L"}[move] + instance.plan
    if instance.shortest:
        plan = "".join(_shortest(start, goal))
    return msgspec.structs.replace(instance, start=tuple(tile for line in start for tile in line), plan=plan)


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("plan_moves", "lower_bound"),
)
