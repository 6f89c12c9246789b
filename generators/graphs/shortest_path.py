"""Shortest path: a path of least length between two places of a small map, any of them where there are several."""

from collections.abc import Mapping
from functools import lru_cache
from heapq import heappop, heappush
from itertools import pairwise
from random import Random
from re import sub
from typing import Annotated

import msgspec

from generators.answers import tokens
from generators.cores.oracle import Oracle, drawn
from generators.family import Family
from generators.graphs.canonical import Link, canonical_graph
from generators.graphs.relaxation import is_shortest
from pipeline.report.drawing import Network

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTER_PAIRS = [first + second for first in LETTERS for second in LETTERS]


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """A connected map of so many `places` with `extra` links beyond the fewest that connect them.

    Links are as long as 1 to `longest_link`, all 1 means none has a length; with `one_way` they have a direction.
    A shortest path has at least `least_links` links, and at least `detour` more than the path with the fewest: so that
    counting links alone does not find it.
    """

    places: Annotated[int, msgspec.Meta(ge=4, le=100)]
    extra: Annotated[int, msgspec.Meta(ge=0, le=400)]
    longest_link: Annotated[int, msgspec.Meta(ge=1, le=999)]
    one_way: bool
    least_links: Annotated[int, msgspec.Meta(ge=2, le=12)]
    detour: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0

    def __post_init__(self) -> None:
        if self.places - 1 + self.extra > self.places * (self.places - 1) // 2:
            raise ValueError(f"extra {self.extra} is more than {self.places} places have room for")
        if self.detour and (self.longest_link == 1 or not self.extra):
            raise ValueError("detour needs extra links and lengths: longest_link above 1")


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """`links` are (place, place, length); with `one_way` from the first place to the second."""

    links: tuple[Link, ...]
    start: str
    goal: str
    one_way: bool


def make(params: Params, rng: Random) -> Map:
    """A random map, and two places on it that are far enough apart."""

    def draw(rng: Random) -> Map:
        instance = Map(links=_links(params, rng), start="", goal="", one_way=params.one_way)
        starts = sorted(_roads(instance))
        for start in rng.sample(starts, len(starts)):
            paths = _shortest_paths(instance.links, params.one_way, start)
            goals = [place for place, path in paths.items() if len(path) > params.least_links]
            if goals and params.detour:
                fewest = _fewest_links(instance.links, params.one_way, start)
                goals = [goal for goal in goals if len(paths[goal]) - 1 - fewest[goal] >= params.detour]
            if goals:
                return msgspec.structs.replace(instance, start=start, goal=rng.choice(goals))
        return instance

    return drawn(draw, lambda instance: instance.start != "", rng)


def _fewest_links(links: tuple[Link, ...], one_way: bool, start: str) -> dict[str, int]:
    """How many links it takes at least to get to each place that can be reached."""
    roads = _roads_of(links, one_way)
    fewest = {start: 0}
    reached = [start]
    for here in reached:
        for there in roads.get(here, ()):
            if there not in fewest:
                fewest[there] = fewest[here] + 1
                reached.append(there)
    return fewest


def solve(instance: Map) -> tuple[str, ...]:
    """A shortest path: of those with fewest links the first by name; empty if there is none."""
    return _shortest_paths(instance.links, instance.one_way, instance.start).get(instance.goal, ())


@lru_cache(maxsize=8)
def _shortest_paths(links: tuple[Link, ...], one_way: bool, start: str) -> Mapping[str, tuple[str, ...]]:
    """Dijkstra's algorithm: a shortest path to every place that can be reached, nearest first."""
    roads = _roads_of(links, one_way)
    queue: list[tuple[int, int, tuple[str, ...]]] = [(0, 1, (start,))]
    paths: dict[str, tuple[str, ...]] = {}
    least: dict[str, int] = {}
    while queue:
        length, places, path = heappop(queue)
        here = path[-1]
        if here in paths:
            continue
        paths[here] = path
        for there, link in roads.get(here, {}).items():
            reach = length + link
            if there not in paths and reach <= least.get(there, reach):
                least[there] = reach
                heappush(queue, (reach, places + 1, (*path, there)))
    return paths


