"""What the papers' benchmarks stand on: cells that are run once, curves that are read right, a world as it is told."""

import doctest
import json
from pathlib import Path

import pytest

from benchmarks.papers import claim, knapsack, sums, training
from benchmarks.papers.claim import Claim, Row, measured
from benchmarks.papers.filtering import smoothed


@pytest.mark.parametrize("module", [claim, training])
def test_doctests(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def counting(settings: Row, seeds: range, run: list[tuple[str, int]]) -> Claim:
    def cell(arm: str, seed: int) -> Row:
        run.append((arm, seed))
        return {"value": float(seed)}

    return Claim("counted", "paper", "says", settings, ("a", "b"), seeds, cell, lambda cells: len(cells))


def test_a_cell_that_is_written_down_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "RESULTS", tmp_path)
    run: list[tuple[str, int]] = []
    heard: list[str] = []
    assert measured(counting({"x": 1}, range(1), run), heard.append) == 2
    assert measured(counting({"x": 1}, range(2), run), heard.append) == 4
    assert run == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    stored = json.loads((tmp_path / "counted.json").read_text())
    assert stored["summary"] == 4
    assert [cell["value"] for cell in stored["cells"]] == [0.0, 0.0, 1.0, 1.0]
    measured(counting({"x": 2}, range(1), run), heard.append)
    assert run[4:] == [("a", 0), ("b", 0)]


def test_a_run_that_fails_keeps_the_cells_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "RESULTS", tmp_path)
    run: list[tuple[str, int]] = []

    def failing(arm: str, seed: int) -> Row:
        if arm == "b":
            raise RuntimeError("killed")
        return counting({}, range(1), run).cell(arm, seed)

    broken = Claim("counted", "paper", "says", {}, ("a", "b"), range(1), failing, len)
    with pytest.raises(RuntimeError):
        measured(broken, lambda line: None)
    measured(counting({}, range(1), run), lambda line: None)
    assert run == [("a", 0), ("b", 0)]


def test_rewards_are_smoothed_over_the_points_before() -> None:
    points = [{"step": 0, "reward": None}, *({"step": 5 * n, "reward": float(n)} for n in range(1, 6))]
    assert [(each["step"], each["reward"]) for each in smoothed(points)] == [(15, 2.0), (20, 3.0), (25, 4.0)]


def test_the_problems_of_a_world_are_distinct_and_of_their_levels() -> None:
    training_tasks, held_out = sums.problems(0)
    everything = training_tasks + held_out
    assert len({task.canonical for task in everything}) == len(everything)
    for level, digits in sums.DIGITS.items():
        own = [task for task in held_out if task.level == level]
        assert len(own) == sums.HELD_OUT
        assert all(task.answer[max(digits) + 1 :].strip("0") == "" for task in own)


def test_known_rates_never_teach_less_than_uniform_groups() -> None:
    """At the exact expectation of what the knapsack maximises it is at least as good; in shares of rollouts too."""
    for population in knapsack.SHAPES:
        told = knapsack.cell(population, 0)
        assert told["known"]["rollouts"] > told["uniform"]["rollouts"]
        assert told["known"]["uniform_multiple"] > 1
