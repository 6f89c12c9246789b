"""Second opinions on river crossings: groups as sets of names, a breadth-first search of its own."""

import re
from collections import deque
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from random import Random

import msgspec

from generators.evidence import Evidence
from generators.planning.river_crossing import FAMILY, Instance

Group = frozenset[str]

_LINE = re.compile(r"\s*[A-Za-z]+(?:(?:\s*,\s*|\s+)[A-Za-z]+)*\s*")


def _allowed(instance: Instance, group: Group) -> bool:
    for a, b, guard in instance.rules:
        if {instance.names[a], instance.names[b]} <= group and instance.names[guard] not in group:
            return False
    return True


def _crossed(instance: Instance, left: Group, from_left: bool, boat: Group) -> Group | None:
    """Who is on the left bank after a crossing, None when it breaks a rule."""
    everyone = frozenset(instance.names)
    bank = left if from_left else everyone - left
    rowers = {instance.names[rower] for rower in instance.rowers}
    if not boat <= bank or not 1 <= len(boat) <= instance.capacity or not boat & rowers:
        return None
    after = left - boat if from_left else left | boat
    return after if all(_allowed(instance, group) for group in (boat, after, everyone - after)) else None


@cache
def _solved(instance: Instance, names: tuple[str, ...]) -> list[Group] | None:
    """A plan with the fewest crossings, boats tried in the order of the names; None when there is none."""
    start = (frozenset(instance.names), True)
    boats = [frozenset(group) for size in range(1, instance.capacity + 1) for group in combinations(names, size)]
    way: dict[tuple[Group, bool], list[Group]] = {start: []}
    queue = deque([start])
    while queue:
        left, from_left = queue.popleft()
        for boat in boats:
            after = _crossed(instance, left, from_left, boat)
            if after is None or (after, not from_left) in way:
                continue
            way[after, not from_left] = [*way[left, from_left], boat]
            if not after:
                return way[after, not from_left]
            queue.append((after, not from_left))
    return None


def _written(plan: list[Group]) -> str:
    return "\n".join(", ".join(sorted(boat)) for boat in plan)


def judge(instance: Instance, answer: str) -> bool:
    name_of = {name.lower(): name for name in instance.names}
    left, from_left, crossings = frozenset(instance.names), True, 0
    for line in re.split("[\n;]", answer):
        if not line.strip():
            continue
        named = re.findall("[A-Za-z]+", line) if _LINE.fullmatch(line) else []
        boat = frozenset(name_of.get(word.lower(), "?") for word in named)
        after = _crossed(instance, left, from_left, boat) if len(boat) == len(named) else None
        if after is None:
            return False
        left, from_left, crossings = after, not from_left, crossings + 1
    if left:
        return False
    best = _solved(instance, instance.names) if instance.shortest else None
    return best is None or crossings == len(best)


def recompute(instance: Instance) -> str:
    plan = _solved(instance, instance.names)
    assert plan is not None
    return _written(plan)


def alternatives(instance: Instance) -> Iterator[str]:
    plan = [[instance.names[place] for place in trip] for trip in instance.plan]
    yield "\n".join(" ".join(reversed(trip)) for trip in plan)
    yield "; ".join(", ".join(trip).upper() for trip in plan)
    yield "\n\n".join(",".join(trip).lower() for trip in plan)
    other = _solved(instance, instance.names[::-1])
    assert other is not None
    yield _written(other)
    if not instance.shortest:
        yield "\n".join([_written(other[:1])] * 3 + [_written(other[1:])])


def near_misses(instance: Instance) -> Iterator[str]:
    plan = [[instance.names[place] for place in trip] for trip in instance.plan]
    crews = [", ".join(trip) for trip in plan]
    for place, trip in enumerate(plan):
        yield "\n".join(crews[:place] + crews[place + 1 :])
        yield "\n".join(crews[: place + 1] + crews[place:])
        for name in instance.names:
            changed = [one for one in trip if one != name] if name in trip else [*trip, name]
            yield "\n".join([*crews[:place], ", ".join(changed), *crews[place + 1 :]])
    yield from ("\n".join([*crews, name]) for name in instance.names)
    if instance.shortest:
        yield "\n".join([crews[0]] * 2 + crews)


def disguise(instance: Instance, rng: Random) -> Instance:
    """Other names, the travellers and the rules in another order, the two of a rule swapped."""
    count = len(instance.names)
    place = list(range(count))
    rng.shuffle(place)
    rules = [tuple(place[one] for one in rule) for rule in instance.rules]
    rules = [(b, a, guard) if rng.random() < 0.5 else (a, b, guard) for a, b, guard in rules]
    rng.shuffle(rules)
    rowers = [place[rower] for rower in instance.rowers]
    rng.shuffle(rowers)
    letters = rng.sample("ABCDEFGHIJKLMNOPQRSTUVW", count)
    return msgspec.structs.replace(
        instance,
        names=tuple(f"Traveller{letter}" for letter in letters),
        rowers=tuple(rowers),
        rules=tuple(rules),
        plan=tuple(tuple(place[one] for one in trip) for trip in instance.plan),
    )


def change(instance: Instance, rng: Random) -> Instance:
    """One rule more where that leaves a solution, else one less."""
    everyone = range(len(instance.names))
    ruled = {frozenset(rule[:2]) for rule in instance.rules}
    more = [
        (a, b, guard)
        for a, b in combinations(everyone, 2)
        for guard in everyone
        if guard not in (a, b) and frozenset((a, b)) not in ruled
    ]
    rng.shuffle(more)
    for rule in more[:3]:
        changed = msgspec.structs.replace(instance, rules=(*instance.rules, rule))
        if (plan := _solved(changed, changed.names)) is not None:
            return _with_plan(changed, plan)
    changed = msgspec.structs.replace(instance, rules=instance.rules[1:])
    plan = _solved(changed, changed.names)
    assert plan is not None
    return _with_plan(changed, plan)


def _with_plan(instance: Instance, plan: list[Group]) -> Instance:
    return msgspec.structs.replace(
        instance, plan=tuple(tuple(sorted(instance.names.index(name) for name in boat)) for boat in plan)
    )


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("travellers", "trips"),
)
