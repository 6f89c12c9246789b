"""Several processes train what one trains: same rollouts, same losses, one checkpoint, and no one left waiting."""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import torch
from safetensors.torch import load_file

from pipeline.store import read_shards
from schemas import Rollout, Task, Verdict
from schemas.failure import Failure
from tests.trainer.apart import together, trained
from tests.trainer.conftest import digits, grain
from tests.trainer.test_resume import fingerprint
from trainer.config import TrainConfig
from trainer.loop import train
from trainer.metrics import StepMetrics
from trainer.processes import ProcessError, joined
from trainer.record import checkpoints, read_evaluations, read_metrics
from trainer.sharding import refuse_what_is_not_sharded

ARun = Callable[..., TrainConfig]
pytestmark = [pytest.mark.usefixtures("share_of_digits"), pytest.mark.slow]

SHAPES: dict[str, dict[str, Any]] = {
    "plain": {"micro_batch_tokens": 30},
    "several updates": {"updates_per_rollout": 2, "loss": {"variant": "gspo", "mismatch": "token_truncate"}},
    "reference and value head": {"loss": {"kl": {"coefficient": 0.5}}, "order": "value", "max_grad_norm": 0.5},
    "gate and budget": {
        "gate": {"low": 0.05, "high": 0.95, "most": 2},
        "budget": {"low": 2, "high": 6},
        "order": "sec",
        "gradient_checkpointing": False,
    },
    "rewards of the engine, hints and replay": {
        "reward": {"self_aligned": {"weight": 0.3}, "reference": {"weight": 0.3}, "format": {}},
        "hints": {},
        "replay": {"below": 1.0},
        "control": {"kind": "flipped", "share": 0.4},
    },
    "bf16, lines one by one": {
        "precision": "bfloat16",
        "micro_batch_tokens": 1,
        "loss": {"kl": {"coefficient": 0.5}},
    },
    "adapters": {"lora": {"rank": 2, "alpha": 4.0}, "loss": {"kl": {"coefficient": 0.5}}},
}


@pytest.fixture(autouse=True)
def _on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


def metrics_of(config: TrainConfig) -> list[StepMetrics]:
    return read_metrics(Path(config.output))


def rollouts_of(config: TrainConfig) -> list[Rollout]:
    return list(read_shards(f"{config.output}/rollouts", Rollout))


def assert_alike(one: TrainConfig, other: TrainConfig) -> None:
    """The same rollouts and verdicts, and numbers that differ by no more than the order of sums."""
    for ours, theirs in zip(rollouts_of(one), rollouts_of(other), strict=True):
        assert (ours.seed, ours.text, ours.score) == (theirs.seed, theirs.text, theirs.score)
        assert ours.logprobs == pytest.approx(theirs.logprobs, abs=1e-4)
    for told, expected in zip(metrics_of(one), metrics_of(other), strict=True):
        assert (told.outcome, told.reward_mean, told.sampled) == (
            expected.outcome,
            expected.reward_mean,
            expected.sampled,
        )
        assert told.loss == pytest.approx(expected.loss, abs=1e-5)
        assert told.grad_norm == pytest.approx(expected.grad_norm, rel=1e-4)
        assert told.curriculum == pytest.approx(expected.curriculum, abs=1e-5)
    assert read_evaluations(Path(one.output)) == read_evaluations(Path(other.output))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_two_processes_do_what_one_does(a_run: ARun, shape: dict[str, Any]) -> None:
    alone, shared = (a_run(name, steps=3, **shape) for name in ("alone", "shared"))
    train(alone)
    assert together(2, trained, shared) == [0, 0]
    assert_alike(shared, alone)
    assert [line.outcome for line in metrics_of(alone)] == ["updated"] * 3


def test_more_processes_than_prompts(a_run: ARun) -> None:
    shape: dict[str, Any] = {"prompts_per_step": 1, "steps": 2}
    train(a_run("alone", **shape))
    assert together(3, trained, a_run("shared", **shape)) == [0, 0, 0]
    assert_alike(a_run("shared", **shape), a_run("alone", **shape))


@pytest.mark.parametrize(
    "shape", [{}, {"precision": "bfloat16"}, {"lora": {"rank": 2}}], ids=["plain", "bf16", "adapters"]
)
def test_a_run_of_two_processes_resumes_bit_for_bit(a_run: ARun, shape: dict[str, Any]) -> None:
    shape = {"updates_per_rollout": 2, "evaluation": None, "save_every": 2, "steps": 2} | shape
    assert together(2, trained, a_run("straight", **shape)) == [0, 0]
    assert together(2, trained, a_run("stopped", **shape | {"steps": 1})) == [0, 0]
    assert together(2, trained, a_run("stopped", **shape)) == [0, 0]
    assert fingerprint(Path(a_run("stopped").output)) == fingerprint(Path(a_run("straight").output))


