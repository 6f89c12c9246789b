import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.predictor import PredictorConfig, PredictorError, fitted, load_predictor, save_predictor
from schemas import Task
from tests.filters.predictor.planted import planted_difficulty, planted_rate, planted_task

CONFIG = PredictorConfig()
SEEN = [planted_task(index, seed=1) for index in range(400)]
MEASURED = [planted_difficulty(task) for task in SEEN]
NEW = [planted_task(index, seed=2) for index in range(600)]
RATES = np.array([planted_rate(task) for task in NEW])


@pytest.fixture(scope="module")
def predictor():
    return fitted(SEEN, MEASURED, CONFIG, seed=0)


def ranks(values):
    return np.argsort(np.argsort(values))


def test_planted_pass_rates_are_found_in_their_order_and_in_size(predictor):
    means = np.array([each.mean for each in predictor.predict(NEW)])
    assert np.corrcoef(ranks(means), ranks(RATES))[0, 1] > 0.9
    assert np.sqrt(np.mean((means - RATES) ** 2)) < 0.13


def test_the_chance_of_being_in_band_is_what_happens(predictor):
    chances = np.array([each.chance for each in predictor.predict(NEW)])
    in_band = (RATES >= 0.2) & (RATES <= 0.8)
    for low, high in ((0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.01)):
        here = (chances >= low) & (chances < high)
        assert here.sum() > 50
        assert abs(in_band[here].mean() - chances[here].mean()) < 0.13


def test_the_likeliest_in_band_are_in_band(predictor):
    chances = np.array([each.chance for each in predictor.predict(NEW)])
    in_band = (RATES >= 0.2) & (RATES <= 0.8)
    assert in_band.mean() < 0.55
    assert in_band[np.argsort(-chances)[:150]].mean() > 0.9


def test_words_are_read_where_they_matter():
    blind = fitted(SEEN, MEASURED, PredictorConfig(buckets=0), seed=0)
    reading = fitted(SEEN, MEASURED, CONFIG, seed=0)

    def error(predictor):
        return np.mean((np.array([each.mean for each in predictor.predict(NEW)]) - RATES) ** 2)

    assert error(reading) < 0.75 * error(blind)


def test_luck_that_no_feature_tells_widens_the_belief():
    spreads = []
    for noise in (0.0, 2.0):
        rates = [planted_rate(task, noise) for task in SEEN]
        measured = [planted_difficulty(task, 32, rate) for task, rate in zip(SEEN, rates, strict=True)]
        predictions = fitted(SEEN, measured, CONFIG, seed=0).predict(NEW)
        spreads.append(np.median([each.spread for each in predictions]))
    assert 1.6 < spreads[1] < 2.4
    assert spreads[0] < 0.5


def test_a_second_fit_is_the_same_to_the_bit(predictor):
    again = fitted(SEEN, MEASURED, CONFIG, seed=0)
    assert again.predict(NEW) == predictor.predict(NEW)


def test_a_prediction_does_not_depend_on_its_neighbours(predictor):
    whole = predictor.predict(NEW)
    assert [predictor.predict([task])[0] for task in NEW[:20]] == whole[:20]


def test_a_saved_predictor_predicts_the_same(predictor, tmp_path: Path):
    save_predictor(predictor, tmp_path / "predictor.safetensors")
    loaded = load_predictor(tmp_path / "predictor.safetensors")
    assert loaded.predict(NEW) == predictor.predict(NEW)
    save_predictor(loaded, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "predictor.safetensors").read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"\x80\x04not a predictor", b"\xff" * 64])
def test_a_file_that_holds_no_predictor_is_refused(tmp_path: Path, content):
    path = tmp_path / "predictor.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PredictorError, match="fit it again"):
        load_predictor(path)


def test_a_family_that_was_not_seen_is_predicted_with_less_certainty(predictor):
    unseen = [msgspec.structs.replace(task, family="numbers.unknown") for task in NEW]
    known, unknown = predictor.predict(NEW), predictor.predict(unseen)
    assert np.median([each.spread for each in unknown]) > 1.3 * np.median([each.spread for each in known])
    assert max(each.mean for each in unknown) < 0.9


