"""From tasks that were rolled out to the pass rates of tasks that were not."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from filters.predictor.config import PredictorConfig
from filters.predictor.features import GROUPS, NUMBERS, READING, group_of, named_features
from filters.predictor.logistic import Fit, Vector, beliefs, fit, mean_rate
from pipeline.seeding import derived_seed
from schemas import Difficulty, Task
from schemas.failure import Failure

_FARTHEST = 4.0
"""Standard deviations from its mean beyond which a structural number is read as that far: nothing is extrapolated."""

_BATCH = 1024
_ALWAYS = "always"


class PredictorError(Failure, ValueError):
    """Nothing can be learnt from these tasks, or a file holds no predictor; the message says why."""


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """What is believed of a task before it is rolled out.

    The log-odds of its pass rate are normal around `centre` with the standard deviation `spread`; `mean` is the mean
    pass rate, in (0, 1), and `chance` the probability that it is inside the band, in [0, 1].
    """

    task_id: str
    mean: float
    chance: float
    centre: float
    spread: float


@dataclass(frozen=True, eq=False)
class Predictor:
    """A fitted model, and what of the tasks it reads: `names` of its columns (D,), each of them less its `centres`
    and divided by its `scales` (D,). `salt` keys the hashing of words."""

    config: PredictorConfig
    salt: int
    names: tuple[str, ...]
    centres: Vector
    scales: Vector
    fit: Fit

    def predict(self, tasks: Sequence[Task], readings: Mapping[str, float] | None = None) -> list[Prediction]:
        """One prediction a task, in order; none depends on another. A family or level that was not seen has the
        mean and the spread of families or levels. Where it was fitted with `readings` (by task id), it wants them of
        these tasks too, and raises PredictorError without."""
        if readings is None and READING in self.names:
            raise PredictorError("this predictor was fitted with readings: give those of the tasks to predict as well")
        place = {name: column for column, name in enumerate(self.names)}
        found: list[Prediction] = []
        for start in range(0, len(tasks), _BATCH):
            batch = tasks[start : start + _BATCH]
            named = (named_features(task, self.config.buckets, self.salt, _of(task, readings)) for task in batch)
            rows = [_row(features, place, self.centres, self.scales) for features in named]
            known = [self.fit.mean_and_variance(row.columns, row.values, row.unseen) for row in rows]
            mean, variance = np.array(known).T
            centre, spread = beliefs(mean, variance, self.fit.luck)
            means = mean_rate(centre, spread)
            told = zip(batch, means.tolist(), centre.tolist(), spread.tolist(), strict=True)
            found += [self._prediction(*each) for each in told]
        return found

    def _prediction(self, task: Task, mean: float, centre: float, spread: float) -> Prediction:
        below = NormalDist(centre, spread).cdf
        chance = below(_log_odds(self.config.band_high)) - below(_log_odds(self.config.band_low))
        return Prediction(task_id=task.id, mean=mean, chance=max(chance, 0.0), centre=centre, spread=spread)


class _Row(NamedTuple):
    """One task: its `columns` (K,) that are not 0, their `values` (K,), and of each group the squared length of what
    has no column, `unseen` (G,)."""

    columns: NDArray[np.int64]
    values: Vector
    unseen: Vector


def fitted(
    tasks: Sequence[Task],
    difficulties: Sequence[Difficulty],
    config: PredictorConfig,
    seed: int,
    readings: Mapping[str, float] | None = None,
) -> Predictor:
    """The predictor of the model whose rollouts made the difficulties, one for each task and in the same order.

    `readings` are what `filters.predictor.reading` says, by task id. Tasks without decided rollouts are not learnt
    from. Raises PredictorError where none is left, or where the
    difficulties are not those of the tasks.
    """
    pairs = _measured(tasks, difficulties)
    salt = derived_seed(seed, "predictor words")
    named = [named_features(task, config.buckets, salt, _of(task, readings)) for task, _ in pairs]
    names = (_ALWAYS, *sorted({name for features in named for name in features}))
    place = {name: column for column, name in enumerate(names)}
    centres, scales = _standard(named, place)
    columns = np.zeros((len(named), len(names)))
    for number, features in enumerate(named):
        row = _row(features, place, centres, scales)
        columns[number, row.columns] = row.values
    groups = np.array([_group(name) for name in names])
    successes = np.array([difficulty.successes for _, difficulty in pairs], dtype=np.float64)
    samples = np.array([difficulty.samples for _, difficulty in pairs], dtype=np.float64)
    return Predictor(
        config=config,
        salt=salt,
        names=names,
        centres=centres,
        scales=scales,
        fit=fit(columns, groups, 1 + len(GROUPS), successes, samples),
    )


def _group(name: str) -> int:
    return 0 if name == _ALWAYS else 1 + GROUPS.index(group_of(name))


def _measured(tasks: Sequence[Task], difficulties: Sequence[Difficulty]) -> list[tuple[Task, Difficulty]]:
    if [task.id for task in tasks] != [difficulty.task_id for difficulty in difficulties]:
        raise PredictorError("the difficulties are not those of the tasks: give one for each task, in the same order")
    if len({(difficulty.model, difficulty.revision) for difficulty in difficulties}) > 1:
        raise PredictorError("these are difficulties for several models: fit a predictor for each")
    pairs = [pair for pair in zip(tasks, difficulties, strict=True) if pair[1].samples]
    if not pairs:
        raise PredictorError(f"none of these {len(tasks)} tasks has a decided rollout: roll some out first")
    return pairs


def _standard(named: Sequence[dict[str, float]], place: dict[str, int]) -> tuple[Vector, Vector]:
    """Mean and standard deviation of each structural column over the tasks that have it; 0 and 1 for all others."""
    values: dict[str, list[float]] = {}
    for features in named:
        for name, value in features.items():
            if group_of(name) in NUMBERS:
                values.setdefault(name, []).append(value)
    centres, scales = np.zeros(len(place)), np.ones(len(place))
    for name, own in values.items():
        centres[place[name]] = np.mean(own)
        scales[place[name]] = np.std(own) or np.inf
    return centres, scales


def _row(features: Mapping[str, float], place: Mapping[str, int], centres: Vector, scales: Vector) -> _Row:
    columns, values, unseen = [place[_ALWAYS]], [1.0], np.zeros(1 + len(GROUPS))
    for name, value in features.items():
        column = place.get(name)
        if column is None:
            unseen[_group(name)] += 1.0 if group_of(name) in NUMBERS else value * value
        else:
            columns.append(column)
            values.append(min(max((value - centres[column]) / scales[column], -_FARTHEST), _FARTHEST))
    return _Row(np.array(columns), np.array(values), unseen)


def _of(task: Task, readings: Mapping[str, float] | None) -> float | None:
    return None if readings is None else readings[task.id]


def _log_odds(rate: float) -> float:
    if not 0 < rate < 1:
        return math.copysign(math.inf, rate - 0.5)
    return math.log(rate / (1 - rate))
