"""Second opinions on shortest paths: all distances by Floyd and Warshall, and paths walked backwards along them."""

from collections.abc import Iterator
from itertools import islice, pairwise
from math import inf
from random import Random

import msgspec

from generators.evidence import Evidence
from generators.graphs.shortest_path import FAMILY, LETTERS, Map


def places_of(instance: Map) -> list[str]:
    return sorted({place for link in instance.links for place in link[:2]})


def lengths_of(instance: Map) -> dict[tuple[str, str], int]:
    lengths = {(here, there): length for here, there, length in instance.links}
    if not instance.one_way:
        lengths |= {(there, here): length for here, there, length in instance.links}
    return lengths


def distances_from(instance: Map) -> dict[str, float]:
    """Relax every link until nothing changes (Bellman and Ford)."""
    far = {place: inf for place in places_of(instance)} | {instance.start: 0}
    changed = True
    while changed:
        changed = False
        for (here, there), length in lengths_of(instance).items():
            if far[here] + length < far[there]:
                far[there], changed = far[here] + length, True
    return far


def judge(instance: Map, answer: str) -> bool:
    path = answer.split(" ")
    lengths = lengths_of(instance)
    if path[0] != instance.start or path[-1] != instance.goal or any(step not in lengths for step in pairwise(path)):
        return False
    return sum(lengths[step] for step in pairwise(path)) == distances_from(instance)[instance.goal]


def shortest_paths(instance: Map) -> Iterator[tuple[str, ...]]:
    """All of them, from the goal back along links that lose no length."""
    far, lengths = distances_from(instance), lengths_of(instance)

    def back(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if path[0] == instance.start:
            yield path
        for (here, there), length in lengths.items():
            if there == path[0] and far[here] + length == far[there]:
                yield from back((here, *path))

    return back((instance.goal,))


def recompute(instance: Map) -> str:
    return " ".join(next(shortest_paths(instance)))


def alternatives(instance: Map) -> Iterator[str]:
    for path in islice(shortest_paths(instance), 20):
        yield " ".join(path)
        yield ", ".join(path)
        yield " -> ".join(path)
        yield "→".join(path)
        yield "-".join(path).lower()
        yield "\n".join(path)


def near_misses(instance: Map) -> Iterator[str]:
    best = next(shortest_paths(instance))
    yield " ".join(reversed(best))
    yield " ".join(best[:-1])
    yield " ".join(best[1:])
    yield f"{best[0]} {best[-1]}"
    yield " ".join([*best, best[-1]])
    yield " ".join([*best, best[-2], best[-1]])
    yield "".join(best)
    for place in range(1, len(best) - 1):
        yield " ".join(best[:place] + best[place + 1 :])
        yield " ".join((*best[:place], places_of(instance)[0], *best[place + 1 :]))
    yield from islice(map(" ".join, simple_paths(instance, (instance.start,))), 6)


def simple_paths(instance: Map, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Paths to the goal that visit nothing twice, of up to 7 places, mostly longer than need be."""
    if path[-1] == instance.goal:
        yield path
    elif len(path) < 7:
        for here, there in sorted(lengths_of(instance), reverse=True):
            if here == path[-1] and there not in path:
                yield from simple_paths(instance, (*path, there))


def disguise(instance: Map, rng: Random) -> Map:
    """Places renamed, links in another order; two-way links told from the other end, start and goal exchanged."""
    places = places_of(instance)
    name = dict(zip(places, rng.sample([a + b for a in LETTERS for b in LETTERS], len(places)), strict=True))
    links = [
        (name[here], name[there], length) for here, there, length in rng.sample(instance.links, len(instance.links))
    ]
    ends = name[instance.start], name[instance.goal]
    if not instance.one_way:
        links = [(*rng.sample((here, there), 2), length) for here, there, length in links]  # type: ignore[misc]
        ends = rng.choice([ends, ends[::-1]])
    return Map(links=tuple(links), start=ends[0], goal=ends[1], one_way=instance.one_way)


def change(instance: Map, rng: Random) -> Map:
    """One link a little longer, a link more, or, where ways have directions, all of them two-way."""
    place = rng.randrange(len(instance.links))
    here, there, length = instance.links[place]
    kind = rng.randrange(3)
    if kind == 0:
        longer = (here, there, length + 1)
        return msgspec.structs.replace(instance, links=(*instance.links[:place], longer, *instance.links[place + 1 :]))
    if kind == 1 and instance.one_way:
        return msgspec.structs.replace(instance, one_way=False)
    return msgspec.structs.replace(instance, links=(*instance.links, (here, "ZZZ", length)))


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("places", "links", "path_links", "path_length"),
)
