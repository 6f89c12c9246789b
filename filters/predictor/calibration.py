"""Whether predictions come true: each task predicted by a fit that never saw it, and what then happened."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from filters.predictor.config import PredictorConfig
from filters.predictor.logistic import Vector
from filters.predictor.predictor import Prediction, PredictorError, fitted
from pipeline.seeding import derived_seed
from schemas import Difficulty, Task

FOLDS = 5


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """The forecasts in [`low`, `high`): their mean `forecast`, the share that was `observed`, and how many `tasks`."""

    low: float
    high: float
    tasks: int
    forecast: float
    observed: float


class Reliability(msgspec.Struct, frozen=True, kw_only=True):
    """Forecast probabilities against outcomes.

    `brier` is the mean squared distance of forecast and outcome (Brier, 1950), `brier_of_base_rate` that of always
    forecasting the mean outcome. `expected_error` is the expected calibration error: the mean over tasks of how far
    their bin's forecast is from what was observed in it (Naeini et al., 2015). Empty bins are left out.
    """

    tasks: int
    brier: float
    brier_of_base_rate: float
    expected_error: float
    bins: tuple[Bin, ...]


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Of predicted `pass_rates` against rollouts, and of the chances of being `in_band` against decisions."""

    pass_rates: Reliability
    in_band: Reliability | None


def reliability(
    forecasts: Sequence[float], happened: Sequence[float], times: Sequence[float], bins: int = 10
) -> Reliability:
    """Of forecasts in [0, 1], one a task: it `happened` so often in so many `times`, above 0. Raises PredictorError.

    >>> once = reliability([0.1, 0.3, 0.9, 0.9], [0, 1, 1, 1], [1, 1, 1, 1], bins=2)
    >>> [(round(each.forecast, 6), each.observed) for each in once.bins]
    [(0.2, 0.5), (0.9, 1.0)]
    """
    if not len(forecasts) == len(happened) == len(times) > 0:
        raise PredictorError("reliability is asked of no forecasts, or of more or fewer outcomes than forecasts")
    forecast, count, total = (np.asarray(values, dtype=np.float64) for values in (forecasts, happened, times))
    observed, base = count / total, count.sum() / total.sum()
    place = np.minimum((forecast * bins).astype(int), bins - 1)
    found = tuple(
        Bin(
            low=number / bins,
            high=(number + 1) / bins,
            tasks=int(here.sum()),
            forecast=float(forecast[here].mean()),
            observed=float(observed[here].mean()),
        )
        for number in range(bins)
        if (here := place == number).any()
    )
    return Reliability(
        tasks=len(forecast),
        brier=_brier(forecast, count, total),
        brier_of_base_rate=_brier(np.full_like(forecast, base), count, total),
        expected_error=sum(each.tasks * abs(each.forecast - each.observed) for each in found) / len(forecast),
        bins=found,
    )


def cross_fitted(
    tasks: Sequence[Task],
    difficulties: Sequence[Difficulty],
    config: PredictorConfig,
    seed: int,
    folds: int = FOLDS,
    readings: Mapping[str, float] | None = None,
) -> list[Prediction]:
    """A prediction for each task by a predictor fitted to the other folds; the same problem is never in two folds.

    Raises PredictorError where a fit has nothing left to learn from.
    """
    own = [derived_seed(seed, "fold of a problem", task.canonical) % folds for task in tasks]
    found: dict[int, Prediction] = {}
    for fold in sorted(set(own)):
        seen = [place for place in range(len(tasks)) if own[place] != fold]
        left = [place for place in range(len(tasks)) if own[place] == fold]
        known = [tasks[place] for place in seen], [difficulties[place] for place in seen]
        predictor = fitted(*known, config, seed, readings)
        found |= zip(left, predictor.predict([tasks[place] for place in left], readings), strict=True)
    return [found[place] for place in range(len(tasks))]


def calibration(predictions: Sequence[Prediction], difficulties: Sequence[Difficulty]) -> Calibration:
    """Of predictions that never saw the difficulties, one each; `in_band` is None where nothing was decided.

    Tasks without a rollout count for nothing, undecided ones for pass rates only. Raises PredictorError.
    """
    pairs = [pair for pair in zip(predictions, difficulties, strict=True) if pair[1].samples]
    decided = [pair for pair in pairs if pair[1].decision != "undecided"]
    return Calibration(
        pass_rates=reliability(
            [prediction.mean for prediction, _ in pairs],
            [difficulty.successes for _, difficulty in pairs],
            [difficulty.samples for _, difficulty in pairs],
        ),
        in_band=reliability(
            [prediction.chance for prediction, _ in decided],
            [difficulty.decision == "in_band" for _, difficulty in decided],
            [1] * len(decided),
        )
        if decided
        else None,
    )


def _brier(forecast: Vector, count: Vector, total: Vector) -> float:
    return float((count * (1 - forecast) ** 2 + (total - count) * forecast**2).sum() / total.sum())
