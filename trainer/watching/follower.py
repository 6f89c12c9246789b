"""Trackers follow the record: each step is told once, however often the run is stopped and does steps again.

    output/watch/told.json     up to which step each tracker was told, and what it calls the run
                 tensorboard/  event files
                 wandb/        what wandb keeps on this machine

A tracker that joins late is told what was before it came.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from pipeline.store.files import write_whole
from schemas import Task
from trainer.config import TrainConfig
from trainer.doctor import Finding
from trainer.evaluate import Evaluation
from trainer.metrics import StepMetrics
from trainer.processes import is_first
from trainer.record import LineT, read_rollouts, read_since
from trainer.samples import picked, sample_text
from trainer.watching.numbers import numbers_of
from trainer.watching.settings import TrackerName
from trainer.watching.trackers import Opening, Tracker, open_tracker


class Told(msgspec.Struct, kw_only=True):
    """What a tracker knows: the steps up to this one, under that name."""

    step: int = -1
    run: str = ""


@contextmanager
def following(config: TrainConfig, tasks: Mapping[str, Task]) -> Iterator[Callable[[], None]]:
    """Gives a function that tells the config's trackers what is new in the record; all of it so far is told at once.

    Call it when a step is complete. Raises TrackerError.
    """
    if not is_first():
        yield lambda: None
        return
    output = Path(config.output)
    place = output / "watch"
    told = _read_told(place / "told.json", begun=bool(read_since(output, StepMetrics, 0)[0]))
    with ExitStack() as opened:
        trackers: dict[TrackerName, Tracker] = {}
        if config.watch.trackers:
            place.mkdir(exist_ok=True)
        for which in config.watch.trackers:
            known = told.setdefault(which, Told())
            tracker = open_tracker(which, _opening(config, place, known.run))
            opened.callback(tracker.close)
            trackers[which], known.run = tracker, tracker.run
        follower = _Follower(output, trackers, told, tasks)
        follower.catch_up()
        yield follower.catch_up


class _Follower:
    """How far the record has been read, and each tracker told."""

    def __init__(
        self,
        output: Path,
        trackers: Mapping[TrackerName, Tracker],
        told: Mapping[TrackerName, Told],
        tasks: Mapping[str, Task],
    ) -> None:
        self._output, self._trackers, self._told, self._tasks = output, trackers, told, tasks
        self._read: dict[type, int] = {StepMetrics: 0, Evaluation: 0, Finding: 0}

    def catch_up(self) -> None:
        if not self._trackers:
            return
        known = min(self._told[which].step for which in self._trackers)
        numbers: dict[int, dict[str, float]] = defaultdict(dict)
        texts: dict[int, dict[str, str]] = defaultdict(dict)
        for line in self._new(StepMetrics, known):
            numbers[line.step] |= numbers_of(line)
        for evaluation in self._new(Evaluation, known):
            numbers[evaluation.step] |= numbers_of(evaluation)
            texts[evaluation.step] |= self._samples(evaluation.step)
        for finding in self._new(Finding, known):
            texts[finding.step][f"doctor/{finding.rule}"] = finding.sentence
        for step in sorted(numbers):
            self._tell(step, numbers[step], texts[step])

    def _tell(self, step: int, numbers: Mapping[str, float], texts: Mapping[str, str]) -> None:
        for which, tracker in self._trackers.items():
            if step > self._told[which].step:
                for name, text in texts.items():
                    tracker.text(step, name, text)
                tracker.log(step, numbers)
                self._told[which].step = step
        write_whole(str(self._output / "watch" / "told.json"), msgspec.json.encode(self._told))

    def _new(self, kind: type[LineT], known: int) -> list[LineT]:
        lines, self._read[kind] = read_since(self._output, kind, self._read[kind])
        return [line for line in lines if line.step > known]

    def _samples(self, step: int) -> dict[str, str]:
        chosen = picked(read_rollouts(self._output, step))
        return {f"rollouts/{place}": sample_text(each, self._tasks.get(each.task_id)) for place, each in chosen.items()}


def _read_told(path: Path, begun: bool) -> dict[TrackerName, Told]:
    """What trackers were told; a run that begins anew leaves behind what they knew of the one before."""
    if not begun:
        shutil.rmtree(path.parent, ignore_errors=True)
    if not path.exists():
        return {}
    return msgspec.json.decode(path.read_bytes(), type=dict[TrackerName, Told])


def _opening(config: TrainConfig, place: Path, run: str) -> Opening:
    return Opening(
        place=place,
        project=config.watch.project,
        name=config.watch.name or Path(config.output).name,
        settings=config.model_dump(mode="json"),
        run=run,
    )
