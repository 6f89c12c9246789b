"""Whether predictions come true: each task predicted by a fit that never saw it, and what then happened."""

from collections.abc import Mapping, Sequence

import msgspec

from filters.predictor.config import PredictorConfig
from filters.predictor.predictor import Prediction, PredictorError, fitted
from pipeline.reliability import Reliability, reliability
from pipeline.seeding import derived_seed
from schemas import Difficulty, Task

FOLDS = 5


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Of predicted `pass_rates` against rollouts, and of the chances of being `in_band` against decisions."""

    pass_rates: Reliability
    in_band: Reliability | None


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
    if not pairs:
        raise PredictorError("calibration is asked of tasks without a rollout: roll some out first")
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
