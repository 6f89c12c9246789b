"""Wrong labels: planted flips are found by votes and by doubt, and models that review each other learn more."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.preferences.noise import (
    Array,
    ReviewConfig,
    VoteConfig,
    losses,
    peer_review,
    preference_weights,
    votes,
)

VOTES = VoteConfig()


def judged(seed: int, judges: int = 4, pairs: int = 500, noise: float = 0.2) -> tuple[Array, Any]:
    """Margins of judges, each with a scale and errors of its own, for pairs of which some labels are flipped."""
    rng = np.random.default_rng(seed)
    quality = np.abs(rng.normal(1.0, 0.5, pairs))
    flipped = rng.random(pairs) < noise
    seen = quality * np.where(flipped, -1, 1) + rng.normal(0, 0.6, (judges, pairs))
    return seen * rng.uniform(0.2, 5.0, (judges, 1)), flipped


def test_of_a_fifth_flipped_labels_most_are_found_and_few_others_are() -> None:
    margins, flipped = judged(0)
    fates = np.array([vote.fate for vote in votes(margins.tolist(), VOTES)])
    found = fates == "flip"
    assert (found & flipped).sum() / found.sum() > 0.95
    assert (found & flipped).sum() / flipped.sum() > 0.75
    assert flipped[fates == "keep"].mean() < 0.02
    assert (fates == "keep").mean() > 0.6


def test_a_tie_is_what_judges_agree_on_and_a_dispute_is_dropped() -> None:
    margins = [[1.0, -1.0, 0.05, 3.0], [1.0, -1.0, -0.05, -3.0]]
    assert [vote.fate for vote in votes(margins, VOTES)] == ["keep", "flip", "tie", "drop"]


@given(st.integers(1, 5), st.lists(st.floats(-5, 5), max_size=12), st.floats(0.1, 100))
def test_a_judges_scale_does_not_matter_and_every_pair_has_a_fate(
    judges: int, margins: list[float], scale: float
) -> None:
    rng = np.random.default_rng(judges)
    told = [[margin + float(rng.normal()) for margin in margins] for _ in range(judges)]
    scaled = [[margin * scale for margin in told[0]], *told[1:]]
    first, second = votes(told, VOTES), votes(scaled, VOTES)
    assert len(first) == len(margins)
    assert np.allclose([vote[:2] for vote in first], [vote[:2] for vote in second])


def test_judges_who_say_nothing_make_ties_and_no_judges_are_refused() -> None:
    assert {vote.fate for vote in votes([[0.0, 0.0]], VOTES)} == {"tie"}
    with pytest.raises(ValueError, match="one row a judge"):
        votes([], VOTES)


def pairs(seed: int, noise: float, count: int = 600, features: int = 10) -> tuple[Array, Any, Array]:
    """Differences of features with some labels flipped, which are, and clean ones to test on."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(size=features)

    def clean(count: int) -> Array:
        drawn = rng.normal(size=(count, features))
        made: Array = drawn * np.sign(drawn @ worth)[:, None]
        return made

    learnt, test = clean(count), clean(2000)
    flipped = rng.random(count) < noise
    return np.where(flipped[:, None], -learnt, learnt), flipped, test


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.2, 0.3, 0.4])
def test_models_that_review_each_other_are_no_worse_than_one_at_any_noise(noise: float) -> None:
    single, reviewed = [], []
    for seed in range(8):
        learnt, _, test = pairs(seed, noise)
        single.append(np.mean(test @ preference_weights(learnt, 1.0) > 0))
        reviewed.append(np.mean(peer_review(learnt, ReviewConfig(noise=noise, seed=seed)).margins(test) > 0))
    assert np.mean(reviewed) >= np.mean(single)
    assert np.mean(reviewed) > np.mean(single) + 0.01 or noise in (0.0, 0.4)


def test_what_both_doubt_most_is_flipped() -> None:
    learnt, flipped, _ = pairs(0, 0.2)
    told = peer_review(learnt, ReviewConfig(noise=0.2))
    doubted = np.argsort(-told.doubts)[: flipped.sum()]
    assert flipped[doubted].mean() > 0.8


def test_a_review_repeats_and_too_few_pairs_are_told() -> None:
    learnt, _, _ = pairs(3, 0.2)
    one, two = (peer_review(learnt, ReviewConfig(noise=0.2, seed=5)) for _ in range(2))
    assert np.array_equal(one.weights, two.weights)
    assert not np.array_equal(one.weights[0], one.weights[1])
    with pytest.raises(ValueError, match="at least four pairs"):
        peer_review(learnt[:3], ReviewConfig(noise=0.2))


def test_the_weights_are_where_the_penalised_loss_is_least() -> None:
    learnt, _, _ = pairs(1, 0.3, count=80, features=3)
    weights = preference_weights(learnt, 1.0)
    least = losses(learnt, weights).sum() + weights @ weights / 2
    for step in np.vstack([np.eye(3), -np.eye(3)]) * 1e-3:
        moved = weights + step
        assert losses(learnt, moved).sum() + moved @ moved / 2 > least
