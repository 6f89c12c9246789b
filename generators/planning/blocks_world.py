"""Blocks world: move blocks one at a time, from the top of a tower, until the towers are the wanted ones."""

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Annotated

import msgspec

from generators import answers
from generators.cores.planning.plans import Plan, Refused, judge_plan, may_begin
from generators.cores.planning.search import SearchLimitError
from generators.family import Family
from generators.planning.blocks_plans import TABLE, Move, Towers, out_of_place, shortest_plan, supports
from pipeline.report.drawing import Board, Cell
from schemas import Verdict
from schemas.verdict import malformed

_NAMES = "ABCDEFGHIJKLMNOPQRSTUVW"
"""X, Y and Z are kept for the example in the answer format."""

_MOVE = re.compile(
    r"(?:move )?(?:block )?([a-z])(?: to | onto | ?-> ?| ?→ ?)(?:(?:block )?([a-z])|(?:the )?table)",
    re.ASCII | re.IGNORECASE,
)
_TRIES = 20_000


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """`min_moves` to `max_moves` is the length of a shortest plan; with `shortest`, longer plans are wrong."""

    blocks: Annotated[int, msgspec.Meta(ge=3, le=20)] = 6
    min_moves: Annotated[int, msgspec.Meta(ge=1, le=40)] = 4
    max_moves: Annotated[int, msgspec.Meta(ge=1, le=40)] = 8
    shortest: bool = False

    def __post_init__(self) -> None:
        if self.max_moves < self.min_moves:
            raise ValueError(f"max_moves {self.max_moves} is below min_moves {self.min_moves}")
        if self.min_moves > 2 * self.blocks - 2:
            raise ValueError(f"min_moves: {self.blocks} blocks never need more than {2 * self.blocks - 2} moves")


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """Towers are blocks from the bottom up; `plan` is a shortest plan of (block, block below or "table")."""

    start: Towers
    goal: Towers
    plan: tuple[Move, ...]
    shortest: bool


def make(params: Params, rng: Random) -> Instance:
    """Random towers and random wanted towers, drawn again until the shortest plan has a length in the range."""
    names = sorted(rng.sample(_NAMES, params.blocks))
    for _ in range(_TRIES):
        start, goal = _stacked(names, rng), _stacked(names, rng)
        if out_of_place(start, goal) > params.max_moves:
            continue
        try:
            plan = shortest_plan(start, goal)
        except SearchLimitError:
            continue
        if params.min_moves <= len(plan) <= params.max_moves:
            return Instance(start=start, goal=goal, plan=plan, shortest=params.shortest)
    raise ValueError(f"min_moves {params.min_moves} to max_moves {params.max_moves} was not met in {_TRIES} draws")


def _stacked(names: list[str], rng: Random) -> Towers:
    """Blocks put down one by one, each on the table or on a tower that is there."""
    towers: list[list[str]] = []
    for block in rng.sample(names, len(names)):
        place = rng.randrange(len(towers) + 1)
        if place == len(towers):
            towers.append([])
        towers[place].append(block)
    return tuple(tuple(tower) for tower in towers)


def statement(instance: Instance, style: str) -> str:
    wish = "in as few moves as possible" if instance.shortest else "in any number of moves"
    draw = {"towers": _as_towers, "facts": _as_facts, "prose": _as_prose}[style]
    opening = {
        "towers": "Blocks stand on a table in towers. Each line is one tower, from bottom to top.",
        "facts": "Blocks world. on(p, q): block p stands directly on block q. ontable(p): p stands on the table.",
        "prose": "Some blocks stand on a table, some on each other.",
    }[style]
    return (
        f"{opening}\n\nNow:\n{draw(instance.start)}\n\nWanted:\n{draw(instance.goal)}\n\n"
        "A move takes one block that has no block on it and puts it on the table, or on another block that has no "
        "block on it. There is always room on the table; where on the table a tower stands does not matter. "
        "A move that leaves a block where it is, is not allowed. "
        f"Turn the first arrangement into the wanted one {wish}."
    )


def _as_towers(towers: Towers) -> str:
    return "\n".join(" ".join(tower) for tower in towers)


def _as_facts(towers: Towers) -> str:
    below = sorted(supports(towers).items())
    return ", ".join(f"ontable({block})" if under == TABLE else f"on({block}, {under})" for block, under in below)


def _as_prose(towers: Towers) -> str:
    return " ".join(
        f"{block} is on {'the table' if under == TABLE else under}."
        for block, under in sorted(supports(towers).items())
    )


def answer_format(instance: Instance) -> str:
    return (
        "Write one move on each line, in order, as the block and where it goes; for example, `X to Y` puts block X on "
        "block Y and `Z to table` puts block Z on the table."
    )


def gold(instance: Instance) -> str:
    return "\n".join(f"{block} to {below}" for block, below in instance.plan)


def steps(instance: Instance) -> tuple[str, ...]:
    """Every move of the plan and what it is good for."""
    wanted = supports(instance.goal)
    told = [
        f"{block} to {below}, {'where it is wanted' if wanted[block] == below else 'out of the way'}."
        for block, below in instance.plan
    ]
    return (*told[:-1], f"{told[-1]}\nAll moves:\n{gold(instance)}")


def check(instance: Instance, answer: str) -> Verdict:
    return judge_plan(_plan(instance, answer))


def legal(instance: Instance, beginning: str) -> bool | None:
    return may_begin(_plan(instance, beginning))


