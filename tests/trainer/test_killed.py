"""A run that is killed in the middle of saving, again and again, is the run that never was, under every curriculum."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import pytest
from transformers import PreTrainedModel

from tests.trainer.apart import begun, ended, trained
from tests.trainer.test_curriculum import ORDERS
from tests.trainer.test_resume import fingerprint
from trainer import state
from trainer.config import TrainConfig
from trainer.loop import train

Real = Callable[..., Any]


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def before(real: Real) -> Real:
    return lambda *given, **named: die()


def after(real: Real) -> Real:
    return lambda *given, **named: (real(*given, **named), die())


def halfway_through_the_weights(real: Real) -> Real:
    def save(model: Any, folder: Path, **named: Any) -> None:
        real(model, folder, **named)
        weights = folder / "model.safetensors"
        os.truncate(weights, weights.stat().st_size // 2)
        die()

    return save


def halfway_through_a_folder(real: Real) -> Real:
    def remove(folder: Path) -> None:
        real(folder / "model")
        die()

    return remove


POINTS: dict[str, tuple[Any, str, Callable[[Real], Real]]] = {
    "a draft without anything": (PreTrainedModel, "save_pretrained", before),
    "half the weights": (PreTrainedModel, "save_pretrained", halfway_through_the_weights),
    "no progress": (state, "write_moments", after),
    "nothing synced": (state, "_sync", before),
    "not renamed": (os, "rename", before),
    "renamed": (os, "rename", after),
    "an old one half removed": (shutil, "rmtree", halfway_through_a_folder),
}
"""What a kill leaves behind: where it strikes, and how."""


def killed_while_saving(config: TrainConfig, step: int, point: str) -> None:
    write, (place, name, how) = state._write, POINTS[point]

    def struck(*given: Any) -> None:
        if given[-1].step != step:
            return write(*given)
        with patch.object(place, name, how(getattr(place, name))):
            return write(*given)

    with patch.object(state, "_write", struck):
        trained(config)


@pytest.mark.slow
@pytest.mark.usefixtures("share_of_digits")
@pytest.mark.parametrize("kind", ORDERS)
def test_kills_while_saving_change_nothing(a_run: Callable[..., TrainConfig], kind: str) -> None:
    """Every second point for one curriculum, the others for the next: where it strikes is nothing to a curriculum."""
    points = list(POINTS)[list(ORDERS).index(kind) % 2 :: 2]
    shape: dict[str, Any] = {
        "order": ORDERS[kind],
        "steps": len(points),
        "updates_per_rollout": 2,
        "evaluation": None,
        "gate": {"low": 0.05, "high": 0.95, "most": 2},
        "budget": {"low": 2, "high": 6},
        "replay": {"below": 1.0},
    }
    straight, killed = a_run("straight", **shape), a_run("killed", **shape)
    train(straight)
    for step, point in enumerate(points, 1):
        assert ended(begun(killed_while_saving, killed, step, point)) == -signal.SIGKILL
    train(killed)
    assert fingerprint(Path(killed.output)) == fingerprint(Path(straight.output))
