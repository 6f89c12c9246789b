"""Trackers are told every step once, however a run is stopped; what they keep is read back from their own files."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from schemas import Task, Verdict
from trainer.config import TrainConfig
from trainer.loop import TrainingStopped, train
from trainer.metrics import StepMetrics
from trainer.record import read_metrics
from trainer.watching import trackers
from trainer.watching.follower import following
from trainer.watching.trackers import Opening, TrackerError

ARun = Callable[..., TrainConfig]


class KilledError(Exception):
    """The end of the process, as far as the run can tell."""


class Heard:
    """A tracker that keeps what it hears, for every run by its name."""

    runs: dict[str, list[tuple[int, dict[str, float]]]]
    texts: list[tuple[int, str, str]]

    def __init__(self) -> None:
        self.runs, self.texts, self.open = {}, [], 0

    def __call__(self, opening: Opening) -> "Heard":
        self.run = opening.run or f"run {len(self.runs) + 1}"
        self.runs.setdefault(self.run, [])
        self.open += 1
        return self

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        self.runs[self.run].append((step, dict(numbers)))

    def text(self, step: int, name: str, text: str) -> None:
        self.texts.append((step, name, text))

    def close(self) -> None:
        self.open -= 1

    def steps(self, run: str = "run 1") -> list[int]:
        return [step for step, _ in self.runs[run]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    ear = Heard()
    monkeypatch.setitem(trackers._OPENERS, "wandb", ear)
    return ear


def killed_at(step: int) -> Callable[[StepMetrics], None]:
    def kill(metrics: StepMetrics) -> None:
        if metrics.step == step:
            raise KilledError

    return kill


@pytest.mark.usefixtures("share_of_digits")
def test_a_run_killed_and_gone_on_is_told_once_and_in_order(a_run: ARun, heard: Heard) -> None:
    config = a_run("run", save_every=2, watch=["wandb"])
    with pytest.raises(KilledError):
        train(config, killed_at(3))
    assert heard.steps() == [0, 1, 2, 3]
    train(config)
    assert heard.steps() == [0, 1, 2, 3, 4]
    assert heard.open == 0
    told = dict(heard.runs["run 1"])
    assert "train/reward_mean" not in told[0]
    assert {"held_out/accuracy", "train/reward_mean", "train/updated"} <= told[4].keys()
    assert all("step" not in name.split("/") for numbers in told.values() for name in numbers)
    for metrics in read_metrics(Path(config.output)):
        assert told[metrics.step]["train/grad_norm"] == metrics.grad_norm
    assert [(step, name) for step, name, _ in heard.texts if step == 2] == [
        (2, "rollouts/best"),
        (2, "rollouts/median"),
        (2, "rollouts/worst"),
    ]
    assert all("prompt\n" in text for step, name, text in heard.texts if step == 2)


@pytest.mark.usefixtures("share_of_digits")
def test_a_run_that_begins_anew_is_another_run_to_the_tracker(a_run: ARun, heard: Heard) -> None:
    config = a_run("run", save_every=4, watch=["wandb"])
    with pytest.raises(KilledError):
        train(config, killed_at(2))
    train(config)
    assert (heard.steps("run 1"), heard.steps("run 2")) == ([0, 1, 2], [0, 1, 2, 3, 4])


@pytest.mark.usefixtures("share_of_digits")
def test_a_tracker_that_joins_late_hears_of_all_that_was(a_run: ARun, heard: Heard) -> None:
    train(a_run("run", steps=2))
    train(a_run("run", steps=3, watch=["wandb"]))
    assert heard.steps() == [0, 1, 2, 3]


def test_the_last_step_of_a_run_that_is_ended_is_told_with_the_reason(
    a_run: ARun, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_right(task: Task, response: str) -> Verdict:
        return Verdict(score=1.0, reason="correct")

    monkeypatch.setattr("generators.judging.verify", all_right)
    with pytest.raises(TrainingStopped):
        train(a_run("run", steps=20, evaluation=None, watch=["wandb"]))
    assert heard.steps() == list(range(1, 11))
    assert (10, "doctor/no signal") in [(step, name) for step, name, _ in heard.texts]


@pytest.mark.usefixtures("share_of_digits")
def test_tensorboard_files_hold_every_step_once(a_run: ARun) -> None:
    config = a_run("run", save_every=2, watch=["tensorboard"])
    with pytest.raises(KilledError):
        train(config, killed_at(3))
    train(config)
    files = EventAccumulator(str(Path(config.output) / "watch" / "tensorboard"), size_guidance={"scalars": 0})
    files.Reload()
    rewards = {line.step: line.reward_mean for line in read_metrics(Path(config.output))}
    assert {event.step: pytest.approx(event.value) for event in files.Scalars("train/reward_mean")} == rewards
    assert [event.step for event in files.Scalars("train/reward_mean")] == [1, 2, 3, 4]
    assert [event.step for event in files.Scalars("held_out/accuracy")] == [0, 2, 4]
    (best, _) = files.Tensors("rollouts/best/text_summary")
    assert b"completion" in best.tensor_proto.string_val[0]


JOB = """
import sys
from trainer.config import TrainConfig
from trainer.loop import train
for steps in (2, 3):
    train(TrainConfig.model_validate_json(sys.argv[1]).model_copy(update={"steps": steps}))
