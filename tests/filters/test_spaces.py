"""Tasks as points: equal where they are equal, near where they are alike, and in cells that hold what lies together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.spaces import kinds_of, nearest_distances, word_vectors
from pipeline.report.projection import projected


@given(st.lists(st.tuples(st.text(max_size=40), st.dictionaries(st.sampled_from("abc"), st.floats(-9, 9))), max_size=8))
def test_any_tasks_have_vectors_of_length_1_at_most_and_equal_ones_equal_vectors(
    tasks: list[tuple[str, dict[str, float]]],
) -> None:
    texts, features = [text for text, _ in tasks] * 2, [own for _, own in tasks] * 2
    vectors = word_vectors(texts, features)
    assert np.isfinite(vectors).all()
    assert ((vectors**2).sum(axis=1) <= 1 + 1e-9).all()
    assert (vectors[: len(tasks)] == vectors[len(tasks) :]).all()


def test_other_numbers_are_the_same_words_and_other_words_are_far() -> None:
    texts = ["What is 12 + 30?", "What is 71 + 46?", "Sort the letters of this word.", "What is 1 + 30?"]
    near, same, far, other_length = nearest_distances(word_vectors(texts, [{}] * 4))
    assert near == same == pytest.approx(0)
    assert 0.02 < other_length < 0.2 < far


def test_the_nearest_distance_is_one_less_the_cosine_for_vectors_of_length_1() -> None:
    vectors = np.random.default_rng(1).standard_normal((1200, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = vectors @ vectors.T - 3 * np.eye(len(vectors))
    assert nearest_distances(vectors) == pytest.approx(1 - cosines.max(axis=1), abs=1e-9)


def test_cells_hold_what_lies_together_and_are_the_same_again() -> None:
    rng = np.random.default_rng(2)
    middles = np.eye(6)
    home = rng.integers(0, 6, 300)
    points = middles[home] + 0.01 * rng.standard_normal((300, 6))
    cells = kinds_of(points, 9)
    for cell in set(cells.tolist()):
        assert len(set(home[cells == cell].tolist())) == 1
    assert (kinds_of(points, 9) == cells).all()
    assert kinds_of(points[:7], 9).tolist() == [0] * 7


def test_a_plane_is_shown_whole_and_a_single_point_has_a_place() -> None:
    rng = np.random.default_rng(3)
    plane = rng.standard_normal((40, 2)) @ rng.standard_normal((2, 9))
    places, held = projected(plane)
    assert held == pytest.approx(1)
    assert np.abs(places).max(axis=0) == pytest.approx([1, 1])
    assert projected(plane[:1])[0].tolist() == [[0, 0]]
    assert projected(np.ones((5, 3))) == (pytest.approx(np.zeros((5, 2))), 1.0)
