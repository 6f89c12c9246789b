"""Clusters of the same problem, out of pairs that agree: one stays, and every other one agrees with that very one.

Chains are not trusted: where A agrees with B and B with C, C goes for A only if those two agree themselves; else C
stays, and may be what others go for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from schemas.document import Document

Documents = Mapping[int, Document] | Sequence[Document]
"""Documents by their places: a list, or, in a part of the work, the few that it needs."""

_TRIES = 16


def kept_of(cluster: Iterable[int], documents: Documents) -> int:
    """The place of the document that stays: of the shortest text, then the best verified, then the oldest."""
    return min(cluster, key=lambda place: _rank(documents[place], place))


def components(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The places that pairs connect, each component in rising order, components by their first place."""
    parent: dict[int, int] = {}

    def root(place: int) -> int:
        parent.setdefault(place, place)
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    members: dict[int, list[int]] = {}
    for place in sorted(parent):
        members.setdefault(root(place), []).append(place)
    return [members[first] for first in sorted(members)]


def removals(
    pairs: Iterable[tuple[int, int]], documents: Documents, agree: Callable[[int, int], bool]
) -> list[tuple[int, int]]:
    """(place, kept place) of every document that goes, by place.

    `pairs` agree already; `agree(kept, place)` is asked for the others of a component, and no document is compared
    with more than 16 of those that stay: one left over is less harm than work without a bound. The same whatever the
    order of `pairs`.
    """
    agreed: dict[int, set[int]] = {}
    for one, other in pairs:
        agreed.setdefault(one, set()).add(other)
        agreed.setdefault(other, set()).add(one)
    gone: list[tuple[int, int]] = []
    for component in components((one, other) for one, others in agreed.items() for other in others):
        kept: dict[int, None] = {}
        for place in sorted(component, key=lambda each: _rank(documents[each], each)):
            known = kept.keys() & agreed[place]
            asked = (keeper for keeper in islice(kept, _TRIES) if agree(keeper, place))
            twin = kept_of(known, documents) if known else next(asked, None)
            if twin is None:
                kept[place] = None
            else:
                gone.append((place, twin))
    return sorted(gone)


def _rank(document: Document, place: int) -> tuple[int, float, int]:
    return len(document.text), -document.verified, place
