"""Which candidates to roll out next: those most likely in band, and a share drawn blindly."""

from collections.abc import Sequence
from math import ceil

from filters.predictor.predictor import Prediction, PredictorError
from pipeline.seeding import derived_seed


def chosen(predictions: Sequence[Prediction], count: int, explored: float, seed: int) -> list[int]:
    """Positions of `count` of the predictions, ascending; all where there are no more.

    A share of at least `explored` in [0, 1] is drawn from all alike, so that what the predictor thinks little of is
    seen too and it can find itself wrong; the others have the greatest chances. Raises PredictorError.
    """
    if count < 0 or not 0 <= explored <= 1:
        raise PredictorError(f"can't choose {count} with a share of {explored} explored: at least 0, and from 0 to 1")
    lots = [derived_seed(seed, "choice of tasks", prediction.task_id) for prediction in predictions]
    by_lot = sorted(range(len(predictions)), key=lots.__getitem__)
    blind = by_lot[: min(ceil(explored * count), count)]
    left = by_lot[len(blind) :]
    best = sorted(left, key=lambda position: -predictions[position].chance)  # equal chances stay in their lots' order
    return sorted([*blind, *best[: count - len(blind)]])
