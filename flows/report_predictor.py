"""What the report says of the predictor that chooses among candidates: how its predictions come true in this run."""

from collections.abc import Mapping

from filters.predictor import PredictorError
from filters.predictor.calibration import calibration, cross_fitted
from flows.config import RunConfig, predictor_config
from pipeline.reliability import Reliability
from pipeline.report.reliability import Predicted
from pipeline.store import Stage
from schemas import Difficulty, Task


def predicted_of(config: RunConfig, tasks: Stage[Task], graded: Stage[Difficulty]) -> Predicted | None:
    """Cross-fitted over the run's graded tasks, without readings; None where there is too little to learn from."""
    known = {each.task_id: each for each in graded.records() if each.samples}
    reached = [task for task in tasks.records() if task.id in known]
    difficulties = [known[task.id] for task in reached]
    try:
        found = calibration(cross_fitted(reached, difficulties, predictor_config(config), config.seed), difficulties)
    except PredictorError:
        return None
    parts = {"pass rates": found.pass_rates} | ({} if found.in_band is None else {"in band": found.in_band})
    return reliability_of(parts, "tasks")


def reliability_of(parts: Mapping[str, Reliability], unit: str) -> Predicted:
    """The plot of forecasts by name, and their scores; `unit` is what was forecast, one by one."""
    return Predicted(
        curves={name: [(each.forecast, each.observed, each.tasks) for each in own.bins] for name, own in parts.items()},
        scores={name: _scores(own, unit) for name, own in parts.items()},
    )


def _scores(own: Reliability, unit: str) -> str:
    return (
        f"Brier score {own.brier:.3f} ({own.brier_of_base_rate:.3f} by the mean alone), expected calibration error "
        f"{own.expected_error:.3f}, {own.tasks:,} {unit}"
    )
