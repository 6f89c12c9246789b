"""Planted pairs: exactly one criterion is broken, the one that is named; neutral pairs break none."""

from collections import Counter

import pytest

from generators.family import FamilyError, make_task
from generators.instructions.form import FAMILY
from generators.instructions.pairs import neutral_pair, planted_pair
from generators.registry import family_named
from generators.verify import verify
from rubrics.criteria.contract import Subject
from rubrics.criteria.registry import checked
from schemas import Task

TASKS = [make_task(FAMILY, level=level, seed=3, index=index) for level in (1, 4, 7) for index in range(6)]


def scores(task: Task, response: str) -> list[float | None]:
    """What the criteria of a task say of a response, by the checkers of rubrics."""
    pair = planted_pair(task, 0)
    assert pair is not None
    return [checked(criterion, Subject(response=response)).score for criterion in pair.criteria]


def test_exactly_the_named_criterion_is_broken_in_the_rejected_text_and_none_in_the_chosen_one() -> None:
    for task in TASKS:
        pair = planted_pair(task, 0)
        assert pair is not None
        assert pair.broken is not None
        assert pair.chosen != pair.rejected
        assert scores(task, pair.chosen) == [1.0] * len(pair.criteria)
        assert [at for at, score in enumerate(scores(task, pair.rejected)) if score == 0.0] == [pair.broken]
        assert all(criterion.text in pair.prompt for criterion in pair.criteria)


def test_the_family_judges_planted_pairs_as_the_criteria_do() -> None:
    for task in TASKS:
        pair, neutral = planted_pair(task, 0), neutral_pair(task, 0)
        assert pair is not None
        assert neutral is not None
        assert verify(task, f"<answer>{pair.chosen}</answer>").score == 1.0
        assert (verify(task, f"<answer>{pair.rejected}</answer>").score or 0.0) < 1.0
        assert verify(task, f"<answer>{neutral.rejected}</answer>").score == 1.0
        assert neutral.broken is None
        assert neutral.rejected != neutral.chosen


def test_many_kinds_of_criteria_are_broken_and_the_same_seed_makes_the_same_pair() -> None:
    broken = Counter(
        pair.criteria[pair.broken].checker
        for task in TASKS
        for seed in (0, 1)
        if (pair := planted_pair(task, seed)) and pair.broken is not None
    )
    assert len(broken) >= 6
    assert planted_pair(TASKS[0], 5) == planted_pair(TASKS[0], 5)


def test_a_task_of_another_family_is_refused() -> None:
    with pytest.raises(FamilyError, match=r"instructions\.form"):
        planted_pair(make_task(family_named("arithmetic.chain"), level=1, seed=0, index=0), 0)
