"""Planted pairs: exactly one criterion is broken, the one that is named; neutral pairs break none."""

from functools import cache

import pytest

from generators.family import FamilyError, make_task
from generators.instructions.pairs import FAMILIES, PlantedPair, neutral_pair, planted_pair
from generators.registry import family_named
from generators.verify import verify
from rubrics.criteria.contract import Subject
from rubrics.criteria.registry import checked
from schemas import Task

TASKS = [
    make_task(family_named(name), level=level, seed=3, index=index)
    for name in sorted(FAMILIES)
    for level in (1, 4, 7)
    for index in range(5)
]


@cache
def planted() -> list[tuple[Task, PlantedPair]]:
    """A pair of each task; every one of these tasks has some rule that can be broken alone."""
    made = [(task, planted_pair(task, 0)) for task in TASKS]
    assert all(pair is not None for _, pair in made)
    return [(task, pair) for task, pair in made if pair is not None]


def scores(pair: PlantedPair, response: str) -> list[float | None]:
    """What the criteria of a pair say of a response, by the checkers of rubrics."""
    subject = Subject(response=response, source=pair.source)
    return [checked(criterion, subject).score for criterion in pair.criteria]


def test_exactly_the_named_criterion_is_broken_in_the_rejected_text_and_none_in_the_chosen_one() -> None:
    for task, pair in planted():
        assert pair.broken is not None
        assert scores(pair, pair.chosen) == [1.0] * len(pair.criteria)
        assert [at for at, score in enumerate(scores(pair, pair.rejected)) if score == 0.0] == [pair.broken]
        assert len({criterion.title for criterion in pair.criteria}) == len(pair.criteria)
        if task.family == "instructions.form":
            assert all(criterion.text in pair.prompt for criterion in pair.criteria)


def test_the_family_finds_the_chosen_text_right_and_the_rejected_one_not() -> None:
    for task, pair in planted():
        assert verify(task, f"<answer>{pair.chosen}</answer>").score == 1.0
        assert (verify(task, f"<answer>{pair.rejected}</answer>").score or 0.0) < 1.0


def test_a_neutral_pair_has_two_right_texts() -> None:
    for task in TASKS[::3]:
        pair = neutral_pair(task, 0)
        assert pair is not None
        assert pair.broken is None
        assert pair.chosen != pair.rejected
        assert verify(task, f"<answer>{pair.rejected}</answer>").score == 1.0
        assert scores(pair, pair.rejected) == [1.0] * len(pair.criteria)


def test_many_kinds_of_criteria_are_broken_and_the_same_seed_makes_the_same_pair() -> None:
    broken = {pair.criteria[pair.broken].checker for _, pair in planted() if pair.broken is not None}
    assert len(broken) >= 8
    task, pair = planted()[-1]
    assert planted_pair(task, 0) == pair


def test_a_task_of_another_family_is_refused() -> None:
    with pytest.raises(FamilyError, match=r"instructions\.form"):
        planted_pair(make_task(family_named("arithmetic.chain"), level=1, seed=0, index=0), 0)