def _plan(instance: Instance, answer: str) -> Plan[dict[str, str], Move] | Verdict:
    under = supports(instance.start)
    plan: list[Move] = []
    for part in answers.entries(answer.removeprefix("[").removesuffix("]").replace(",", ";")):
        match = _MOVE.fullmatch(part)
        if match is None:
            return malformed(f"move {len(plan) + 1} is not of the form `X to Y` or `X to table`")
        move = (match[1].upper(), match[2].upper() if match[2] else TABLE)
        if move[0] not in under or (move[1] != TABLE and move[1] not in under):
            return malformed(f"move {len(plan) + 1} names a block that is not there")
        plan.append(move)
    optimum = len(instance.plan) if instance.shortest else None
    return Plan(under, plan, _step, _shortfall(supports(instance.goal)), optimum)


def _step(under: dict[str, str], move: Move) -> dict[str, str] | Refused:
    block, onto = move
    if block == onto:
        return Refused(f"{block} cannot stand on itself")
    if under[block] == onto:
        return Refused(f"{block} is there already")
    covered = next((one for one in (block, onto) if one != TABLE and one in under.values()), None)
    return Refused(f"there is a block on {covered}") if covered else {**under, block: onto}


def _shortfall(wanted: dict[str, str]) -> Callable[[dict[str, str]], str]:
    def missing(under: dict[str, str]) -> str:
        astray = sorted(block for block, below in under.items() if below != wanted[block])
        return f"{', '.join(astray)} stand elsewhere than wanted" if astray else ""

    return missing


def canonical(instance: Instance) -> bytes:
    """The blocks nameless and the towers in no order.

    From any one block, what is above and below it now and in the goal leads to all blocks it is tied to, in a fixed
    order; the least of these walks, over the blocks of the rarest pair of heights, names a tied group exactly.
    """
    links = _links(instance)
    heights = _heights(instance)
    groups: list[list[tuple[int, ...]]] = []
    left = set(links)
    for block in sorted(links):
        if block not in left:
            continue
        tied = _walk(links, block)[0]
        left.difference_update(tied)
        kinds: dict[tuple[int, int], list[str]] = {}
        for one in tied:
            kinds.setdefault(heights[one], []).append(one)
        roots = min((len(ones), kind, ones) for kind, ones in kinds.items())[2]
        groups.append(min(_walk(links, root)[1] for root in roots))
    return repr((sorted(groups), instance.shortest)).encode()


def _links(instance: Instance) -> dict[str, tuple[str | None, ...]]:
    """For each block: the one below and the one above it now, and in the goal; None for none."""
    tables: list[dict[str, str | None]] = []
    for towers in (instance.start, instance.goal):
        below = supports(towers)
        tables.append({block: None if under == TABLE else under for block, under in below.items()})
        tables.append({under: block for block, under in below.items() if under != TABLE})
    return {block: tuple(table.get(block) for table in tables) for block in tables[0]}


def _heights(instance: Instance) -> dict[str, tuple[int, int]]:
    now, then = (
        {block: height for tower in towers for height, block in enumerate(tower)}
        for towers in (instance.start, instance.goal)
    )
    return {block: (now[block], then[block]) for block in now}


def _walk(links: dict[str, tuple[str | None, ...]], root: str) -> tuple[list[str], list[tuple[int, ...]]]:
    """The blocks tied to a root in the order they are met, and each one's links as places in it, -1 for none."""
    place = {root: 0}
    met = [root]
    spelled = []
    for block in met:
        row = []
        for other in links[block]:
            if other is not None and other not in place:
                place[other] = len(met)
                met.append(other)
            row.append(-1 if other is None else place[other])
        spelled.append(tuple(row))
    return met, spelled


def features(instance: Instance) -> Mapping[str, float]:
    """`plan_moves` is the length of a shortest plan; `moved_twice` counts the blocks it puts on the table first."""
    moved = [block for block, _ in instance.plan]
    return {
        "blocks": len(supports(instance.start)),
        "plan_moves": len(moved),
        "moved_twice": len(moved) - len(set(moved)),
        "towers": len(instance.start),
    }


def draw(instance: Instance) -> tuple[Board, ...]:
    """The towers as they stand, side by side."""
    return _standing(instance.start, "now"), _standing(instance.goal, "wanted")


def _standing(towers: Towers, below: str) -> Board:
    rows = tuple(
        tuple(Cell(tower[place], "given") if place < len(tower) else Cell(look="none") for tower in towers)
        for place in reversed(range(max(map(len, towers))))
    )
    return Board(rows=rows, below=below)


FAMILY = Family(
    name="planning.blocks_world",
    version=1,
    title="Blocks world",
    domain="planning",
    params=Params,
    instance=Instance,
    levels=(
        Params(blocks=5, min_moves=1, max_moves=2),
        Params(blocks=5, min_moves=2, max_moves=4),
        Params(blocks=6, min_moves=4, max_moves=5),
        Params(blocks=6, min_moves=5, max_moves=7, shortest=True),
        Params(blocks=7, min_moves=6, max_moves=9, shortest=True),
        Params(blocks=8, min_moves=8, max_moves=11, shortest=True),
        Params(blocks=10, min_moves=10, max_moves=14, shortest=True),
        Params(blocks=12, min_moves=12, max_moves=18, shortest=True),
        Params(blocks=15, min_moves=16, max_moves=26, shortest=True),
        Params(blocks=20, min_moves=24, max_moves=38, shortest=True),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("towers", "facts", "prose"),
    steps=steps,
    legal=legal,
    draw=draw,
)
