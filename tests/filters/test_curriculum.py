"""Curriculum rows: what is kept, on which side of the split, in which order, readable as tasks."""

import subprocess
import sys
from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from filters import curriculum as room
from filters.beta import JEFFREYS
from filters.config import CurriculumConfig, DifficultyConfig, QualityConfig, SanityConfig, SplitShares
from filters.curriculum import SPLITS, Curriculum, is_held_out, row_of, split_of
from filters.difficulty import Tally, difficulty_of
from filters.order import ORDERINGS
from filters.quality import RolloutQuality
from filters.selection import selection
from filters.summary import left_out_counts
from generators.family import make_task
from generators.registry import family_named
from schemas import CurriculumRow, Difficulty, Message, SchemaError, Task, from_table, to_table
from tests.filters.scripted import sums

CONFIG = DifficultyConfig()


def graded(tasks: list[Task]) -> list[Difficulty]:
    """Difficulties of every kind: too hard, in band at three rates, too easy, undecided."""
    tallies = [Tally(0, 16), Tally(4, 6), Tally(8, 8), Tally(12, 8), Tally(16, 0), Tally(1, 3)]
    return [
        difficulty_of(task.id, "m", "r", tallies[index % len(tallies)], CONFIG, JEFFREYS)
        for index, task in enumerate(tasks)
    ]


def curriculum(
    tasks: list[Task],
    difficulties: list[Difficulty],
    config: CurriculumConfig,
    seed: int,
    qualities: dict[str, RolloutQuality] | None = None,
) -> Curriculum:
    """Selected, then split and put in order, with all that was left out."""
    selected, unfit = selection(tasks, difficulties, config, qualities)
    held_out = {task.canonical for task in tasks if is_held_out(task, config.held_out)}
    splits, dropped = room.curriculum(selected, difficulties, config, seed, held_out)
    return Curriculum(splits, unfit + dropped)


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


def test_held_out_levels_go_to_ood_and_nowhere_else() -> None:
    tasks = sums(60, level=4) + sums(60, level=5) + sums(60, level=6)
    config = CurriculumConfig(held_out={"arithmetic.chain": [5, 6]}, mix={"arithmetic.chain": 1.0})
    splits, left_out = curriculum(tasks, graded(tasks), config, 0)
    assert {row.level for row in splits["ood"]} == {5, 6}
    assert {row.split for row in splits["ood"]} == {"ood"}
    assert {row.level for split in SPLITS[:3] for row in splits[split]} == {4}
    assert len(splits["ood"]) == 2 * sum(len(splits[split]) for split in SPLITS[:3])
    assert not left_out


def test_a_family_named_without_levels_is_held_out_whole() -> None:
    other = family_named("arithmetic.reversed_addition")
    tasks = sums(60) + [make_task(other, level=level, seed=1, index=index) for level in (2, 3) for index in range(30)]
    splits, _ = curriculum(tasks, graded(tasks), CurriculumConfig(held_out={other.name: []}), 0)
    assert {(row.family, row.level) for row in splits["ood"]} == {(other.name, 2), (other.name, 3)}
    assert {row.family for split in SPLITS[:3] for row in splits[split]} == {"arithmetic.chain"}


def test_a_problem_of_a_held_out_level_is_in_ood_wherever_it_turns_up() -> None:
    tasks = sums(60)
    twins = [msgspec.structs.replace(task, id=f"twin of {task.id}", level=5) for task in tasks[:30]]
    config = CurriculumConfig(held_out={"arithmetic.chain": [5]})
    splits, _ = curriculum(tasks + twins, graded(tasks + twins), config, 0)
    outside = {row.canonical for split in SPLITS[:3] for row in splits[split]}
    assert outside
    assert not outside & {task.canonical for task in twins}


def test_tasks_with_faulty_rollouts_are_left_out_of_every_split_and_said() -> None:
    tasks = sums(60)
    good = RolloutQuality(rollouts=16, truncated=0.0, repeating=0.0, duplicated=0.0, length=9)
    measured = {task.id: good for task in tasks}
    bad = [each.task_id for each in graded(tasks) if each.decision == "in_band"][:5]
    measured |= {task_id: msgspec.structs.replace(good, truncated=0.5) for task_id in bad}
    config = CurriculumConfig(quality=QualityConfig(truncated=0.1), keep=("in_band", "too_easy"))
    splits, left_out = curriculum(tasks, graded(tasks), config, 0, measured)
    assert [each.id for each in left_out] == bad
    assert {each.cause for each in left_out} == {"truncated"}
    assert left_out[0].detail == "50% of 16 rollouts were cut off, 10% may"
    kept = {row.id for rows in splits.values() for row in rows}
    assert kept == {each.task_id for each in graded(tasks) if each.decision in config.keep} - set(bad)


def test_balance_and_mix_leave_validation_and_test_as_they_are() -> None:
    tasks = [msgspec.structs.replace(task, answer=str(index % 20 // 12)) for index, task in enumerate(sums(240))]
    shares = SplitShares(train=0.5, validation=0.25, test=0.25)
    plain, _ = curriculum(tasks, graded(tasks), CurriculumConfig(shares=shares), 0)
    config = CurriculumConfig(shares=shares, most_common_answer=0.5)
    even, left_out = curriculum(tasks, graded(tasks), config, 0)
    assert (even["validation"], even["test"]) == (plain["validation"], plain["test"])
    assert len(set(Counter(row.answer for row in even["train"]).values())) == 1
    assert len(even["train"]) + len(left_out) == len(plain["train"])
    assert left_out_counts(left_out) == {"common_answer": {"arithmetic.chain": len(left_out)}}


def test_a_task_whose_question_is_malformed_is_left_out_before_its_rollouts_are_looked_at() -> None:
    tasks = sums(12)
    faulty = msgspec.structs.replace(tasks[2], prompt=(Message("user", "Sure! Here is the question: {name} has"),))
    tasks[2] = faulty
    found = curriculum(tasks, graded(tasks), CurriculumConfig(sanity=SanityConfig()), seed=0)
    [left_out] = found.left_out
    assert (left_out.id, left_out.cause) == (faulty.id, "malformed_prompt")
    assert "chatter: " in left_out.detail
    assert "placeholder: " in left_out.detail
    assert faulty.id not in {row.id for rows in found.splits.values() for row in rows}
    everything = curriculum(tasks, graded(tasks), CurriculumConfig(), seed=0)
    assert faulty.id in {row.id for rows in everything.splits.values() for row in rows}
