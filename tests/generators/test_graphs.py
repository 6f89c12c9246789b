"""The canonical form of marked graphs, against trying every renaming."""

from itertools import permutations
from random import Random

import pytest

from generators.graphs.canonical import Link, canonical_graph


def random_graph(rng: Random, directed: bool, heaviest: int) -> tuple[list[Link], dict[str, int]]:
    names = "ABCDE"
    pairs = [(a, b) for a in names for b in names if a != b and (directed or a < b)]
    links = [(a, b, rng.randint(1, heaviest)) for a, b in rng.sample(pairs, rng.randint(2, 5))]
    return links, {"A": 0, "B": rng.randrange(2)}


def renamed(links: list[Link], marks: dict[str, int], rng: Random, directed: bool) -> tuple[list[Link], dict[str, int]]:
    to = dict(zip("ABCDE", rng.sample("ABCDE", 5), strict=True))
    told = [(to[a], to[b], weight) for a, b, weight in rng.sample(links, len(links))]
    if not directed:
        told = [link if rng.random() < 0.5 else (link[1], link[0], link[2]) for link in told]
    return told, {to[name]: mark for name, mark in marks.items()}


def least_by_brute_force(links: list[Link], marks: dict[str, int], directed: bool) -> str:
    names = "ABCDE"
    forms = []
    for images in permutations(names):
        to = dict(zip(names, images, strict=True))
        ends = [((to[a], to[b]) if directed else tuple(sorted((to[a], to[b]))), weight) for a, b, weight in links]
        used = {to[name] for link in links for name in link[:2]}
        marked = sorted((to[name], mark) for name, mark in marks.items())
        forms.append(repr((sorted(ends), sorted(used | {name for name, _ in marked}), marked)))
    return min(forms)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("heaviest", [2, 7])  # with few weights vertices look alike, with many they are told apart
def test_it_is_equal_exactly_where_a_renaming_is_found_by_brute_force(directed: bool, heaviest: int) -> None:
    rng = Random(11)
    earlier: list[tuple[list[Link], dict[str, int]]] = []
    by_form: dict[bytes, set[str]] = {}
    by_brute_force: dict[str, set[bytes]] = {}
    for _ in range(250):
        links, marks = random_graph(rng, directed, heaviest)
        if rng.random() < 0.5:  # a map that was there, told otherwise
            links, marks = renamed(*earlier[-1], rng, directed) if earlier else (links, marks)
        earlier.append((links, marks))
        form = canonical_graph(links, marks, directed=directed)
        least = least_by_brute_force(links, marks, directed)
        by_form.setdefault(form, set()).add(least)
        by_brute_force.setdefault(least, set()).add(form)
    assert all(len(same) == 1 for same in by_form.values())
    assert all(len(same) == 1 for same in by_brute_force.values())
    assert len(by_form) < 250  # some graphs were the same
