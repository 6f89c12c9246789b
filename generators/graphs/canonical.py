"""The canonical form of a graph with marked vertices and weighted links, for all families on graphs.

Where the marks and weights at each vertex tell all vertices apart, they give the order, and nothing is to be searched.
Elsewhere trees that hang on the graph are folded into the vertex they hang on first (Aho, Hopcroft & Ullman 1974,
§3.2): most of a sparse graph's symmetries are there, and what is left for the search is small.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from dedup.canonical import canonical_form

Link = tuple[str, str, int]

_LARGEST = 1000
"""Weights are below it; a link's one end has the role `weight`, its other, where directed, `weight + _LARGEST`."""


def canonical_graph(links: Sequence[Link], marks: Mapping[str, int], *, directed: bool) -> bytes:
    """Bytes equal for two graphs exactly when one is the other with its vertices renamed and its links reordered.

    `links` are (vertex, vertex, weight), weights from 0 to 999; `marks` are marked vertices and their marks, which
    renaming keeps. At least one vertex is marked.
    """
    place = _told_apart(links, marks, directed)
    if place is not None:
        return _spelled(links, marks, place, directed)
    near = _near(links, directed)
    labels = _folded(near, marks)
    label_of = sorted(set(labels.values()))
    rank = {label: place for place, label in enumerate(label_of)}
    number = {vertex: place for place, vertex in enumerate(labels)}
    far = _LARGEST if directed else 0
    edges = [
        ((weight, number[one]), (weight + far, number[two]))
        for one, two, weight in links
        if one in number and two in number
    ]
    return repr(label_of).encode() + canonical_form([rank[label] for label in labels.values()], edges)


def _told_apart(links: Sequence[Link], marks: Mapping[str, int], directed: bool) -> dict[str, int] | None:
    """The place of each vertex in the order of its mark and of the roles on its links; None where two have the same."""
    far = _LARGEST if directed else 0
    roles: defaultdict[str, list[int]] = defaultdict(list, {vertex: [] for vertex in marks})
    for one, two, weight in links:
        roles[one].append(weight)
        roles[two].append(weight + far)
    kinds = {vertex: (marks.get(vertex, -1), *sorted(ends)) for vertex, ends in roles.items()}
    rank = {kind: place for place, kind in enumerate(sorted(set(kinds.values())))}
    return {vertex: rank[kind] for vertex, kind in kinds.items()} if len(rank) == len(kinds) else None


def _spelled(links: Sequence[Link], marks: Mapping[str, int], place: Mapping[str, int], directed: bool) -> bytes:
    """The graph with each vertex called by its place; a link is one number."""
    size = len(place)
    pairs = [(place[one], place[two], weight) for one, two, weight in links]
    if not directed:
        pairs = [(min(one, two), max(one, two), weight) for one, two, weight in pairs]
    marked = sorted((place[vertex], mark) for vertex, mark in marks.items())
    return repr((size, marked, sorted([(one * size + two) * _LARGEST + weight for one, two, weight in pairs]))).encode()


def _near(links: Sequence[Link], directed: bool) -> dict[str, dict[str, list[int]]]:
    """Each vertex's neighbours, and the roles that it has on the links to them."""
    near: dict[str, dict[str, list[int]]] = {}
    for one, two, weight in links:
        near.setdefault(one, {}).setdefault(two, []).append(weight)
        near.setdefault(two, {}).setdefault(one, []).append(weight + (_LARGEST if directed else 0))
    return near


def _folded(near: dict[str, dict[str, list[int]]], marks: Mapping[str, int]) -> dict[str, str]:
    """The vertices that are left when hanging trees are folded (`near` is used up), each with a label for what hung
    there. Only trees that hang on something marked have a foot to fold them to: other parts stay as they are."""
    hanging: dict[str, list[tuple[list[int], str]]] = {vertex: [] for vertex in near}
    labels = {vertex: repr((marks.get(vertex, -1), [])) for vertex in [*near, *marks]}
    leaves = [vertex for vertex in _connected(near, marks) if len(near[vertex]) == 1 and vertex not in marks]
    while leaves:
        leaf = leaves.pop()
        (foot,) = near[leaf]
        roles = near[foot].pop(leaf)
        hanging[foot].append((sorted(roles), labels.pop(leaf)))
        labels[foot] = repr((marks.get(foot, -1), sorted(hanging[foot])))
        if len(near[foot]) == 1 and foot not in marks:
            leaves.append(foot)
    return labels


def _connected(near: Mapping[str, Mapping[str, list[int]]], marks: Mapping[str, int]) -> list[str]:
    """The vertices from which a marked one can be reached, links taken either way."""
    found = dict.fromkeys(vertex for vertex in marks if vertex in near)
    queue = list(found)
    while queue:
        for vertex in near[queue.pop()]:
            if vertex not in found:
                found[vertex] = None
                queue.append(vertex)
    return list(found)
