import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.predictor import Prediction, PredictorError, chosen


def predictions(chances: list[float]) -> list[Prediction]:
    return [
        Prediction(task_id=f"{i}", mean=0.5, chance=chance, centre=0.0, spread=1.0) for i, chance in enumerate(chances)
    ]


def test_without_exploring_the_likeliest_are_chosen():
    assert chosen(predictions([0.1, 0.9, 0.5, 0.7]), 2, explored=0.0, seed=0) == [1, 3]


def test_the_explored_share_is_drawn_from_all_alike():
    candidates = predictions([1.0] * 20 + [0.0] * 80)
    blind = [set(chosen(candidates, 20, explored=0.25, seed=seed)) - set(range(20)) for seed in range(200)]
    mean = sum(map(len, blind)) / len(blind)
    assert 3.5 < mean < 4.5, "5 of 20 are drawn, and 4 of 5 draws fall on the hopeless 80"
    assert set().union(*blind) == set(range(20, 100)), "each of them has its turn"


def test_equal_chances_are_drawn_by_lot():
    first = chosen(predictions([0.5] * 30), 3, explored=0.0, seed=0)
    assert first != [0, 1, 2]
    assert first != chosen(predictions([0.5] * 30), 3, explored=0.0, seed=1)


@given(st.lists(st.floats(0, 1), max_size=30), st.integers(0, 40), st.floats(0, 1), st.integers(0, 9))
def test_as_many_as_wanted_are_chosen_each_once(chances, count, explored, seed):
    found = chosen(predictions(chances), count, explored, seed)
    assert len(found) == min(count, len(chances))
    assert found == sorted(set(found))
    assert set(found) <= set(range(len(chances)))


@pytest.mark.parametrize(("count", "explored"), [(-1, 0.0), (1, 1.5), (1, -0.1)])
def test_what_makes_no_sense_is_refused(count, explored):
    with pytest.raises(PredictorError):
        chosen(predictions([0.5]), count, explored, seed=0)
