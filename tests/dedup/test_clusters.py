"""Clusters: one stays, the same whatever the order, and each of the others agrees with that very one."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dedup.clusters import components, kept_of, removals
from schemas.document import Document


def document(place: int, text: str = "text", verified: float = 0.0) -> Document:
    return Document(id=str(place), source="s", text=text, verified=verified)


def test_the_shortest_text_stays_then_the_best_verified_then_the_oldest() -> None:
    documents = [
        document(0, "a long text", 1.0),
        document(1, "short", 0.2),
        document(2, "brief", 0.9),
        document(3, "brief", 0.9),
    ]
    assert kept_of([0, 1, 2, 3], documents) == 2
    assert kept_of([3, 2], documents) == 2
    assert kept_of([0, 1], documents) == 1


def test_a_chain_is_not_one_cluster_where_its_ends_disagree() -> None:
    documents = [document(place, "x" * (place + 1)) for place in range(3)]
    asked: list[tuple[int, int]] = []

    def never(kept: int, place: int) -> bool:
        asked.append((kept, place))
        return False

    assert removals([(0, 1), (1, 2)], documents, never) == [(1, 0)]
    assert asked == [(0, 2)]
    assert removals([(0, 1), (1, 2)], documents, lambda kept, place: True) == [(1, 0), (2, 0)]


def test_what_is_left_over_of_a_chain_is_kept_and_others_go_for_it() -> None:
    documents = [document(place, "x" * (place + 1)) for place in range(4)]
    assert removals([(0, 1), (1, 2), (2, 3)], documents, lambda kept, place: False) == [(1, 0), (3, 2)]


pairs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1]), max_size=24)
texts = st.lists(st.text("ab", max_size=3), min_size=12, max_size=12)


@given(pairs, texts, st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_nothing_and_each_agrees_with_what_stays(
    pairs: list[tuple[int, int]], texts: list[str], rng: Random
) -> None:
    documents = [document(place, text) for place, text in enumerate(texts)]

    def agree(kept: int, place: int) -> bool:
        return (kept * place) % 3 == 0

    found = removals(pairs, documents, agree)
    shuffled = [(b, a) if rng.random() < 0.5 else (a, b) for a, b in rng.sample(pairs, len(pairs))]
    assert removals(shuffled, documents, agree) == found
    gone = {place for place, _ in found}
    for place, kept in found:
        assert kept not in gone
        assert {(place, kept), (kept, place)} & {*pairs} or agree(kept, place)
        assert kept == kept_of([kept, place], documents)


@given(pairs)
def test_components_are_what_pairs_connect(pairs: list[tuple[int, int]]) -> None:
    found = components(pairs)
    of = {place: number for number, members in enumerate(found) for place in members}
    assert all(of[a] == of[b] for a, b in pairs)
    assert sorted(of) == sorted({place for pair in pairs for place in pair})
    assert found == sorted(sorted(members) for members in found)
    for members in found:
        reached = {members[0]}
        for _ in members:
            reached |= {place for pair in pairs if reached & {*pair} for place in pair}
        assert reached == {*members}
