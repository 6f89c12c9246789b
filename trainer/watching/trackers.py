"""Trackers: where a run can be watched beside its own files. One contract, and what fills it for each of them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import msgspec

from schemas.failure import Failure
from trainer.watching.settings import TrackerName


class TrackerError(Failure, RuntimeError):
    """A tracker that can't be opened; the message says what to install or to set."""


class Tracker(Protocol):
    """Hears of every step once, in order; `run` is what it calls this run, to go on with it later."""

    run: str

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        """The numbers of a step, by names such as `train/reward_mean`; on their way to disk when it returns."""

    def text(self, step: int, name: str, text: str) -> None:
        """Words that belong to a step."""

    def close(self) -> None:
        """Nothing more will be told."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a tracker is opened with: `place`, a folder for its files; the run's `settings`; and `run`, what the tracker
    calls a run that goes on, empty for a new one."""

    place: Path
    project: str
    name: str
    settings: dict[str, Any]
    run: str = ""


def open_tracker(which: TrackerName, opening: Opening) -> Tracker:
    """Raises TrackerError where its package is not installed or it can't begin."""
    return _OPENERS[which](opening)


class TensorBoard:
    """Event files in the run's folder."""

    def __init__(self, opening: Opening) -> None:
        writer = _imported("torch.utils.tensorboard", "tensorboard").SummaryWriter
        self.run = opening.name
        self._writer = writer(str(opening.place / "tensorboard"))

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        for name, value in numbers.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def text(self, step: int, name: str, text: str) -> None:
        indented = "".join(f"    {line}\n" for line in text.split("\n"))  # read as Markdown there
        self._writer.add_text(name, indented, step)

    def close(self) -> None:
        self._writer.close()


class _Logged:
    """A run of a package with wandb's interface."""

    def __init__(self, module: Any, begun: Any, run: str) -> None:
        self.run = run
        self._module, self._begun = module, begun

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        self._begun.log(dict(numbers), step=step)

    def text(self, step: int, name: str, text: str) -> None:
        self._begun.log({name: self._module.Table(columns=["text"], data=[[text]])}, step=step)

    def close(self) -> None:
        self._begun.finish()


def _wandb(opening: Opening) -> Tracker:
    wandb = _imported("wandb", "wandb")
    try:
        begun = wandb.init(
            project=opening.project,
            name=opening.name,
            id=opening.run or None,
            resume="allow" if opening.run else None,
            dir=str(opening.place),
            config=opening.settings,
            settings=wandb.Settings(console="off", silent=True),
        )
    except wandb.errors.Error as failure:
        raise TrackerError(
            f"wandb could not begin ({failure}): `wandb login`, or set WANDB_MODE=offline and `wandb sync` later"
        ) from None
    return _Logged(wandb, begun, begun.id)


def _trackio(opening: Opening) -> Tracker:
    trackio = _imported("trackio", "trackio")
    begun = trackio.init(
        project=opening.project,
        name=opening.run or opening.name,
        resume="allow" if opening.run else "never",
        config=opening.settings,
        embed=False,
        auto_log_cpu=False,
        auto_log_gpu=False,
    )
    return _Logged(trackio, begun, begun.name)


def _imported(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError as failure:
        how = "pip install trackio" if package == "trackio" else "pip install 'taskmill[watch]'"
        raise TrackerError(f"watch: {package} is not there ({failure}): {how}, or leave it out") from None


_OPENERS: dict[TrackerName, Callable[[Opening], Tracker]] = {
    "tensorboard": TensorBoard,
    "wandb": _wandb,
    "trackio": _trackio,
}
