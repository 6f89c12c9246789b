"""Canonical forms: one byte string for all structures that are the same up to renaming, exactly.

A structure is vertices with colours (colours are kept, vertices are renamed) and edges of any arity whose ends
have roles: `((role, vertex), ...)`. Ends of one role are interchangeable, edges are a multiset. A directed labelled
edge is `((2 * label, a), (2 * label + 1, b))`, an undirected one `((label, a), (label, b))`.

Colour refinement splits the vertices by what they touch; where it gets stuck one vertex of the smallest class is set
apart, every choice is tried, and the least certificate wins. Choices that a found symmetry maps onto each other are
tried once (McKay, "Practical graph isomorphism", 1981). Hashes only split classes and depend on no name, so a
collision costs time and never exactness: the certificate spells out every edge.

igraph's BLISS is the second method in the tests and not the first here: its labels may change with its version, and
keys are kept on disk; and a structure with roles and wide edges is a plain graph only with a vertex for every end.
"""

from collections.abc import Sequence
from random import Random

Edge = tuple[tuple[int, int], ...]

_MASK = (1 << 61) - 1
_draw = Random("canonical").getrandbits
_KEYS = tuple(_draw(61) | 1 for _ in range(4096))


def canonical_form(colours: Sequence[int], edges: Sequence[Edge]) -> bytes:
    """Bytes equal for two structures exactly when one is the other with its vertices renamed.

    `colours` (V,) are non-negative, with V at most 2048; roles are in [0, 2048).
    """
    return _Search(colours, edges).certificate()


class _GivenUpError(Exception):
    """The search would visit more nodes than it may."""


def bounded_form(colours: Sequence[int], edges: Sequence[Edge], nodes: int) -> bytes | None:
    """`canonical_form`, or None where the search would visit more than `nodes` nodes.

    Of two structures that are the same up to renaming, one may be given up and the other not.
    """
    try:
        return _Search(colours, edges, nodes).certificate()
    except _GivenUpError:
        return None


class _Search:
    """One search for the least certificate; `prefix` is the vertices set apart so far."""

    def __init__(self, colours: Sequence[int], edges: Sequence[Edge], nodes: int | None = None) -> None:
        self.nodes_left = nodes
        self.colours = colours
        self.edges = edges
        self.keyed = [[(_KEYS[2048 + role], vertex) for role, vertex in edge] for edge in edges]
        self.best_leaf: tuple[Sequence[int], bytes] | None = None
        self.best_prefix: list[int] = []
        self.best_traces: list[list[int]] = []
        self.symmetries: list[list[int]] = []

    def certificate(self) -> bytes:
        self._explore(_ranked(self.colours), [])
        assert self.best_leaf is not None
        return self.best_leaf[1]

    def _explore(self, colours: list[int], prefix: list[int]) -> int:
        """Search below one node; returns the depth to go back to, less than here when a symmetry covers the rest."""
        if self.nodes_left is not None:
            self.nodes_left -= 1
            if self.nodes_left < 0:
                raise _GivenUpError
        colours, trace = self._refined(colours)
        depth = len(prefix)
        if depth < len(self.best_traces):
            if trace > self.best_traces[depth]:
                return depth
            if trace < self.best_traces[depth]:
                self.best_leaf = None
                del self.best_traces[depth:]
        if depth == len(self.best_traces):
            self.best_traces.append(trace)
        cell = _smallest_class(colours)
        if not cell:
            return self._leaf(colours, prefix)
        tried: list[int] = []
        for vertex in cell:
            if tried and self._covered(vertex, tried, prefix):
                continue
            tried.append(vertex)
            split = [2 * colour + 1 for colour in colours]
            split[vertex] -= 1
            back = self._explore(_ranked(split), [*prefix, vertex])
            if back < depth:
                return back
        return depth

    def _leaf(self, colours: list[int], prefix: list[int]) -> int:
        depth = len(prefix)
        form = self._spelled(colours)
        if self.best_leaf is None or form < self.best_leaf[1]:
            self.best_leaf, self.best_prefix = (colours, form), prefix
        elif form == self.best_leaf[1]:
            inverse = [0] * len(colours)
            for vertex, position in enumerate(colours):
                inverse[position] = vertex
            self.symmetries.append([inverse[position] for position in self.best_leaf[0]])
            return next((i for i in range(depth) if prefix[i] != self.best_prefix[i]), depth)
        return depth

    def _covered(self, vertex: int, tried: list[int], prefix: list[int]) -> bool:
        """Whether symmetries that fix the prefix carry a tried vertex to this one."""
        fixing = [image for image in self.symmetries if all(image[fixed] == fixed for fixed in prefix)]
        reached, frontier = set(tried), list(tried)
        while frontier:
            here = frontier.pop()
            for image in fixing:
                if image[here] not in reached:
                    reached.add(image[here])
                    frontier.append(image[here])
        return vertex in reached

    def _refined(self, colours: list[int]) -> tuple[list[int], list[int]]:
        """The coarsest stable colouring below this one, ranks from 0, and a trace that no renaming changes."""
        classes = max(colours, default=-1) + 1
        while True:
            keys = [_KEYS[colour] for colour in colours]
            sums = keys[:]
            for edge in self.keyed:
                total = 1
                for role, vertex in edge:
                    total += role * keys[vertex]
                total = (total & _MASK) * (total >> 61 & _MASK | 1) & _MASK
                for role, vertex in edge:
                    sums[vertex] += role * total
            pairs = list(zip(colours, sums, strict=True))
            ranks = {pair: rank for rank, pair in enumerate(sorted(set(pairs)))}
            colours = [ranks[pair] for pair in pairs]
            if len(ranks) == classes or len(ranks) == len(colours):
                return colours, sorted(sums)
            classes = len(ranks)

    def _spelled(self, places: Sequence[int]) -> bytes:
        """The structure with each vertex called by its place."""
        named = sorted([sorted([(role, places[vertex]) for role, vertex in edge]) for edge in self.edges])
        coloured = sorted(zip(places, self.colours, strict=True))
        return repr((coloured, named)).encode()


def _ranked(colours: Sequence[int]) -> list[int]:
    ranks = {colour: rank for rank, colour in enumerate(sorted(set(colours)))}
    return [ranks[colour] for colour in colours]


def _smallest_class(colours: list[int]) -> list[int]:
    """The vertices of the smallest class of two or more, the first by colour; empty when all differ."""
    members: dict[int, list[int]] = {}
    for vertex, colour in enumerate(colours):
        members.setdefault(colour, []).append(vertex)
    shared = [(len(group), colour) for colour, group in members.items() if len(group) > 1]
    return members[min(shared)[1]] if shared else []