def fault(instance: Map, path: tuple[str, ...]) -> str | None:
    """What is wrong with a path: its ends, a link that is not there, or its length."""
    if path[0] != instance.start or path[-1] != instance.goal:
        return f"the path must go from {instance.start} to {instance.goal}"
    roads = _roads(instance)
    for here, there in pairwise(path):
        if there not in roads.get(here, {}):
            return f"no link goes from {here[:10]} to {there[:10]}"
    if _length(roads, path) > _length(roads, solve(instance)):
        return f"there is a shorter path than this one of length {_length(roads, path)}"
    return None


def statement(instance: Map, style: str) -> str:
    return _STYLES[style](instance)


def _list(instance: Map) -> str:
    arrow = "->" if instance.one_way else "-"
    ways = "one way, along the arrow" if instance.one_way else "both ways"
    lengths = _has_lengths(instance)
    legend = f" ({ways}; the number is the length)" if lengths else f" ({ways})"
    if lengths:
        lines = [f"{here} {arrow} {there}: {length}" for here, there, length in instance.links]
    else:
        lines = [f"{here} {arrow} {there}" for here, there, _ in instance.links]
    return "\n".join([f"Links{legend}:", *lines, _question(instance)])


def _story(instance: Map) -> str:
    both = "" if instance.one_way else ", each open both ways"
    kind = "A one-way road leads from {} to {}" if instance.one_way else "A road joins {} and {}"
    lengths = _has_lengths(instance)
    roads = [
        kind.format(here, there) + (f" and takes {length} minute{'s' * (length > 1)}." if lengths else ".")
        for here, there, length in instance.links
    ]
    aim = "in the least time" if lengths else "over as few roads as possible"
    ask = f"Which way leads from {instance.start} to {instance.goal} {aim}? Name the towns on it, both ends included."
    return " ".join([f"Some towns are joined by roads{both}.", *roads, ask])


def _table(instance: Map) -> str:
    lengths = _has_lengths(instance)

    def told(there: str, length: int) -> str:
        return f"{there}: {length}" if lengths else there

    rows = [
        f"| {here} | {', '.join(told(there, length) for there, length in sorted(near.items()))} |"
        for here, near in sorted(_roads(instance).items())
    ]
    legend = " (with the length)" if lengths else ""
    return "\n".join([f"| from | directly to{legend} |", "|---|---|", *rows, "", _question(instance)])


_STYLES = {"list": _list, "story": _story, "table": _table}


def answer_format(instance: Map) -> str:
    strange = [letter for letter in LETTERS if letter not in (instance.start, instance.goal)]
    example = " ".join(strange[:3])
    return f"Write the places on the path in order, separated by spaces, in the shape {example}."


def steps(instance: Map) -> tuple[str, ...]:
    """The places in the order of their distance from the start (Dijkstra), up to the goal."""
    roads, told = _roads(instance), list[str]()
    for place, path in _shortest_paths(instance.links, instance.one_way, instance.start).items():
        over = f", reached from {path[-2]}" if len(path) > 1 else ""
        told.append(f"{place} is at distance {_length(roads, path)}{over}.")
        if place == instance.goal:
            break
    return (*told[:-1], f"{told[-1]} Back from there the path is: {_ORACLE.gold(instance)}")


def canonical(instance: Map) -> bytes:
    """Places renamed and links reordered; a map without one-way links also with start and goal exchanged."""
    marks = {instance.start: 0, instance.goal: 1 if instance.one_way else 0}
    return canonical_graph(instance.links, marks, directed=instance.one_way)


def features(instance: Map) -> dict[str, float]:
    path = solve(instance)
    roads = _roads(instance)
    return {
        "places": len({place for here, there, _ in instance.links for place in (here, there)}),
        "links": len(instance.links),
        "path_links": len(path) - 1,
        "path_length": _length(roads, path),
        "longest_link": max(length for _, _, length in instance.links),
        "one_way": instance.one_way,
    }


