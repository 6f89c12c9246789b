"""Whatever the puzzle: a renaming and another order of clues change nothing, one change changes all."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.agreement import agreement
from schemas.document import Document

NAMES = ("Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Hugo")
RELATIONS = ("is taller than", "sits directly to the left of", "arrived before", "owes 3 dollars to", "is a friend of")

Clue = tuple[int, int, int, int]

clue = st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(0, len(RELATIONS) - 1), st.integers(2, 40))
puzzle = st.lists(clue, min_size=2, max_size=8, unique=True)


def told(clues: list[Clue], names: tuple[str, ...]) -> Document:
    lines = [
        f"- {names[a]} {RELATIONS[relation]} {names[(a + step) % 4]}; {names[a]} has {number} coins more."
        for a, step, relation, number in clues
    ]
    who = ", ".join(names[:3]) + f" and {names[3]}"
    text = "\n".join([f"These are facts about {who}.", *lines, f"How many coins has {names[0]}?"])
    return Document(id="1", source="puzzles", text=text)


@settings(max_examples=60, deadline=None)
@given(puzzle, st.randoms(use_true_random=False))
def test_renamed_and_reordered_it_is_the_same(clues: list[Clue], rng: Random) -> None:
    names = tuple(rng.sample(NAMES, 4))
    other = told(rng.sample(clues, len(clues)), names)
    one = told(clues, NAMES[:4])
    verdict = agreement(one, other)
    assert verdict.same, verdict.reason
    assert verdict == agreement(other, one)


@settings(max_examples=60, deadline=None)
@given(puzzle, st.randoms(use_true_random=False))
def test_with_one_number_or_relation_changed_it_is_another(clues: list[Clue], rng: Random) -> None:
    at = rng.randrange(len(clues))
    a, step, relation, number = clues[at]
    changes: list[Clue] = [(a, step, relation, number + 50), (a, step, (relation + 1) % len(RELATIONS), number)]
    changed = told([*clues[:at], rng.choice(changes), *clues[at + 1 :]], tuple(rng.sample(NAMES, 4)))
    assert not agreement(told(clues, NAMES[:4]), changed).same


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=6), st.text(max_size=6))
def test_any_two_texts_agree_both_ways_or_not_at_all(one: str, other: str, answer: str, told_answer: str) -> None:
    a = Document(id="1", source="s", text=one, answer=answer)
    b = Document(id="2", source="s", text=other, answer=told_answer)
    assert agreement(a, b) == agreement(b, a)
    assert agreement(a, a).same