"""


@pytest.mark.slow
def test_wandb_offline_keeps_every_step_once_under_one_name(a_run: ARun, tmp_path: Path) -> None:
    config = a_run("run", watch={"trackers": ["wandb"], "project": "mine"}, evaluation=None)
    environment = {**os.environ, "WANDB_MODE": "offline", "WANDB_SILENT": "true", "OMP_NUM_THREADS": "1"}
    environment |= {"WANDB_CONFIG_DIR": str(tmp_path), "WANDB_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", JOB, config.model_dump_json()],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    logs = sorted(Path(config.output).glob("watch/wandb/offline-run-*/*.wandb"))
    told = [line for log in logs for line in wandb_history(log)]
    assert [line["_step"] for line in told] == [1, 2, 3]
    for line, metrics in zip(told, read_metrics(Path(config.output)), strict=True):
        assert line["train/completion_tokens"] == metrics.completion_tokens
    assert len({log.stem for log in logs}) == 1  # one id


def wandb_history(log: Path) -> list[dict[str, Any]]:
    """The rows of history in a file of wandb's own: a header, then records in the form of LevelDB's log."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, place, parts, rows = log.read_bytes(), 7, b"", []
    while place + 7 <= len(data):
        if (left := 32768 - place % 32768) < 7:
            place += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, place)
        parts += data[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # a whole record, or its last part
            record = Record.FromString(parts)
            parts = b""
            items = record.history.item
            if items:
                rows.append({"/".join(item.nested_key) or item.key: json.loads(item.value_json) for item in items})
    return rows


@pytest.mark.parametrize(
    ("which", "module", "cure"),
    [
        ("tensorboard", "torch.utils.tensorboard", r"pip install 'taskmill\[watch\]'"),
        ("wandb", "wandb", r"pip install 'taskmill\[watch\]'"),
        ("trackio", "trackio", "pip install trackio"),
    ],
)
def test_a_tracker_that_is_not_installed_is_told_with_its_cure(
    a_run: ARun, monkeypatch: pytest.MonkeyPatch, which: str, module: str, cure: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    config = a_run("run", watch=[which])
    Path(config.output).mkdir()
    with pytest.raises(TrackerError, match=cure), following(config, {}):
        pass


def test_wandb_that_cannot_begin_says_what_to_do(a_run: ARun, monkeypatch: pytest.MonkeyPatch) -> None:
    import wandb

    def refused(**_: Any) -> None:
        raise wandb.errors.UsageError("No API key configured.")

    monkeypatch.setattr(wandb, "init", refused)
    config = a_run("run", watch=["wandb"])
    Path(config.output).mkdir()
    with pytest.raises(TrackerError, match="WANDB_MODE=offline"), following(config, {}):
        pass


def test_nothing_is_left_behind_without_trackers(a_run: ARun) -> None:
    config = a_run("run")
    Path(config.output).mkdir()
    with following(config, {}) as follow:
        follow()
    assert not list(Path(config.output).iterdir())
