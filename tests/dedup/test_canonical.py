"""Canonical forms against two other methods: every renaming tried out, and igraph's BLISS on a plain graph."""

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations, product
from random import Random

import igraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.canonical import Edge, bounded_form, canonical_form

Structure = tuple[list[int], list[Edge]]

SIX_RING = [(i, (i + 1) % 6) for i in range(6)]
TWO_TRIANGLES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]


def rook_and_shrikhande() -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Two graphs of 16 vertices that refinement, of pairs of vertices too, can't tell apart."""
    cells = list(product(range(4), repeat=2))
    steps = {(0, 1), (0, 3), (1, 0), (3, 0), (1, 1), (3, 3)}
    pairs = list(combinations(range(16), 2))
    rook = [(a, b) for a, b in pairs if (cells[a][0] == cells[b][0]) != (cells[a][1] == cells[b][1])]
    shrikhande = [
        (a, b) for a, b in pairs if ((cells[a][0] - cells[b][0]) % 4, (cells[a][1] - cells[b][1]) % 4) in steps
    ]
    return rook, shrikhande


def as_edges(pairs: Sequence[tuple[int, int]]) -> list[Edge]:
    return [((0, a), (0, b)) for a, b in pairs]


def graph(vertices: int, pairs: Sequence[tuple[int, int]]) -> bytes:
    return canonical_form([0] * vertices, as_edges(pairs))


def bliss_form(colours: Sequence[int], edges: Sequence[Edge]) -> object:
    """The structure as a plain coloured graph, a vertex for each edge and one for each end, labelled by BLISS."""
    kinds = [3 * colour for colour in colours]
    links: list[tuple[int, int]] = []
    for edge in edges:
        middle = len(kinds)
        kinds.append(1)
        for role, vertex in edge:
            links += [(middle, len(kinds)), (len(kinds), vertex)]
            kinds.append(3 * role + 2)
    places = [0] * len(kinds)
    for place, vertex in enumerate(igraph.Graph(len(kinds), links).canonical_permutation(color=kinds)):
        places[vertex] = place
    named = sorted(tuple(sorted((places[a], places[b]))) for a, b in links)
    return tuple(sorted(zip(places, kinds, strict=True))), tuple(named)


def brute_form(colours: Sequence[int], edges: Sequence[Edge]) -> object:
    """The least spelling over every renaming."""

    def spelled(places: Sequence[int]) -> object:
        named = sorted(sorted((role, places[vertex]) for role, vertex in edge) for edge in edges)
        return sorted(zip(places, colours, strict=True)), named

    return min(spelled(places) for places in permutations(range(len(colours))))


def random_structures(rng: Random, number: int, largest: int) -> Iterator[Structure]:
    for _ in range(number):
        count = rng.randint(1, largest)
        colours = [rng.randrange(2) for _ in range(count)]
        edges = [
            tuple((rng.randrange(2), rng.randrange(count)) for _ in range(rng.randint(1, 3)))
            for _ in range(rng.randint(0, largest))
        ]
        yield colours, edges


def renamed(colours: Sequence[int], edges: Sequence[Edge], rng: Random) -> Structure:
    new = rng.sample(range(len(colours)), len(colours))
    told = [0] * len(colours)
    for vertex, colour in enumerate(colours):
        told[new[vertex]] = colour
    moved = [tuple((role, new[vertex]) for role, vertex in rng.sample(edge, len(edge))) for edge in edges]
    return told, rng.sample(moved, len(moved))


def test_forms_are_equal_exactly_for_renamed_structures() -> None:
    rng = Random(4)
    by_form: dict[bytes, object] = {}
    by_brute: dict[str, bytes] = {}
    for colours, edges in random_structures(rng, 250, 5):
        form, brute = canonical_form(colours, edges), brute_form(colours, edges)
        assert by_form.setdefault(form, brute) == brute
        assert by_brute.setdefault(repr(brute), form) == form
        assert canonical_form(*renamed(colours, edges, rng)) == form


def test_bliss_finds_the_same_structures_equal() -> None:
    """Few colours and few ends, so that many of the structures are one another renamed."""
    rng = Random(5)
    by_form: dict[bytes, object] = {}
    by_bliss: dict[object, bytes] = {}
    seen = 0
    for colours, edges in random_structures(rng, 1500, 7):
        form, other = canonical_form(colours, edges), bliss_form(colours, edges)
        seen += form in by_form
        assert by_form.setdefault(form, other) == other
        assert by_bliss.setdefault(other, form) == form
    assert seen > 100


@given(st.integers(3, 24), st.sets(st.integers(1, 12), max_size=4), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_bliss_and_we_agree_on_regular_graphs_and_those_with_one_link_moved(
    count: int, jumps: set[int], seed: int
) -> None:
    """Circulant graphs: every vertex looks like every other, so that refinement alone tells nothing."""
    rng = Random(seed)
    pairs = sorted({tuple(sorted((a, (a + jump) % count))) for a in range(count) for jump in jumps if jump % count})
    edges = as_edges(pairs)  # type: ignore[arg-type]
    plain = [0] * count
    assert canonical_form(*renamed(plain, edges, rng)) == canonical_form(plain, edges)
    if edges:
        moved = [*edges]
        moved[rng.randrange(len(edges))] = ((0, rng.randrange(count)), (0, rng.randrange(count)))
        same = bliss_form(plain, moved) == bliss_form(plain, edges)
        assert (canonical_form(plain, moved) == canonical_form(plain, edges)) == same


def test_graphs_that_refinement_cannot_tell_apart_have_different_forms() -> None:
    assert graph(6, SIX_RING) != graph(6, TWO_TRIANGLES)
    rook, shrikhande = rook_and_shrikhande()
    assert len(rook) == len(shrikhande) == 48
    assert graph(16, rook) != graph(16, shrikhande)
    assert bliss_form([0] * 16, as_edges(rook)) != bliss_form([0] * 16, as_edges(shrikhande))


@pytest.mark.parametrize("kind", ["alone", "complete", "pairs", "cube"])
def test_symmetric_graphs_are_searched_without_trying_every_order(kind: str) -> None:
    """40 interchangeable vertices have 40! orders; symmetries found on the way must cut that down."""
    pairs = {
        "alone": [],
        "complete": list(combinations(range(40), 2)),
        "pairs": [(2 * i, 2 * i + 1) for i in range(20)],
        "cube": [(a, a ^ 1 << bit) for a in range(32) for bit in range(5) if a < a ^ 1 << bit],
    }[kind]
    rng = Random(6)
    new = rng.sample(range(40), 40)
    assert graph(40, pairs) == graph(40, [(new[a], new[b]) for a, b in pairs])


def test_a_bounded_search_gives_the_form_or_gives_up() -> None:
    rook, _ = rook_and_shrikhande()
    assert bounded_form([0] * 16, as_edges(rook), 10_000) == graph(16, rook)
    assert bounded_form([0] * 16, as_edges(rook), 3) is None
    assert bounded_form([0, 1], [((0, 0), (1, 1))], 1) == canonical_form([0, 1], [((0, 0), (1, 1))])
