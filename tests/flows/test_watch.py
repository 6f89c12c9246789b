"""A training in view: what the live table and the plain lines say, of records made by hand and of a real run."""

import doctest
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import flows.watch
from flows.cli import app, exit_code
from flows.watch import View, live_table, plain_note, sparkline, watching
from tests.trainer.conftest import a_run, share_of_digits  # noqa: F401 - fixtures
from tests.trainer.test_doctor import evaluation, run
from trainer.config import TrainConfig
from trainer.doctor import Finding
from trainer.loop import train
from trainer.metrics import StepMetrics


def view_of(count: int, seconds_a_step: float = 2.0) -> View:
    ends = [seconds_a_step * step for step in range(1, count + 1)]
    return View(
        output="outputs/mine",
        total=100,
        steps=run(count, lambda step: {"reward_mean": step / 100}),
        evaluations=[
            evaluation(0, 0.3),
            evaluation(25, 0.5),
            msgspec.structs.replace(evaluation(25, 0.1), split="ood"),
        ],
        findings=[],
        ends=ends[-11:],
        now=ends[-1] if ends else 0.0,
    )


def drawn(view: View, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(live_table(view))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_table_says_where_a_run_stands() -> None:
    told = drawn(view_of(40))
    assert "step 40 of 100, 0:02:00 to go" in told
    (reward,) = [line for line in told.splitlines() if line.startswith("reward")]
    assert "0.400" in reward
    assert "0.025 → 0.385" in reward  # means of the first and the last tenth
    assert sparkline([step / 100 for step in range(1, 41)]) in reward
    for words in ("held_out   0.500", "0.46–0.54 at step 25", "ood", "entropy    0.800", "generation 48%"):
        assert words in told
    assert "doctor" not in told


def test_time_passes_between_steps() -> None:
    view = view_of(40)
    view.now += 1.0
    assert view.to_go == pytest.approx(119.0)
    view.now += 1000.0
    assert view.to_go == 0.0
    assert view_of(1).to_go is None


def test_the_last_finding_stands_below_with_its_cure() -> None:
    view = view_of(40)
    view.findings = [
        Finding(step=step, rule="cut off", severity="warn", sentence="half is [cut] off: raise it") for step in (5, 30)
    ]
    told = drawn(view)
    assert "doctor, step 30: cut off (and 1 before): half is [cut] off: raise it" in told


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_run_that_has_not_begun_and_narrow_terminals_are_drawn_too(width: int) -> None:
    empty = view_of(0)
    empty.evaluations = []
    assert "step 0 of 100" in drawn(empty, width)
    assert max(map(len, drawn(view_of(40), width).splitlines())) <= width


@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=200))
def test_a_sparkline_is_short_and_spans_its_values(values: list[float | None]) -> None:
    known = [value for value in values if value is not None]
    bars = sparkline(values)
    assert len(bars) <= min(32, len(known))
    assert bool(bars) == bool(known)
    if len(known) <= 32 and len(set(known)) > 1:
        assert bars[known.index(max(known))] == "█"
        assert bars[known.index(min(known))] == "▁"


def test_the_examples_are_true() -> None:
    result = doctest.testmod(flows.watch)
    assert result.attempted
    assert not result.failed


def test_a_plain_note_says_the_step_the_splits_and_the_doctor() -> None:
    view = view_of(40)
    assert plain_note(view) == (
        "reward 0.400, 30% of groups all alike, held_out 0.500 at step 25, ood 0.100 at step 25"
    )


@pytest.mark.usefixtures("share_of_digits")
def test_a_training_away_from_a_terminal_tells_its_last_step_in_a_line(
    a_run: Callable[..., TrainConfig],  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = a_run("run")
    (tmp_path / "run.yaml").write_text(config.model_dump_json())
    assert exit_code(lambda: app(["train", str(tmp_path / "run.yaml")], standalone_mode=False)) == 0
    told = capsys.readouterr()
    assert "memory: about" in told.err.splitlines()[0]
    (last,) = [line for line in told.err.splitlines() if line.startswith("train: 4 of 4 steps")]
    assert "held_out 0.000 at step 4" in last
    assert "held_out accuracy at step 4" in told.out


class KilledError(Exception):
    """The end of the process, as far as the run can tell."""


@pytest.mark.usefixtures("share_of_digits")
def test_steps_that_a_killed_run_does_again_are_not_counted_twice(
    a_run: Callable[..., TrainConfig],  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = a_run("killed", save_every=2)

    def kill(metrics: StepMetrics) -> None:
        if metrics.step == 3:
            raise KilledError

    with pytest.raises(KilledError):
        train(config, kill)
    with watching(config) as on_step:
        train(config, on_step)
    (last,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("train: ")]
    assert last.startswith("train: 4 of 4 steps")
    assert "held_out 0.000 at step 4" in last
