"""`taskmill report` and `taskmill samples` on the folder of a training: what a person reads is what the run did."""

import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flows.cli import app, exit_code
from flows.report_training import is_training, training_of, training_report
from pipeline.report.page import page
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Rollout, Task
from tests.trainer.conftest import a_run, bare_tasks, share_of_digits  # noqa: F401 - fixtures
from trainer.config import TrainConfig
from trainer.doctor import Finding
from trainer.loop import train
from trainer.record import append, read_evaluations, read_metrics, read_rollouts

ARun = Callable[..., TrainConfig]
pytestmark = pytest.mark.usefixtures("share_of_digits")


def taskmill(*arguments: str) -> int:
    return exit_code(lambda: app(list(arguments), standalone_mode=False))


@pytest.fixture
def trained(a_run: ARun, tmp_path: Path) -> Path:  # noqa: F811
    """The folder of a run with two splits, of which one has two levels."""
    further = bare_tasks(5, seed=7)
    further = [*further[:2], *(msgspec.structs.replace(task, level=5) for task in further[2:])]
    write_whole(str(tmp_path / "ood.parquet"), shard_bytes(further, Task)[0])
    evaluation = {
        "shards": [str(tmp_path / "held_out.parquet")],
        "splits": {"ood": [str(tmp_path / "ood.parquet")]},
        "every": 2,
        "samples": 2,
    }
    config = a_run("run", order="sec", evaluation=evaluation, loss={"kl": {"coefficient": 0.1}})
    train(config)
    return Path(config.output)


class Words(HTMLParser):
    """The page's words, and its tags as far as they are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.open = "", list[str]()

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_shows_curves_splits_findings_and_rollouts(trained: Path) -> None:
    append(trained, Finding(step=4, rule="cut off", severity="warn", sentence="half of <all> is cut off"))
    assert taskmill("report", str(trained)) == 0
    told = (trained / "report.html").read_text(encoding="utf-8")
    reader = Words()
    reader.feed(told)
    assert reader.open == []
    for words in ("half of <all> is cut off", "held-out accuracy", "pass@2", "KL", "curriculum", "by family and level"):
        assert words in reader.words
    assert "prompts_per_step: 2" in reader.words  # the config
    last = read_evaluations(trained)[-1]
    assert f"{last.accuracy:.2f} ({last.low:.2f}–{last.high:.2f}) at step 4" in reader.words
    best = max(read_rollouts(trained, 4), key=lambda each: each.score or 0.0)
    assert f"score {best.score:.2f}" in reader.words
    assert "<script" not in told


def test_every_chart_holds_what_was_recorded(trained: Path) -> None:
    training = training_of(trained)
    charts = {chart.title: chart for chart in training.charts}
    steps = read_metrics(trained)
    assert charts["reward"].lines["reward"] == [(step.step, step.reward_mean) for step in steps]
    assert charts["KL"].lines["KL"] == [(step.step, step.kl) for step in steps]
    assert [step for step, _ in charts["held-out accuracy"].lines["ood"]] == [0, 2, 4]
    assert charts["held-out accuracy"].bands.keys() == {"held_out", "ood"}
    assert {row[2] for row in training.cells[1:]} == {"2", "5"}
    assert list(training.samples) == [1, 3, 4]
    assert all(shown.prompt and shown.answer for own in training.samples.values() for shown in own)


def test_what_the_doctor_says_is_noted_and_marked(trained: Path) -> None:
    before = training_of(trained)
    append(trained, Finding(step=3, rule="no signal", severity="stop", sentence="nothing to learn"))
    after = training_of(trained)
    (note,) = after.notes[len(before.notes) :]
    assert (note.rule, note.step, note.stop) == ("no signal", 3, True)
    assert after.charts[0].marks == [*before.charts[0].marks, (3.0, "step 3: no signal")]


def test_a_curve_of_pass_at_k_holds_points_of_that_k_alone(trained: Path) -> None:
    for step, rates in ((5, {2: 0.5, 4: 0.75}), (6, {2: 0.5})):  # at step 6 a task had samples that were undecided
        append(trained, msgspec.structs.replace(read_evaluations(trained)[-1], step=step, split="ood", pass_at=rates))
    (chart,) = [each for each in training_of(trained).charts if each.title.startswith("pass@")]
    assert chart.title == "pass@4"
    assert chart.lines["ood"] == [(5.0, 0.75)]


def test_a_folder_whose_shards_are_gone_is_shown_without_prompts(trained: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.move(trained, moved)
    (tmp_path / "train.parquet").unlink()
    samples = training_of(moved).samples
    assert samples
    assert not [shown.prompt for own in samples.values() for shown in own if shown.prompt]
    (moved / "config.yaml").unlink()
    assert "Rollouts" in page(training_report(moved))


def test_a_training_that_has_just_begun_has_a_page_too(tmp_path: Path) -> None:
    assert not is_training(str(tmp_path))
    (tmp_path / "metrics.jsonl").touch()
    assert is_training(str(tmp_path))
    assert "Training" in page(training_report(tmp_path))
    assert taskmill("samples", str(tmp_path)) == 1


def test_samples_prints_the_rollouts_of_a_step(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert taskmill("samples", str(trained), "--step", "2", "-n", "9") == 0
    told = capsys.readouterr().out
    made = read_rollouts(trained, 2)
    assert told.count("score ") == len(made) == 6
    assert "step 2" in told
    assert all(rollout.text in told for rollout in made)
    assert taskmill("samples", str(trained), "--task", made[0].task_id, "--step", "2") == 0
    assert capsys.readouterr().out.count("score ") == 3


def test_samples_of_the_last_step_are_harmless_to_a_terminal(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = read_rollouts(trained, 4)
    bad = [msgspec.structs.replace(each, text="[red]\x1b[2J\x07[/red]", score=None, reason="error") for each in made]
    write_whole(str(trained / "rollouts" / "step-000004.parquet"), shard_bytes(bad, Rollout)[0])
    assert taskmill("samples", str(trained)) == 0
    told = capsys.readouterr().out
    assert "[red]␛[2J␇[/red]" in told
    assert "undecided" in told


@pytest.mark.parametrize(
    ("options", "cure"),
    [(["--step", "9"], "steps 1 to 4"), (["--task", "nothing"], "no rollout of a task nothing"), ([], "")],
)
def test_what_is_not_there_is_said(
    trained: Path, capsys: pytest.CaptureFixture[str], options: list[str], cure: str
) -> None:
    folder = str(trained) if options else str(trained / "watch")
    assert taskmill("samples", folder, *options) == 1
    assert cure in capsys.readouterr().err
