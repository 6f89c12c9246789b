"""Candidates decided: what goes, for what, found how and why; the same in parts and in any order."""

import pickle

import polars as pl

from dedup.near import AGREED, PAIRS, agreeing, near_duplicates, removed_of
from schemas.document import Document

STORY = "{0} has 12 apples. {0} gives 5 apples to {1}. How many apples does {0} have now?"

DOCUMENTS = [
    Document(id="first", source="stories", text=STORY.format("Anna", "Ben"), answer="7"),
    Document(id="renamed", source="stories", text=STORY.format("Carmen", "David"), answer="7", verified=1.0),
    Document(id="another", source="stories", text=STORY.format("Anna", "Ben").replace("5", "6"), answer="6"),
    Document(id="elsewhere", source="other stories", text=STORY.format("Ida", "Leo"), answer="7"),
    Document(id="alone", source="stories", text="What is 3 + 4?", answer="7"),
]


def candidates(*rows: tuple[int, int, str, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=PAIRS, orient="row")


ALL = candidates(
    (1, 0, "semantic", 0.9), (0, 1, "lexical", 0.8), (0, 2, "lexical", 0.99), (1, 3, "semantic", 0.7),
    (2, 3, "semantic", 0.9), (4, 0, "semantic", 0.6), (2, 2, "lexical", 1.0),
)  # fmt: skip


def test_what_goes_names_what_stays_how_it_was_found_and_why() -> None:
    removed = near_duplicates(DOCUMENTS, ALL, {})
    assert [(each.place, each.id, each.kept_id, each.method) for each in removed] == [
        (0, "first", "elsewhere", "lexical"),
        (1, "renamed", "elsewhere", "semantic"),
    ]
    assert all(each.score == 1.0 for each in removed)
    assert removed[0].reason == "numbers, relations and answers agree; anna is ida, ben is leo"


def test_pairs_are_decided_in_parts_by_workers_as_well_as_at_once() -> None:
    whole = agreeing(DOCUMENTS, ALL, {})
    assert whole.schema == AGREED
    assert whole.select("a", "b", "method").rows() == [(0, 1, "lexical"), (1, 3, "semantic")]
    parts = []
    for start in range(0, ALL.height, 2):
        part = ALL.slice(start, 2)
        places = {*part["a"], *part["b"]}
        shipped = pickle.loads(pickle.dumps({place: DOCUMENTS[place] for place in places}))  # noqa: S301 - our own bytes
        parts.append(agreeing(shipped, part, {}))
    joined = pl.concat(parts).unique(["a", "b"], keep="first").sort("a", "b")
    assert joined.select("a", "b", "alike", "reason").equals(whole.select("a", "b", "alike", "reason"))
    assert removed_of(DOCUMENTS, whole.sample(fraction=1.0, shuffle=True, seed=3), {}) == near_duplicates(
        DOCUMENTS, ALL, {}
    )


def test_without_candidates_nothing_goes() -> None:
    assert near_duplicates(DOCUMENTS, candidates(), {}) == []