def test_a_level_that_was_not_seen_goes_by_its_family(predictor):
    def mean(family):
        return np.mean([each.mean for each in predictor.predict([planted_task(i, 3, family, 9) for i in range(50)])])

    assert mean("letters.easy") > mean("letters.middle") > mean("letters.hard")


def test_parameters_off_the_ladder_are_cells_of_their_own():
    tasks = [msgspec.structs.replace(task, level=0, params={"size": index % 2}) for index, task in enumerate(SEEN)]
    measured = [planted_difficulty(task, 8, 0.1 + 0.8 * (index % 2)) for index, task in enumerate(tasks)]
    low, high = fitted(tasks, measured, CONFIG, seed=0).predict(tasks[:2])
    assert low.mean < 0.25 < 0.75 < high.mean


@pytest.mark.parametrize(("rate", "low", "high"), [(0.0, 0.0, 0.1), (1.0, 0.9, 1.0)])
def test_where_all_tasks_are_alike_so_are_the_predictions(rate, low, high):
    measured = [planted_difficulty(task, 8, rate) for task in SEEN]
    for each in fitted(SEEN, measured, CONFIG, seed=0).predict(NEW[:100]):
        assert low < each.mean < high
        assert each.chance < 0.2


def test_one_task_is_enough_to_begin_with():
    (one,) = fitted(SEEN[:1], MEASURED[:1], CONFIG, seed=0).predict(NEW[:1])
    assert 0.05 < one.mean < 0.95


def test_tasks_without_features_words_or_answers_are_predicted():
    bare = [msgspec.structs.replace(task, features={}, prompt=task.prompt[:0], answer="") for task in SEEN]
    means = [each.mean for each in fitted(bare, MEASURED, CONFIG, seed=0).predict(bare)]
    assert np.corrcoef(means, [planted_rate(task) for task in SEEN])[0, 1] > 0.6


def test_tasks_that_were_not_reached_are_not_learnt_from(predictor):
    unreached = [planted_task(index, seed=4) for index in range(20)]
    measured = [planted_difficulty(task, 0) for task in unreached]
    with_them = fitted([*SEEN, *unreached], [*MEASURED, *measured], CONFIG, seed=0)
    assert with_them.predict(NEW) == predictor.predict(NEW)
    with pytest.raises(PredictorError, match="roll some out first"):
        fitted(unreached, measured, CONFIG, seed=0)


def test_difficulties_of_other_tasks_or_of_several_models_are_refused():
    with pytest.raises(PredictorError, match="same order"):
        fitted(SEEN[:2], MEASURED[:2][::-1], CONFIG, seed=0)
    two = [MEASURED[0], msgspec.structs.replace(MEASURED[1], model="another")]
    with pytest.raises(PredictorError, match="several models"):
        fitted(SEEN[:2], two, CONFIG, seed=0)


@st.composite
def measured_tasks(draw: st.DrawFn) -> tuple[list[Task], list[float]]:
    count = draw(st.integers(1, 12))
    number = st.floats(-1e12, 1e12)
    tasks = [
        msgspec.structs.replace(
            planted_task(index, family=draw(st.sampled_from("abc")), level=draw(st.integers(0, 3))),
            answer=draw(st.text(max_size=5)),
            features=draw(st.dictionaries(st.sampled_from("xy"), number)),
        )
        for index in range(count)
    ]
    return tasks, draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=count, max_size=count))


@settings(max_examples=40, deadline=None)
@given(measured_tasks(), st.integers(1, 64))
def test_a_mean_is_within_and_a_chance_is_a_probability(planted, samples):
    tasks, rates = planted
    measured = [planted_difficulty(task, samples, rate) for task, rate in zip(tasks, rates, strict=True)]
    for each in fitted(tasks, measured, CONFIG, seed=0).predict([*tasks, planted_task(99)]):
        assert 0 < each.mean < 1
        assert 0 <= each.chance <= 1
        assert math.isfinite(each.centre)
        assert 0 < each.spread < math.inf
