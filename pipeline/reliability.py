"""Whether forecasts come true: probabilities against what happened."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


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


def reliability(
    forecasts: Sequence[float], happened: Sequence[float], times: Sequence[float], bins: int = 10
) -> Reliability:
    """Of forecasts in [0, 1], one a task: it `happened` so often in so many `times`, above 0. Raises ValueError.

    >>> once = reliability([0.1, 0.3, 0.9, 0.9], [0, 1, 1, 1], [1, 1, 1, 1], bins=2)
    >>> [(round(each.forecast, 6), each.observed) for each in once.bins]
    [(0.2, 0.5), (0.9, 1.0)]
    """
    if not len(forecasts) == len(happened) == len(times) > 0:
        raise ValueError("reliability is asked of no forecasts, or of more or fewer outcomes than forecasts")
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


def _brier(forecast: Vector, count: Vector, total: Vector) -> float:
    return float((count * (1 - forecast) ** 2 + (total - count) * forecast**2).sum() / total.sum())