def _links(params: Params, rng: Random) -> tuple[Link, ...]:
    """A random tree, each place tied to an earlier one, and extra links, in random order under random names."""
    names = _names(params.places, rng)
    random, places, longest = rng.random, params.places, params.longest_link
    pairs = {(int(later * random()), later) for later in range(1, places)}
    while len(pairs) < places - 1 + params.extra:
        first, second = int(places * random()), int(places * random())
        if first != second:
            pairs.add((first, second) if first < second else (second, first))
    links = []
    for pair in sorted(pairs):
        here, there = pair if random() < 0.5 else pair[::-1]
        links.append((names[here], names[there], 1 + int(longest * random())))
    rng.shuffle(links)
    return tuple(links)


def _names(count: int, rng: Random) -> list[str]:
    """Single letters while they last, else pairs of letters."""
    return rng.sample(LETTERS if count <= len(LETTERS) else _LETTER_PAIRS, count)


def _roads(instance: Map) -> Mapping[str, Mapping[str, int]]:
    return _roads_of(instance.links, instance.one_way)


@lru_cache(maxsize=8)
def _roads_of(links: tuple[Link, ...], one_way: bool) -> Mapping[str, Mapping[str, int]]:
    """From each place that a link leaves, where its links lead and how long they are."""
    roads: dict[str, dict[str, int]] = {}
    for here, there, length in links:
        roads.setdefault(here, {})[there] = length
        if not one_way:
            roads.setdefault(there, {})[here] = length
    return roads


def _length(roads: Mapping[str, Mapping[str, int]], path: tuple[str, ...]) -> int:
    return sum(roads[here][there] for here, there in pairwise(path))


def _has_lengths(instance: Map) -> bool:
    return any(length != 1 for _, _, length in instance.links)


def _question(instance: Map) -> str:
    kind = "of least total length" if _has_lengths(instance) else "with the fewest links"
    return f"Find a path from {instance.start} to {instance.goal} {kind}, both ends included."


def _read(instance: Map, text: str) -> tuple[str, ...] | None:
    """Names in either case, separated by spaces, commas, line breaks, arrows or hyphens."""
    names = tokens(sub(r"(?<=\w)[-\u2013](?=\w)", " ", text))
    return None if names is None or not all(map(str.isascii, names)) else tuple(map(str.upper, names))


_ORACLE: Oracle[Map, tuple[str, ...]] = Oracle(
    solve=solve, write=lambda instance, path: " ".join(path), read=_read, fault=fault
)


def _rung(places: int, extra: int, longest_link: int, one_way: bool, least_links: int, detour: int = 0) -> Params:
    return Params(
        places=places,
        extra=extra,
        longest_link=longest_link,
        one_way=one_way,
        least_links=least_links,
        detour=detour,
    )


def draw(instance: Map) -> tuple[Network, ...]:
    places = sorted({place for a, b, _ in instance.links for place in (a, b)})
    plain = all(length == 1 for _, _, length in instance.links)
    links = tuple((a, b, "" if plain else str(length)) for a, b, length in instance.links)
    return (
        Network(
            places=tuple(places),
            links=links,
            marked=(instance.start, instance.goal),
            arrows=instance.one_way,
            below=f"from {instance.start} to {instance.goal}",
        ),
    )


FAMILY = Family(
    name="graphs.shortest_path",
    version=1,
    title="Shortest path",
    domain="graphs",
    params=Params,
    instance=Map,
    levels=(
        _rung(4, 0, 1, False, 2),
        _rung(5, 1, 1, False, 2),
        _rung(6, 3, 5, False, 2),
        _rung(8, 5, 9, False, 2, 1),
        _rung(10, 8, 9, True, 3, 1),
        _rung(14, 14, 20, True, 3, 1),
        _rung(18, 22, 50, True, 4, 1),
        _rung(26, 40, 99, True, 4, 1),
        _rung(40, 70, 200, True, 5, 1),
        _rung(60, 110, 999, True, 6),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=_ORACLE.gold,
    check=_ORACLE.check,
    canonical=canonical,
    features=features,
    styles=tuple(_STYLES),
    second_check=lambda at, answer: is_shortest(at.links, at.one_way, at.start, at.goal, answer),
    steps=steps,
    sums=True,
    draw=draw,
)
