"""Several models' results on the same tasks: their own rates, the gap of strong and weak, one scale."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.difficulty import Tally, difficulty_of
from filters.irt.counts import CountsError
from filters.rollouts import difficulties, roll_out
from filters.side_by_side import Results, gap_of, side_by_side
from schemas import Ability, Difficulty, Item, Task, from_table, to_table
from tests.filters.scripted import SAMPLING, scripted, sums

CONFIG = DifficultyConfig(cap=32, prior="jeffreys")
SPOTS = np.linspace(-3, 3, 160)


def results(tasks: list[Task], name: str, rates: list[float]) -> Results:
    """A real pass by an engine that solves each task at its rate."""
    engine = scripted(tasks, rates)
    engine.model = name
    made = [each for batch in roll_out(tasks, engine, SAMPLING, CONFIG, seed=len(name)) for each in batch]
    opening = {task.id: [each.score for each in made if each.task_id == task.id and each.sample < 4] for task in tasks}
    return Results(
        model=name,
        revision="1",
        difficulties={each.task_id: each for each in difficulties(tasks, made, CONFIG, name, "1")},
        first={task: (sum(score == 1 for score in scores), len(scores)) for task, scores in opening.items()},
    )


@pytest.fixture(scope="module")
def compared() -> tuple[list[Task], list[Results]]:
    """Three models at -1.5, 0 and 1.5 on tasks from very easy to very hard."""
    tasks = sums(len(SPOTS))
    rates = {name: 1 / (1 + np.exp(SPOTS - at)) for name, at in (("mid", 0.0), ("strong", 1.5), ("weak", -1.5))}
    return tasks, [results(tasks, name, list(rates[name])) for name in rates]


def test_models_and_tasks_stand_where_they_were_put(compared: tuple[list[Task], list[Results]]) -> None:
    tasks, models = compared
    items, abilities = side_by_side(tasks, models, seed=0)
    assert [each.model for each in abilities] == ["mid", "strong", "weak"]
    assert [each.ability for each in abilities] == pytest.approx([0, 1.5, -1.5], abs=0.3)
    assert all(each.low < each.ability < each.high and each.holds for each in abilities)
    assert [each.pass_rate for each in abilities] == pytest.approx([0.5, 0.71, 0.29], abs=0.05)
    assert [item.task_id for item in items] == [task.id for task in tasks]
    easy, hard = items[:40], items[-40:]
    assert max(item.difficulty for item in easy[:20]) < 0 < min(item.difficulty for item in hard[20:])
    assert all(abs(item.difficulty - spot) < 4.5 * item.difficulty_sd for item, spot in zip(items, SPOTS, strict=True))
    assert {(item.strong, item.weak) for item in items} == {("strong", "weak")}
    assert np.mean([item.gap for item in items[60:100]]) == pytest.approx(0.635, abs=0.12)
    assert all(item.gap_low <= item.gap <= item.gap_high for item in items)


def test_the_rates_are_each_models_own_and_the_rows_are_stored(compared: tuple[list[Task], list[Results]]) -> None:
    tasks, models = compared
    items, abilities = side_by_side(tasks, models, seed=0)
    for item in items:
        for rate, model in zip(item.rates, models, strict=True):
            own = model.difficulties[item.task_id]
            assert (rate.model, rate.successes, rate.samples) == (model.model, own.successes, own.samples)
            assert (rate.mean, rate.low, rate.high) == (own.mean, own.low, own.high)
    assert from_table(to_table(items, Item), Item) == items
    assert from_table(to_table(abilities, Ability), Ability) == abilities
    assert side_by_side(tasks, models, seed=0) == (items, abilities)


def test_a_task_that_a_model_did_not_try_has_a_difficulty_and_no_gap(
    compared: tuple[list[Task], list[Results]],
) -> None:
    tasks, [mid, strong, weak] = compared
    lost, untried = tasks[0].id, tasks[1].id
    partial = {key: one for key, one in weak.difficulties.items() if key != lost}
    partial[untried] = msgspec.structs.replace(partial[untried], successes=0, samples=0)
    first = {key: one for key, one in weak.first.items() if key not in (lost, untried)}
    items, _ = side_by_side(tasks, [mid, strong, Results("weak", "1", partial, first)], seed=0)
    for item in items[:2]:
        assert item.gap is item.gap_low is item.gap_high is None
        assert [rate.model for rate in item.rates] == ["mid", "strong"]
        assert np.isfinite(item.difficulty)
    assert items[2].gap is not None


def test_models_of_equal_ability_are_still_two(compared: tuple[list[Task], list[Results]]) -> None:
    tasks, [mid, *_] = compared
    twin = Results("twin", "1", mid.difficulties, mid.first)
    items, _ = side_by_side(tasks, [mid, twin], seed=0)
    assert {item.strong for item in items} != {item.weak for item in items}


def test_one_model_is_refused(compared: tuple[list[Task], list[Results]]) -> None:
    tasks, models = compared
    with pytest.raises(CountsError, match="1 models can't be compared"):
        side_by_side(tasks, models[:1], seed=0)


def difficulty(mean: float, low: float, high: float) -> Difficulty:
    return Difficulty(
        task_id="t", model="m", revision="1", successes=1, samples=4, failed_checks=0, mean=mean, low=low, high=high,
        band_low=0.2, band_high=0.8, decision="undecided", error=0.5,
    )  # fmt: skip


INTERVALS = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted)


@given(INTERVALS, INTERVALS)
def test_a_gap_lies_in_its_interval_and_turns_its_sign_with_the_models(strong: list[float], weak: list[float]) -> None:
    one, other = (difficulty(mean, low, high) for low, mean, high in (strong, weak))
    there, back = gap_of(one, other), gap_of(other, one)
    assert there is not None
    assert back is not None
    assert -1 <= there.gap_low <= there.gap <= there.gap_high <= 1
    assert (-back.gap, -back.gap_high, -back.gap_low) == pytest.approx(there)


def test_the_interval_of_a_gap_holds_the_true_gap_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(400):
        rates = rng.beta(0.5, 0.5, 2)  # as Jeffreys' prior has it
        measured = [tallied(int(rng.binomial(16, rate)), 16) for rate in rates]
        found = gap_of(*measured)
        assert found is not None
        inside.append(found.gap_low <= rates[0] - rates[1] <= found.gap_high)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.035)


def tallied(successes: int, samples: int) -> Difficulty:
    return difficulty_of("t", "m", "1", Tally(successes, samples - successes), CONFIG, JEFFREYS)
