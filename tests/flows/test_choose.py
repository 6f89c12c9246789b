"""Which candidates are rolled out: the likeliest and a blind share, all of them where there is no choice."""

import pytest

from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.difficulty import Tally, difficulty_of
from filters.predictor import PredictorConfig
from flows.choose import likeliest, worth_reading
from generators.stream import Segment, tasks_of
from schemas import Difficulty, Task

BAND = PredictorConfig()


def sums(start: int, stop: int) -> list[Task]:
    segment = Segment(
        family="arithmetic.chain", level=0, params={"terms": 2, "digits": 2}, seed=1, start=start, stop=stop
    )
    return list({task.canonical: task for task in tasks_of(segment)}.values())


def graded(task: Task) -> Difficulty:
    """In the band without a carry, else too hard."""
    wins = 0 if task.features["carries"] else 8
    return difficulty_of(task.id, "m", "r", Tally(wins, 16 - wins), DifficultyConfig(), JEFFREYS)


def test_the_likeliest_are_taken_and_the_chances_of_all_are_told() -> None:
    known, candidates = sums(0, 150), sums(1000, 1200)
    taken, chances = likeliest(candidates, 20, known, list(map(graded, known)), 0.0, BAND, seed=1)
    assert len(taken) == 20
    assert chances.keys() == {task.id for task in candidates}
    assert min(chances[each] for each in taken) >= max(chances[each] for each in chances.keys() - taken)
    without_carry = [task.id for task in candidates if not task.features["carries"]]
    assert len(taken & set(without_carry)) > 15 > 2 * 20 * len(without_carry) / len(candidates)


def test_a_blind_share_takes_others_too() -> None:
    known, candidates = sums(0, 150), sums(1000, 1200)
    taken, chances = likeliest(candidates, 20, known, list(map(graded, known)), 0.5, BAND, seed=1)
    best = sorted(chances, key=lambda each: -chances[each])[:20]
    assert len(taken) == 20
    assert 10 <= len(taken & set(best)) < 20


@pytest.mark.parametrize("known", [[], sums(0, 5)])
def test_where_nothing_is_decided_all_are_drawn_blindly(known: list[Task]) -> None:
    unreached = [difficulty_of(task.id, "m", "r", Tally(), DifficultyConfig(), JEFFREYS) for task in known]
    candidates = sums(1000, 1040)
    draws = [likeliest(candidates, 10, known, unreached, 0.0, BAND, seed=seed) for seed in (1, 1, 2)]
    assert [(len(taken), chances) for taken, chances in draws] == [(10, {})] * 3
    assert draws[0] == draws[1] != draws[2]


def test_all_are_taken_where_there_are_no_more() -> None:
    candidates = sums(0, 10)
    assert likeliest(candidates, 10, [], [], 0.1, BAND, seed=1) == ({task.id for task in candidates}, {})


def test_the_likeliest_by_all_else_are_worth_reading_and_what_was_read_decides() -> None:
    known = sums(0, 150)
    candidates = [task for task in sums(1000, 1200) if task.id not in {other.id for other in known}]
    difficulties = list(map(graded, known))
    first = worth_reading(candidates, 40, known, difficulties, BAND, seed=1)
    _, chances = likeliest(candidates, 20, known, difficulties, 0.0, BAND, seed=1)
    left = [task for task in candidates if task not in first]
    assert len(first) == 40
    assert min(chances[task.id] for task in first) >= max(chances[task.id] for task in left)

    tells = {task.id: -8.0 if task.features["carries"] else 0.0 for task in known}
    lucky = first[::2]
    read = tells | {task.id: 0.0 if task in lucky else -8.0 for task in first}
    taken, told = likeliest(candidates, 20, known, difficulties, 0.0, BAND, seed=1, read=read)
    assert taken == {task.id for task in lucky}
    assert {task.id: told[task.id] for task in left} == {task.id: chances[task.id] for task in left}


def test_all_are_worth_reading_where_nothing_tells_them_apart() -> None:
    candidates = sums(0, 10)
    assert worth_reading(candidates, 3, [], [], BAND, seed=1) == candidates
    assert worth_reading(candidates, 10, sums(20, 40), list(map(graded, sums(20, 40))), BAND, seed=1) == candidates
