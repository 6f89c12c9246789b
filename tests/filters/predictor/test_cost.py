"""The benchmark's measure of what choosing by read answers finds, on chances that are planted."""

import numpy as np
import pytest

from benchmarks.predictor_cost import chosen_by, chosen_by_reading


def test_what_is_found_is_a_share_of_all_candidates_and_precision_one_of_the_chosen() -> None:
    kept, inside = [True, True, False, False], [True, False, True, False]
    assert chosen_by(kept, inside) == {"found": 0.25, "precision": 0.5}
    assert chosen_by([False] * 4, inside) == {"found": 0.0, "precision": 0.0}


def test_the_lowest_threshold_with_the_precision_is_taken_among_what_is_read() -> None:
    plain = np.array([0.9, 0.8, 0.7, 0.6, 0.1])
    by_reading = np.array([0.5, 0.95, 0.9, 0.2, 0.99])
    inside = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    whole = chosen_by_reading([(plain, by_reading, inside)], 1.0)
    assert (whole["found"], whole["precision"]) == pytest.approx((3 / 5, 3 / 4))
    assert (whole["found_at_its_word"], whole["precision_at_its_word"]) == pytest.approx((3 / 5, 3 / 5))
    part = chosen_by_reading([(plain, by_reading, inside)], 0.6)  # the last candidate is not read
    assert (part["found"], part["precision"]) == pytest.approx((2 / 5, 1.0))
    none = chosen_by_reading([(plain, by_reading, np.zeros(5))], 1.0)
    assert (none["found"], none["precision"]) == (0, 0)
