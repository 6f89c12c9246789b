"""A run that is stopped and goes on is, bit for bit, the run that never stopped."""

import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from transformers import AutoModelForCausalLM

from pipeline.store import read_shards
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Criterion, Rollout, Rubric, Task, Verdict
from trainer.config import TrainConfig
from trainer.learner import LearnerError
from trainer.logprobs import completion_logprobs
from trainer.loop import TrainingStopped, train
from trainer.metrics import StepMetrics
from trainer.moments import read_moments
from trainer.record import read_evaluations, read_findings, read_metrics
from trainer.state import CheckpointError, checkpoints

ARun = Callable[..., TrainConfig]
pytestmark = pytest.mark.usefixtures("share_of_digits")


def fingerprint(output: Path) -> dict[str, Any]:
    """All that a run has become; CPU seconds and paths aside."""
    last = checkpoints(output)[-1]
    spent = {"generation_seconds": 0.0, "reward_seconds": 0.0, "update_seconds": 0.0}
    saved = read_moments(last / "moments.safetensors")
    moments = [(key, name, numbers(value)) for key, own in saved.items() for name, value in own.items()]
    return {
        "weights": [sha256(path.read_bytes()).hexdigest() for path in sorted(last.rglob("*.safetensors"))],
        "moments": moments,
        "progress": msgspec.msgpack.decode((last / "progress.msgpack").read_bytes()),
        "metrics": [msgspec.structs.replace(line, **spent) for line in read_metrics(output)],
        "evaluations": read_evaluations(output),
        "findings": read_findings(output),
        "rollouts": {path.name: path.read_bytes() for path in (output / "rollouts").iterdir()},
    }


def numbers(moment: Any) -> Any:
    """Of a tensor, also of one in 8 bits: codes and scales."""
    parts = moment.__tensor_flatten__()[0] if hasattr(moment, "__tensor_flatten__") else None
    return [getattr(moment, part).tolist() for part in parts] if parts else moment.tolist()


@pytest.mark.parametrize("updates_per_rollout", [1, 2, 3])
def test_stopping_after_any_step_changes_nothing(a_run: ARun, updates_per_rollout: int) -> None:
    shape: dict[str, Any] = {"updates_per_rollout": updates_per_rollout, "evaluation": None}
    straight = a_run("straight", **shape)
    train(straight)
    expected = fingerprint(Path(straight.output))
    assert [line.step for line in expected["metrics"]] == [1, 2, 3, 4]
    assert all(line.outcome == "updated" for line in expected["metrics"])
    for stop in (1, 2, 3):
        output = f"stopped_{stop}"
        train(a_run(output, steps=stop, **shape))
        train(a_run(output, steps=4, **shape))
        assert fingerprint(Path(a_run(output, **shape).output)) == expected


