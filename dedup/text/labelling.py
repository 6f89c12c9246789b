"""The structure of a text as a coloured graph, and the one spelling of it that no renaming or reordering changes."""

from collections.abc import Sequence

from dedup.canonical import bounded_form
from dedup.text.spelling import End, spelling
from dedup.text.structure import Habits

REMEMBERED = 80
"""Tokens of a clause whose spelling is remembered for other texts."""

WORK = 30_000
"""Ends of edges that are looked at to tell the vertices apart, over all rounds."""

SEARCHED = 64
"""Vertices of a graph whose symmetries are searched; of a larger one names are told apart by their first mention."""

NODES = 60
"""Nodes of that search."""


class Structure:
    """Entities as vertices, clauses as edges: a template and ends with their places in it."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self.colours = list(kinds)
        self.templates: list[str] = []
        self.ends: list[tuple[End, ...]] = []

    def add(self, prefix: str, tokens: Sequence[str | int], habits: Habits) -> None:
        """One clause; its prefix says which block it is in."""
        local: dict[int, int] = {}
        named = tuple([token if isinstance(token, str) else local.setdefault(token, len(local)) for token in tokens])
        edges = spelling(named, habits) if len(named) <= REMEMBERED else spelling.__wrapped__(named, habits)
        vertices = [*local]
        for _ in edges[1:]:
            vertices.append(len(self.colours))
            self.colours.append("holder")
        for template, ends in edges:
            self.templates.append(prefix + template)
            self.ends.append(tuple([(place, vertices[vertex]) for place, vertex in ends]))

    def form(self) -> str:
        """The spelling: equal for two structures exactly when they are one up to the names of vertices.

        Exact either way where it is equal. Two graphs that are one may be spelled differently only where the search
        for their symmetries was given up, and names were told apart by the order of their first mention.
        """
        templates, colours = sorted({*self.templates}), sorted({*self.colours})
        rank = {template: place for place, template in enumerate(templates)}
        kinds = [rank[template] for template in self.templates]
        slots = sorted({(kind, place) for kind, ends in zip(kinds, self.ends, strict=True) for place, _ in ends})
        role_of = {slot: role for role, slot in enumerate(slots)}
        edges = [
            tuple((role_of[kind, place], vertex) for place, vertex in ends)
            for kind, ends in zip(kinds, self.ends, strict=True)
        ]
        first = [colours.index(colour) for colour in self.colours]
        spelled = _spelled(first, kinds, edges, len(slots))
        return repr((templates, colours, slots, spelled))


def _spelled(
    first: Sequence[int], kinds: Sequence[int], edges: Sequence[tuple[tuple[int, int], ...]], roles: int
) -> object:
    places, classes = _refined(first, kinds, edges)
    if classes < len(first):
        bare = sorted(kind for kind, edge in zip(kinds, edges, strict=True) if not edge)
        if len(first) <= SEARCHED and roles < 2048:
            form = bounded_form(places, [edge for edge in edges if edge], NODES)
            if form is not None:
                return bare, sorted(zip(places, first, strict=True)), form
        order = sorted(range(len(first)), key=lambda vertex: (places[vertex], vertex))
        places = [0] * len(first)
        for place, vertex in enumerate(order):
            places[vertex] = place
    called = sorted(
        (kind, sorted((role, places[vertex]) for role, vertex in edge)) for kind, edge in zip(kinds, edges, strict=True)
    )
    return sorted(zip(places, first, strict=True)), called


def _refined(
    first: Sequence[int], kinds: Sequence[int], edges: Sequence[tuple[tuple[int, int], ...]]
) -> tuple[list[int], int]:
    """The vertices' classes by what they touch, ranked from 0, and how many there are (Weisfeiler and Leman, 1968)."""
    touching: list[list[tuple[int, int]]] = [[] for _ in first]
    for number, edge in enumerate(edges):
        for role, vertex in edge:
            touching[vertex].append((role, number))
    signs: list[tuple[int, object]] = [
        (colour, sorted(role for role, _ in touched)) for colour, touched in zip(first, touching, strict=True)
    ]
    colours, classes = _ranked(signs)
    for _ in range(WORK // (sum(map(len, touching)) + 1)):
        if classes == len(first):
            break
        seen, _ = _ranked([(kind, sorted((role, colours[vertex]) for role, vertex in edge))
                           for kind, edge in zip(kinds, edges, strict=True)])  # fmt: skip
        refined, more = _ranked([(colour, sorted((role, seen[number]) for role, number in touched))
                                 for colour, touched in zip(colours, touching, strict=True)])  # fmt: skip
        if more == classes:
            break
        colours, classes = refined, more
    return colours, classes


def _ranked(signs: Sequence[tuple[int, object]]) -> tuple[list[int], int]:
    names = [repr(sign) for sign in signs]
    ranks = {name: rank for rank, name in enumerate(sorted({*names}))}
    return [ranks[name] for name in names], len(ranks)