@pytest.mark.parametrize("tied", [False, True])
def test_a_run_goes_on_with_another_number_of_processes(a_run: ARun, tmp_path: Path, tied: bool) -> None:
    """What they write is the same folder, file by file and name by name."""
    grain(dtype=torch.float32, tied=tied).save_pretrained(tmp_path / "model")
    shape: dict[str, Any] = {"evaluation": None, "steps": 2}
    alone, one_then_two, two_then_one = (a_run(name, **shape) for name in ("alone", "one_then_two", "two_then_one"))
    train(alone)
    train(a_run("one_then_two", **shape | {"steps": 1}))
    assert together(2, trained, one_then_two) == [0, 0]
    assert together(2, trained, a_run("two_then_one", **shape | {"steps": 1})) == [0, 0]
    train(two_then_one)
    expected = checkpoints(Path(alone.output))[-1]
    weights = load_file(expected / "model" / "model.safetensors")
    for config in (one_then_two, two_then_one):
        assert_alike(config, alone)
        for own, theirs in zip(checkpoints(Path(config.output)), checkpoints(Path(alone.output)), strict=True):
            files = [{path.relative_to(folder) for path in folder.rglob("*")} for folder in (own, theirs)]
            assert files[0] == files[1]
            assert (own / "model/config.json").read_bytes() == (theirs / "model/config.json").read_bytes()
        told = load_file(checkpoints(Path(config.output))[-1] / "model" / "model.safetensors")
        assert {name: own.shape for name, own in told.items()} == {name: own.shape for name, own in weights.items()}
        assert max(float((told[name] - own).abs().max()) for name, own in weights.items()) < 1e-4


def told_by(config: TrainConfig, verdict: Callable[[Task, str], Verdict]) -> None:
    """Trains, and writes down why it ends."""
    try:
        with patch("generators.judging.verify", verdict):
            train(config)
    except (Failure, ArithmeticError) as failure:
        Path(f"{config.output}.{os.environ['RANK']}").write_text(f"{type(failure).__name__}: {failure}")
        sys.exit(1)


def fails_in_the_second(task: Task, response: str) -> Verdict:
    if os.environ["RANK"] == "1":
        raise ArithmeticError("the verifier of one process fails")
    return digits(task, response)


def dies_in_the_second(task: Task, response: str) -> Verdict:
    if os.environ["RANK"] == "1":
        os.kill(os.getpid(), signal.SIGKILL)
    return digits(task, response)


def test_a_failure_in_one_process_ends_all(a_run: ARun) -> None:
    config = a_run("run")
    assert together(2, told_by, config, fails_in_the_second) == [1, 1]
    told, own = (Path(f"{config.output}.{rank}").read_text() for rank in (0, 1))
    assert told.startswith("ProcessError: process 1 of 2 failed: ArithmeticError: the verifier of one")
    assert own.startswith("ArithmeticError")


def test_a_dead_process_ends_all(a_run: ARun) -> None:
    config = a_run("run")
    assert together(2, told_by, config, dies_in_the_second) == [1, -signal.SIGKILL]
    assert Path(f"{config.output}.0").read_text().startswith("ProcessError: another process of this training is gone")


def waits_in_vain(told: Path) -> None:
    try:
        with joined(timedelta(seconds=1)) as processes:
            processes.everywhere(lambda: None)
            if processes.first:
                processes.everywhere(lambda: None)
            while not told.exists():
                time.sleep(0.05)
    except ProcessError as failure:
        told.write_text(str(failure))
        sys.exit(1)


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    assert together(2, waits_in_vain, tmp_path / "told")[0] == 1
    assert "has not answered for 0:00:01" in (tmp_path / "told").read_text()


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    with pytest.raises(ProcessError, match="3 processes on a machine with 2 GPUs"), joined():
        raise AssertionError("joined")


def in_the_second(config: TrainConfig, changes: dict[str, Any]) -> None:
    told_by(config.model_copy(update=changes) if os.environ["RANK"] == "1" else config, digits)


def test_processes_that_were_told_different_things_say_so(a_run: ARun) -> None:
    config = a_run("run")
    assert together(2, in_the_second, config, {"lr": 0.5}) == [1, 1]
    assert (
        "see different things in the output folder, the config, the tasks or their rubrics"
        in Path(f"{config.output}.0").read_text()
    )
    assert not list(Path(config.output).glob("*"))


def test_what_is_not_sharded_is_refused_by_name(a_run: ARun) -> None:
    with pytest.raises(ProcessError, match=r"vllm, optimizer: adamw8bit: not with torchrun"):
        refuse_what_is_not_sharded(a_run("run", vllm={}, optimizer="adamw8bit"))
