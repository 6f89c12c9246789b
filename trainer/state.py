"""Checkpoints: all that a run is, in one folder that is there whole or not at all.

    output/checkpoints/step-000025/model/               weights and tokenizer, which transformers and vLLM load
                                   adapter/             with LoRA: what `model/` has merged in, which PEFT loads
                                   moments.safetensors  AdamW's moments
                                   progress.msgpack     step, curriculum, beliefs, rollouts not learnt from, settings

There is no generator to save: every draw is keyed by (seed, purpose, step, task, sample), and the learning rate is a
function of the step.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from safetensors import SafetensorError

from pipeline.models.load import without_bars
from schemas import Rollout, Task, jsontext
from schemas.failure import Failure
from trainer.config import FREE_ON_RESUME, FREE_WITHIN, TrainConfig
from trainer.learner import Learner, whole_state
from trainer.lora import adapter_state, save_adapter
from trainer.moments import Moments, read_moments, write_moments
from trainer.optimizer import trained_by
from trainer.processes import ALONE, Processes
from trainer.record import checkpoints
from trainer.rewards.rubric import OwnRubrics
from trainer.rollout import Group
from trainer.sharding import gathered, scattered

KEPT = 2
"""Newest checkpoints that stay on disk."""


class CheckpointError(Failure, ValueError):
    """A checkpoint that this config can't go on from; the message says why and what to do."""


class Progress(msgspec.Struct, kw_only=True):
    """Where a run stands after `step` updates: `waiting` are groups already sampled and not learnt from yet,
    `successes` right completions of hard tasks, kept for replay."""

    settings: dict[str, Any]
    base_revision: str
    step: int = 0
    curriculum: dict[str, Any] = {}
    rates: dict[str, Any] = {}
    waiting: list[Group] = []
    successes: list[Rollout] = []


def settings_of(config: TrainConfig, tasks: Sequence[Task], own: OwnRubrics = OwnRubrics({})) -> dict[str, Any]:
    """What must stay the same for a run to go on: the config but what is free, the tasks, their rubrics and judge."""
    free = dict.fromkeys(FREE_ON_RESUME, True) | {name: set(keys) for name, keys in FREE_WITHIN.items()}
    settings = config.model_dump(mode="json", exclude=free)
    settings["tasks"] = f"{len(tasks)} tasks {jsontext.digest(*[task.id for task in tasks])}"
    if own.rubrics:
        rubrics = [rubric for of_task in own.rubrics.values() for rubric in of_task]
        settings["rubrics"] = f"{len(rubrics)} rubrics {jsontext.digest(*rubrics)}"
    if own.judge is not None:
        settings["judge"] = own.judge.name
    return settings


def save(
    output: Path,
    learner: Learner,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    processes: Processes = ALONE,
) -> None:
    """Writes the checkpoint beside its place, syncs it, and renames it: a crash leaves the one before.

    Of several processes the first writes it, whole: any number of them can go on from there.
    """
    parts = _Parts(whole_state(learner), adapter_state(learner.adapted), optimizer.state_dict()["state"])
    whole = _Parts(*(gathered(part, keep=processes.first) for part in parts))
    processes.by_first(lambda: _write(output, learner, whole, progress))


class _Parts(NamedTuple):
    """What a checkpoint holds in tensors; `adapter` is empty without LoRA."""

    weights: dict[str, torch.Tensor]
    adapter: dict[str, torch.Tensor]
    moments: Moments


def _write(output: Path, learner: Learner, parts: _Parts, progress: Progress) -> None:
    place = output / "checkpoints" / f"step-{progress.step:06d}"
    draft = place.with_name(f".{place.name}.unfinished")
    for left_over in place.parent.glob(".*.unfinished"):
        shutil.rmtree(left_over)
    draft.mkdir(parents=True)
    with without_bars():
        learner.model.save_pretrained(draft / "model", state_dict=parts.weights)
    learner.tokenizer.save_pretrained(draft / "model")
    if learner.adapted is not None:
        save_adapter(learner.adapted, parts.adapter, draft / "adapter")
    write_moments(draft / "moments.safetensors", parts.moments)
    (draft / "progress.msgpack").write_bytes(msgspec.msgpack.encode(progress))
    for path in [*draft.rglob("*"), draft]:
        _sync(path)
    os.rename(draft, place)
    _sync(place.parent)
    for old in checkpoints(output)[:-KEPT]:
        shutil.rmtree(old)


def read_progress(checkpoint: Path, wanted: dict[str, Any]) -> Progress:
    """Where the checkpoint stands. Raises CheckpointError when its settings are not the `wanted` ones."""
    try:
        progress = msgspec.msgpack.decode((checkpoint / "progress.msgpack").read_bytes(), type=Progress)
    except (OSError, msgspec.MsgspecError) as failure:
        raise _unreadable(checkpoint, failure) from None
    changed = [key for key in wanted if wanted[key] != progress.settings.get(key)]
    if changed:
        told = "; ".join(f"{key} was {progress.settings.get(key)!r} and is {wanted[key]!r}" for key in changed)
        raise CheckpointError(f"{checkpoint} is of another run: {told}. Set it back, or give another output folder")
    return progress


def restore_optimizer(checkpoint: Path, optimizer: torch.optim.Optimizer) -> None:
    """AdamW's moments, cut up as the parameters are. Raises CheckpointError where they can't be read."""
    parameters = trained_by(optimizer)
    try:
        saved = read_moments(checkpoint / "moments.safetensors")
    except (OSError, SafetensorError) as failure:
        raise _unreadable(checkpoint, failure) from None
    state = {place: scattered(moments, parameters[place]) for place, moments in saved.items()}
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _unreadable(checkpoint: Path, failure: Exception) -> CheckpointError:
    return CheckpointError(f"{checkpoint} can't be read ({failure}): delete it to go on from the one before")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
