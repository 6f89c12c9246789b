"""Curriculum rows: what is kept, on which side of the split, in which order, readable as tasks."""

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from filters.beta import JEFFREYS
from filters.config import CurriculumConfig, DifficultyConfig, SplitShares
from filters.curriculum import SPLITS, curriculum, row_of, split_of
from filters.difficulty import Tally, difficulty_of
from filters.order import ORDERINGS
from generators.family import make_task
from generators.registry import family_named
from schemas import CurriculumRow, Difficulty, SchemaError, Task, from_table, to_table
from tests.filters.scripted import sums

CONFIG = DifficultyConfig()


def graded(tasks: list[Task]) -> list[Difficulty]:
    """Difficulties of every kind: too hard, in band at three rates, too easy, undecided."""
    tallies = [Tally(0, 16), Tally(4, 6), Tally(8, 8), Tally(12, 8), Tally(16, 0), Tally(1, 3)]
    return [
        difficulty_of(task.id, "m", "r", tallies[index % len(tallies)], CONFIG, JEFFREYS)
        for index, task in enumerate(tasks)
    ]


@given(st.text(min_size=1), st.integers(0, 10), st.integers(0, 10))
def test_a_problem_is_in_one_split_alone(canonical: str, validation: int, test: int) -> None:
    shares = SplitShares(train=1 - (validation + test) / 100, validation=validation / 100, test=test / 100)
    assert split_of(canonical, shares) in SPLITS
    assert split_of(canonical, shares) == split_of(canonical, shares)


def test_splits_get_their_shares() -> None:
    counts = Counter(
        split_of(f"{index:032x}", SplitShares(train=0.8, validation=0.15, test=0.05)) for index in range(20000)
    )
    assert counts["train"] == pytest.approx(16000, abs=250)
    assert counts["validation"] == pytest.approx(3000, abs=250)
    assert counts["test"] == pytest.approx(1000, abs=150)


def test_a_split_without_a_share_stays_empty() -> None:
    shares = SplitShares(train=0.5, validation=0.5, test=0.0)
    assert "test" not in {split_of(str(index), shares) for index in range(2000)}


def test_the_split_is_the_same_in_another_process_and_hash_seed() -> None:
    code = (
        "from filters.config import SplitShares; from filters.curriculum import split_of;"
        "print([split_of(str(i), SplitShares()) for i in range(40)])"
    )
    outputs = set()
    for hash_seed in ("0", "1"):
        environment = {"PYTHONHASHSEED": hash_seed}
        outputs.add(
            subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout
        )
    assert outputs == {f"{[split_of(str(index), SplitShares()) for index in range(40)]}\n".encode()}


def test_the_same_problem_in_another_style_or_run_stays_on_its_side() -> None:
    tasks = sums(200, seed=1) + sums(200, seed=2)
    config = CurriculumConfig(shares=SplitShares(train=0.4, validation=0.3, test=0.3))
    for seed in (0, 1):
        splits, _ = curriculum(tasks, graded(tasks), config, seed)
        problems = [{row.canonical for row in rows} for rows in splits.values()]
        assert all(problems[:3])
        assert not problems[3]  # nothing is held out
        assert sum(map(len, problems)) == len(set().union(*problems))


@pytest.mark.parametrize("keep", [("in_band",), ("in_band", "undecided"), ("too_hard", "too_easy")])
def test_only_the_wanted_decisions_are_kept(keep: tuple[str, ...]) -> None:
    tasks = sums(60)
    difficulties = graded(tasks)
    splits, left_out = curriculum(tasks, difficulties, CurriculumConfig.model_validate({"keep": keep}), 0)
    assert not left_out
    kept = {row.id for rows in splits.values() for row in rows}
    assert kept == {each.task_id for each in difficulties if each.decision in keep}
    assert kept


def test_a_task_without_a_difficulty_is_left_out_and_one_with_two_is_refused() -> None:
    tasks = sums(12)
    difficulties = graded(tasks)
    assert sum(map(len, curriculum(tasks, difficulties[:3], CurriculumConfig(), 0).splits.values())) == 2
    with pytest.raises(ValueError, match="graded twice"):
        curriculum(tasks, [*difficulties, difficulties[0]], CurriculumConfig(), 0)


def rows_of(tasks: list[Task]) -> list[CurriculumRow]:
    return [row_of(task, each, "train") for task, each in zip(tasks, graded(tasks), strict=True)]


def test_a_row_has_the_tasks_columns_and_the_measured_rate() -> None:
    task = sums(2)[1]
    row = rows_of(sums(2))[1]
    assert (row.id, row.prompt, row.payload, row.canonical) == (task.id, task.prompt, task.payload, task.canonical)
    assert (row.successes, row.samples, row.model, row.decision, row.split) == (4, 10, "m", "in_band", "train")
    assert row.pass_low < row.pass_rate == 4.5 / 11 < row.pass_high


def test_rows_come_back_from_a_table_and_can_be_read_as_tasks() -> None:
    tasks = sums(12)
    rows = rows_of(tasks)
    table = to_table(rows, CurriculumRow)
    assert from_table(table, CurriculumRow) == rows
    assert from_table(table, Task) == tasks
    with pytest.raises(SchemaError, match="expected CurriculumRow rows and found Task rows"):
        from_table(to_table(tasks, Task), CurriculumRow)


def test_easy_to_hard_starts_with_the_easiest() -> None:
    rates = [row.pass_rate for row in ORDERINGS["easy_to_hard"](rows_of(sums(60)), 0)]
    assert rates == sorted(rates, reverse=True)


def test_another_seed_shuffles_otherwise() -> None:
    rows = rows_of(sums(60))
    assert ORDERINGS["shuffled"](rows, 1) != ORDERINGS["shuffled"](rows, 2)


def test_interleaving_holds_the_families_shares_in_every_stretch() -> None:
    other = family_named("arithmetic.reversed_addition")
    many = sums(90)
    few = [make_task(other, level=3, seed=1, index=index) for index in range(30)]
    ordered = ORDERINGS["interleaved"](rows_of(many + few), 0)
    for start in range(0, 120, 20):
        assert sum(row.family == other.name for row in ordered[start : start + 20]) == 5


def test_shares_that_do_not_make_one_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"make 0\.7 and must make 1"):
        SplitShares(train=0.5, validation=0.1, test=0.1)