LOSSES: dict[str, dict[str, Any]] = {
    "mismatch": {"mismatch": "token_truncate"},
    "kl": {"kl": {"coefficient": 0.5}},
    "uncertain tokens": {"entropy_share": 0.5},
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_what_the_learner_has_read_is_kept_in_the_middle_of_a_sampling_too(a_run: ARun, loss: dict[str, Any]) -> None:
    shape: dict[str, Any] = {"updates_per_rollout": 2, "loss": loss}
    train(a_run("straight", **shape))
    train(a_run("stopped", steps=3, **shape))
    train(a_run("stopped", **shape))
    straight, stopped = (fingerprint(Path(a_run(name, **shape).output)) for name in ("straight", "stopped"))
    assert straight["weights"] == stopped["weights"]
    assert straight["moments"] == stopped["moments"]


WITH_A_SEVEN: dict[str, Any] = {"checker": "letter_count", "arguments": {"letter": "7", "at_least": 1}}
REWARDS: dict[str, dict[str, Any]] = {
    "every component": {
        "reward": {
            "format": {},
            "length": {"kind": "budget", "first": 3, "steps": 2},
            "consistency": {},
            "self_aligned": {},
            "reference": {"weight": 0.1, "primary": True},
            "rubric": {"weight": 0.1, "criteria": [WITH_A_SEVEN]},
            "process": {"kind": "delta"},
            "outweigh": True,
        }
    },
    "a control": {"reward": {"length": {"kind": "decoupled"}}, "control": {"kind": "flipped", "share": 0.4}},
}


@pytest.mark.parametrize("rewards", REWARDS.values(), ids=REWARDS)
def test_rewards_are_made_when_sampled_and_kept_in_the_middle_of_a_sampling(
    a_run: ARun, rewards: dict[str, Any]
) -> None:
    shape: dict[str, Any] = {"updates_per_rollout": 2, "evaluation": None} | rewards
    train(a_run("straight", **shape))
    train(a_run("stopped", steps=3, **shape))
    train(a_run("stopped", **shape))
    straight, stopped = (fingerprint(Path(a_run(name, **shape).output)) for name in ("straight", "stopped"))
    assert straight == stopped
    added = rewards["reward"].keys() - {"outweigh"}
    assert all(line.rewards.keys() == {"correctness", *added} for line in straight["metrics"])


TRAINED: dict[str, dict[str, Any]] = {
    "lora": {"lora": {"rank": 4}, "loss": {"kl": {"coefficient": 0.5}}},
    "bf16": {"precision": "bfloat16", "loss": {"mismatch": "token_truncate"}},
    "lora in bf16": {"lora": {"rank": 4, "targets": ["q_proj", "down_proj"]}, "precision": "bfloat16"},
}
EIGHT_BITS = {"optimizer": "adamw8bit", "lora": {"rank": 256, "targets": ["q_proj"]}, "lr": 1e-3}


@pytest.mark.parametrize(
    "trained",
    [*TRAINED.values(), pytest.param(EIGHT_BITS, marks=pytest.mark.slow)],
    ids=[*TRAINED, "8 bits"],
)
def test_adapters_masters_and_small_moments_go_on_where_they_stood(a_run: ARun, trained: dict[str, Any]) -> None:
    shape: dict[str, Any] = {"updates_per_rollout": 2, "evaluation": None, "steps": 3} | trained
    train(a_run("straight", **shape))
    train(a_run("stopped", **shape | {"steps": 1}))
    train(a_run("stopped", **shape))
    straight, stopped = (fingerprint(Path(a_run(name).output)) for name in ("straight", "stopped"))
    assert straight == stopped
    assert all(line.outcome == "updated" for line in straight["metrics"])


@pytest.fixture
def rarely_right(share_of_digits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model is right about once in six completions, more often under a hint."""

    def verdict(task: Task, response: str) -> Verdict:
        hinted = "begins; go on" in task.prompt[-1].content
        right = sum(map(ord, response)) % (2 if hinted else 6) == 0
        return Verdict(score=float(right), reason="correct" if right else "wrong")

    monkeypatch.setattr("generators.judging.verify", verdict)


HELPED: dict[str, dict[str, Any]] = {
    "hints": {"hints": {"shares": [0.3, 0.6]}},
    "replay": {"replay": {"below": 0.6, "capacity": 3}},
    "both, gated, several updates": {
        "hints": {},
        "replay": {"below": 0.6},
        "updates_per_rollout": 2,
        "gate": {"low": 0.1, "high": 0.9, "most": 2},
        "loss": {"mismatch": "token_truncate"},
    },
    "hard focus": {"order": {"kind": "retained", "broad_steps": 3, "refresh": 2, "group_size": 5}},
}


@pytest.mark.parametrize("shape", HELPED.values(), ids=HELPED)
def test_hints_replay_and_hard_focus_go_on_as_they_stood(
    a_run: ARun, rarely_right: None, shape: dict[str, Any]
) -> None:
    shape = {"steps": 7, "evaluation": None, "doctor": "warn", **shape}
    train(a_run("straight", **shape))
    expected = fingerprint(Path(a_run("straight", **shape).output))
    sampled = [line.sampled for line in expected["metrics"] if line.sampled]
    assert any(each.replayed for each in sampled) == ("replay" in shape)
    assert any(each.hinted for each in sampled) == ("hints" in shape)
    for stop in (2, 3, 5):
        train(a_run(f"stopped_{stop}", **shape | {"steps": stop}))
        train(a_run(f"stopped_{stop}", **shape))
        assert fingerprint(Path(a_run(f"stopped_{stop}", **shape).output)) == expected


class KilledError(Exception):
    """The end of the process, as far as the run can tell."""


@pytest.mark.parametrize("kill_at", [1, 2, 3])
def test_a_run_killed_between_checkpoints_says_every_step_once(a_run: ARun, kill_at: int) -> None:
    shape: dict[str, Any] = {"save_every": 2, "updates_per_rollout": 3}
    train(a_run("straight", **shape))
    killed = a_run("killed", **shape)

    def kill(metrics: StepMetrics) -> None:
        if metrics.step == kill_at:
            raise KilledError

    with pytest.raises(KilledError):
        train(killed, kill)
    with open(Path(killed.output) / "metrics.jsonl", "ab") as file:
        file.write(b'{"step": 9, "reward')  # a line that the crash cut short
    train(killed)
    assert fingerprint(Path(killed.output)) == fingerprint(Path(a_run("straight", **shape).output))


@pytest.mark.parametrize("crash_at", ["save_pretrained", "rename"])
def test_a_crash_while_saving_leaves_the_checkpoint_before(
    a_run: ARun, monkeypatch: pytest.MonkeyPatch, crash_at: str
) -> None:
    train(a_run("straight"))
    config = a_run("killed")
    train(a_run("killed", steps=2))

    def crash(*_: Any, **__: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        if crash_at == "rename":
            patch.setattr(os, "rename", crash)
        else:
            patch.setattr("transformers.PreTrainedTokenizerFast.save_pretrained", crash)
        with pytest.raises(KilledError):
            train(config)
    assert [path.name for path in checkpoints(Path(config.output))] == ["step-000001", "step-000002"]
    train(config)
    names = ("killed", "straight")
    killed, straight = (fingerprint(Path(a_run(name).output)) for name in names)
    killed["evaluations"], straight["evaluations"] = [], []  # the run of 2 steps has one more: after its last
    assert killed == straight
    assert not list(Path(config.output).glob("checkpoints/.*"))


def test_other_settings_are_refused_with_their_names(a_run: ARun) -> None:
    train(a_run("run", steps=1))
    with pytest.raises(CheckpointError, match=r"lr was 0\.01 and is 0\.5\. .*another output folder") as refused:
        train(a_run("run", lr=0.5, steps=2))
    assert "steps" not in str(refused.value)


def test_a_damaged_checkpoint_is_refused_by_name_and_the_one_before_goes_on(a_run: ARun) -> None:
    straight = a_run("straight", steps=2)
    train(straight)
    damaged = a_run("damaged", steps=2)
    train(damaged)
    last = checkpoints(Path(damaged.output))[-1]
    os.truncate(last / "moments.safetensors", 100)
    with pytest.raises(CheckpointError, match=r"step-000002 can't be read .*: delete it"):
        train(a_run("damaged", steps=3))
    shutil.rmtree(last)
    train(damaged)
    assert fingerprint(Path(damaged.output)) == fingerprint(Path(straight.output))


def test_other_tasks_are_refused(a_run: ARun, tmp_path: Path) -> None:
    train(a_run("run", steps=1, evaluation=None))
    os.replace(tmp_path / "held_out.parquet", tmp_path / "train.parquet")
    with pytest.raises(CheckpointError, match=r"tasks was '9 tasks .* and is '3 tasks"):
        train(a_run("run", steps=2, evaluation=None))


def test_other_rubrics_are_refused(a_run: ARun, tmp_path: Path) -> None:
    def written(at_most: int) -> None:
        criterion = Criterion(
            title="c", text="", kind="principle", weight=1.0, checker="word_count", arguments={"at_most": at_most}
        )
        rubric = Rubric(id="r", task_id="t", criteria=(criterion,), method="x")
        write_whole(str(tmp_path / "rubrics.parquet"), shard_bytes([rubric], Rubric)[0])

    reward = {"rubric": {"shards": [str(tmp_path / "rubrics.parquet")]}}
    written(3)
    train(a_run("run", steps=1, evaluation=None, reward=reward))
    written(4)
    with pytest.raises(CheckpointError, match=r"rubrics was '1 rubrics .* and is '1 rubrics"):
        train(a_run("run", steps=2, evaluation=None, reward=reward))
    written(3)
    assert train(a_run("run", steps=2, evaluation=None, reward=reward)).steps == 2


def test_a_finished_run_is_told_again_and_not_done_again(a_run: ARun) -> None:
    seen: list[StepMetrics] = []
    first = train(a_run("run", steps=2), seen.append)
    again = train(a_run("run", steps=2), seen.append)
    assert first == again
    assert len(seen) == first.steps == 2


def test_what_a_run_leaves_behind(a_run: ARun) -> None:
    config = a_run("run")
    summary = train(config)
    output = Path(config.output)
    model = AutoModelForCausalLM.from_pretrained(summary.model)
    assert sum(parameter.numel() for parameter in model.parameters()) > 1000
    rollouts = list(read_shards(str(output / "rollouts"), Rollout))
    assert len(rollouts) == summary.completions == 4 * 2 * 3
    assert len({rollout.seed for rollout in rollouts}) == len(rollouts)
    assert {rollout.revision.rpartition("+")[2] for rollout in rollouts} == {"step0", "step1", "step2", "step3"}
    assert [path.name for path in checkpoints(output)] == ["step-000003", "step-000004"]
    assert [evaluation.step for evaluation in summary.evaluations] == [0, 2, 4]


def test_a_loss_that_stays_not_a_number_stops_the_run_with_a_sentence(
    a_run: ARun, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = completion_logprobs
    monkeypatch.setattr("trainer.update.completion_logprobs", lambda *given: real(*given) * float("nan"))
    config = a_run("run", steps=9, evaluation=None)
    with pytest.raises(TrainingStopped, match=r"3 updates in a row .* Lower lr"):
        train(config)
    assert [line.outcome for line in read_metrics(Path(config.output))] == ["not_finite"] * 3


def test_a_sampler_with_other_weights_stops_the_run_with_a_sentence(
    a_run: ARun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_other_weights(model: Any, tokenizer: Any, **named: Any) -> Any:
        from pipeline.engines.transformers import TransformersEngine

        other = AutoModelForCausalLM.from_pretrained(model.name_or_path).eval()
        with torch.no_grad():
            for parameter in other.parameters():
                parameter.mul_(1.5)
        return TransformersEngine(other, tokenizer, **named)

    monkeypatch.setattr("trainer.sampler.TransformersEngine", with_other_weights)
    with pytest.raises(TrainingStopped, match="the engine holds other weights"):
        train(a_run("run", evaluation=None))


def test_the_sampler_agrees_with_the_learner(a_run: ARun) -> None:
    config = a_run("run", evaluation=None)
    train(config)
    for line in read_metrics(Path(config.output)):
        assert line.sampler_gap_max is not None
        assert line.sampler_gap_max < 1e-4


def test_a_reference_that_has_changed_is_refused(a_run: ARun) -> None:
    shape: dict[str, Any] = {"loss": {"kl": {"coefficient": 0.5}}}
    train(a_run("run", steps=1, **shape))
    model = Path(a_run("run").model)
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(LearnerError, match="other weights"):
        train(a_run("run", **shape))
