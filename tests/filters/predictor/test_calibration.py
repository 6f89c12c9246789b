import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.predictor import PredictorConfig, PredictorError
from filters.predictor.calibration import calibration, cross_fitted
from pipeline.reliability import reliability
from tests.filters.predictor.planted import planted_difficulty, planted_rate, planted_task

TASKS = [planted_task(index, seed=5) for index in range(400)]
MEASURED = [planted_difficulty(task, 64) for task in TASKS]


@pytest.fixture(scope="module")
def predictions():
    return cross_fitted(TASKS, MEASURED, PredictorConfig(), seed=0)


def test_planted_tasks_are_forecast_reliably(predictions):
    found = calibration(predictions, MEASURED)
    assert found.pass_rates.expected_error < 0.05
    assert found.in_band is not None
    assert found.in_band.expected_error < 0.1
    assert found.in_band.brier < 0.75 * found.in_band.brier_of_base_rate


def test_forecasts_that_are_too_sure_are_found_out(predictions):
    sure = [msgspec.structs.replace(each, chance=float(each.chance > 0.5)) for each in predictions]
    found, honest = calibration(sure, MEASURED).in_band, calibration(predictions, MEASURED).in_band
    assert found is not None
    assert honest is not None
    assert found.expected_error > 1.5 * honest.expected_error


def test_no_task_is_predicted_from_its_own_rollouts(predictions):
    """Another outcome for one task leaves its own prediction as it was, and changes others."""
    other = list(MEASURED)
    other[7] = planted_difficulty(TASKS[7], 64, 1 - planted_rate(TASKS[7]))
    changed = cross_fitted(TASKS, other, PredictorConfig(), seed=0)
    assert changed[7] == predictions[7]
    assert changed != predictions


def test_one_problem_in_two_styles_is_in_one_fold():
    twins = [msgspec.structs.replace(task, id=f"twin of {task.id}") for task in TASKS[:100]]
    solved = [planted_difficulty(twin, 64, 1.0) for twin in twins]
    failed = [planted_difficulty(task, 64, 0.0) for task in TASKS[:100]]
    both = cross_fitted([*TASKS[:100], *twins], [*failed, *solved], PredictorConfig(), seed=0)
    assert np.mean([each.mean for each in both[:100]]) == pytest.approx(np.mean([each.mean for each in both[100:]]))


def test_a_single_task_cannot_be_held_out():
    with pytest.raises(PredictorError, match="roll some out first"):
        cross_fitted(TASKS[:1], MEASURED[:1], PredictorConfig(), seed=0)


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 9), st.integers(0, 9)).filter(lambda each: each[1] + each[2] > 0),
        min_size=1,
        max_size=40,
    )
)
def test_bins_hold_every_task_once_and_errors_are_shares(outcomes):
    found = reliability([f for f, _, _ in outcomes], [s for _, s, _ in outcomes], [s + n for _, s, n in outcomes])
    assert sum(each.tasks for each in found.bins) == found.tasks == len(outcomes)
    assert 0 <= found.expected_error <= 1
    assert 0 <= found.brier <= 1
    for each in found.bins:
        assert each.low <= each.forecast + 1e-12
        assert each.forecast <= each.high + 1e-12
        assert 0 <= each.observed <= 1


def test_true_forecasts_have_no_calibration_error():
    found = reliability([0.25, 0.75], [1, 3], [4, 4])
    assert found.expected_error == 0
    assert found.brier == pytest.approx(0.25 * 0.75)


def test_forecasts_without_outcomes_are_refused():
    with pytest.raises(ValueError):
        reliability([], [], [])
    with pytest.raises(ValueError):
        reliability([0.5], [1, 1], [1, 1])
