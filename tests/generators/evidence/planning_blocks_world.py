"""Second opinions on blocks world: towers as lists, and shortest plans as orders of moves that have no cycle."""

import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from random import Random

import msgspec

from generators.evidence import Evidence
from generators.planning.blocks_world import FAMILY, Instance

Towers = tuple[tuple[str, ...], ...]
Plan = tuple[tuple[str, str], ...]

_MOVE = re.compile(r"\s*([A-W])\s+to\s+([A-W]|table)\s*")


def _moved(towers: Towers, block: str, onto: str) -> Towers | None:
    """The towers after a move, None when it is not allowed."""
    source = next((tower for tower in towers if tower[-1] == block), None)
    if source is None:
        return None
    rest = [tower for tower in towers if tower != source] + ([source[:-1]] if len(source) > 1 else [])
    if onto == "table":
        return None if len(source) == 1 else (*rest, (block,))
    target = next((tower for tower in rest if tower[-1] == onto), None)
    if target is None or target == source[:-1]:
        return None
    return (*(tower for tower in rest if tower != target), (*target, block))


def _carried_out(towers: Towers, plan: Plan) -> Towers | None:
    for block, onto in plan:
        after = _moved(towers, block, onto)
        if after is None:
            return None
        towers = after
    return towers


@cache
def fewest_moves(start: Towers, goal: Towers) -> Plan:
    """A shortest plan: each block out of place moves once, to its final place, or twice, to the table first.

    Both moves are nodes of a graph of what must come before what. A set of blocks that goes to the table first works
    when the graph has no cycle; a cycle is only broken by one more of its blocks in the set, so these are tried.
    """
    plan = None
    extra = 0
    while plan is None:
        plan = _with_at_most(start, goal, frozenset(), extra)
        extra += 1
    return plan


def _with_at_most(start: Towers, goal: Towers, twice: frozenset[str], extra: int) -> Plan | None:
    now = {block: tower[height - 1] if height else "table" for tower in start for height, block in enumerate(tower)}
    then = {block: tower[height - 1] if height else "table" for tower in goal for height, block in enumerate(tower)}
    on_top = {under: block for block, under in now.items() if under != "table"}
    kept = {"table"}
    for tower in goal:
        for height, block in enumerate(tower):
            if now[block] != then[block] or (height and tower[height - 1] not in kept):
                break
            kept.add(block)
    moving = [block for block in sorted(now) if block not in kept]

    def away(block: str) -> tuple[str, str]:
        return (block, "away") if block in twice else (block, "home")

    first: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for block in moving:
        home, under = first.setdefault((block, "home"), set()), then[block]
        if block in twice:
            home.add((block, "away"))
        if block in on_top:
            first.setdefault(away(block), set()).add(away(on_top[block]))
        if under in moving:
            home.add((under, "home"))
        elif under in on_top:
            home.add(away(on_top[under]))
    try:
        order = list(TopologicalSorter(first).static_order())
    except CycleError as failure:
        if extra == 0:
            return None
        for block, kind in dict.fromkeys(failure.args[1]):
            if kind == "home" and block not in twice:
                plan = _with_at_most(start, goal, twice | {block}, extra - 1)
                if plan is not None:
                    return plan
        return None
    return tuple((block, then[block] if kind == "home" else "table") for block, kind in order)


def _written(plan: Plan) -> str:
    return "\n".join(f"{block} to {onto}" for block, onto in plan)


def judge(instance: Instance, answer: str) -> bool:
    plan = []
    for line in re.split("[\n,;]", answer):
        if line.strip():
            match = _MOVE.fullmatch(line)
            if match is None:
                return False
            plan.append((match[1], match[2]))
    last = _carried_out(instance.start, tuple(plan))
    if last is None or set(last) != set(instance.goal):
        return False
    return not instance.shortest or len(plan) == len(fewest_moves(instance.start, instance.goal))


def recompute(instance: Instance) -> str:
    return _written(fewest_moves(instance.start, instance.goal))


def _by_way_of_the_table(instance: Instance) -> Plan:
    """Everything to the table, then everything built: long and always right, unless nothing needs to move."""
    down = [(block, "table") for tower in instance.start for block in reversed(tower[1:])]
    up = [(block, under) for tower in instance.goal for under, block in pairwise(tower)]
    return tuple(down + up)


def alternatives(instance: Instance) -> Iterator[str]:
    text = _written(instance.plan)
    yield text.replace("\n", ", ")
    yield text.replace("\n", ";\n\n")
    yield text.lower().replace("table", "the table")
    yield _written(fewest_moves(instance.start, instance.goal))
    if not instance.shortest:
        yield _written(_by_way_of_the_table(instance))


def near_misses(instance: Instance) -> Iterator[str]:
    plan = instance.plan
    blocks = sorted({block for tower in instance.start for block in tower})
    for place, (block, onto) in enumerate(plan):
        yield _written(plan[:place] + plan[place + 1 :])
        yield _written(plan[: place + 1] + plan[place:])
        for other in [*blocks[:6], "table"]:
            if other != onto:
                yield _written((*plan[:place], (block, other), *plan[place + 1 :]))
            if other != block:
                yield _written((*plan[:place], (other, onto), *plan[place + 1 :]))
    yield from (_written((*plan, (block, "table"))) for block in blocks)
    if instance.shortest:
        yield _written(_by_way_of_the_table(instance))


def disguise(instance: Instance, rng: Random) -> Instance:
    """Other letters, and the towers in another order."""
    blocks = [block for tower in instance.start for block in tower]
    name = dict(zip(blocks, rng.sample("ABCDEFGHIJKLMNOPQRSTUVW", len(blocks)), strict=True)) | {"table": "table"}

    def renamed(towers: Towers) -> Towers:
        shuffled = [tuple(name[block] for block in tower) for tower in towers]
        rng.shuffle(shuffled)
        return tuple(shuffled)

    return msgspec.structs.replace(
        instance,
        start=renamed(instance.start),
        goal=renamed(instance.goal),
        plan=tuple((name[block], name[onto]) for block, onto in instance.plan),
    )


def change(instance: Instance, rng: Random) -> Instance:
    """The goal after one more move that makes the number of its towers another one."""
    tops = [tower[-1] for tower in instance.goal]
    goals = [_moved(instance.goal, block, onto) for block in tops for onto in [*tops, "table"]]
    others = [
        goal
        for goal in goals
        if goal is not None and len(goal) != len(instance.goal) and set(goal) != set(instance.start)
    ]
    goal = rng.choice(others)
    return msgspec.structs.replace(instance, goal=goal, plan=fewest_moves(instance.start, goal))


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("blocks", "plan_moves"),
)
