"""Abilities and difficulties of planted models and tasks are found, with honest deviations, from any counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.irt import estimate as estimation
from filters.irt.counts import Counts, CountsError, Floats, Ints, counts_of
from filters.irt.posterior import Population, difficulty_grid, pass_rate, posteriors
from filters.irt.scale import Scale, scale_of
from tests.filters.irt.simulated import rank_correlation, tried, truth


def test_abilities_and_difficulties_are_found_within_their_stated_deviations() -> None:
    ability_scores, difficulty_scores = [], []
    for seed in range(12):
        known = truth(tasks=600, models=4, seed=seed)
        scale = scale_of(tried(known, 6, seed))
        ability_scores += list((scale.ability - known.ability) / scale.ability_sd)
        difficulty_scores += list((scale.difficulty - known.difficulty) / scale.difficulty_sd)
    assert 0.7 < np.std(ability_scores) < 1.4
    assert np.std(difficulty_scores) == pytest.approx(1.0, abs=0.06)
    assert np.mean(np.abs(difficulty_scores) < 1.96) == pytest.approx(0.95, abs=0.012)
    assert np.mean(difficulty_scores) == pytest.approx(0.0, abs=0.06)


def test_more_results_say_more() -> None:
    known = truth(tasks=500, models=3)
    few, many = scale_of(tried(known, 4)), scale_of(tried(known, 64))
    assert rank_correlation(many.difficulty, known.difficulty) > rank_correlation(few.difficulty, known.difficulty)
    assert (many.difficulty_sd < few.difficulty_sd).all()
    assert (many.ability_sd < few.ability_sd).all()


def test_the_covariance_is_that_of_the_curvature_by_finite_differences() -> None:
    counts = tried(truth(tasks=250, models=3, cells=2, seed=5), 4)
    grid = difficulty_grid(counts)
    found = estimation.estimate(counts, grid)
    free = counts.models + counts.populations
    at = np.concatenate([found.ability, found.population.mean])

    def log_posterior(where: Floats) -> float:
        ability, mean = where[: counts.models], where[counts.models :]
        population = Population(mean, found.population.sd)
        evidence = sum(float(block.evidence.sum()) for block in posteriors(counts, ability, population, grid))
        return evidence - float((where**2).sum()) / (2 * estimation.ABILITY_SD**2)

    steps = 1e-3 * np.eye(free)
    curvature = np.empty((free, free))
    for i, up in enumerate(steps):
        for j, right in enumerate(steps):
            along = log_posterior(at + up + right) + log_posterior(at - up - right)
            across = log_posterior(at + up - right) + log_posterior(at - up + right)
            curvature[i, j] = -(along - across) / 4e-6
    centred = np.eye(free)[:, 1:]
    centred[0, : counts.models - 1] = -1
    covariance = centred @ np.linalg.inv(centred.T @ curvature @ centred) @ centred.T
    assert scale_of(counts).covariance == pytest.approx(covariance[: counts.models, : counts.models], abs=1e-6)


def test_the_evidence_is_the_integral_of_the_likelihood() -> None:
    counts = Counts(np.array([[3, 0]]), np.array([[4, 2]]), np.array([0]))
    ability, population = np.array([0.7, -0.7]), Population(np.array([0.4]), np.array([1.1]))
    [block] = posteriors(counts, ability, population, difficulty_grid(counts))
    fine = np.linspace(-12, 12, 200_001)
    density = np.exp(-0.5 * ((fine - 0.4) / 1.1) ** 2) / (1.1 * np.sqrt(2 * np.pi))
    first, second = pass_rate(ability[:, None], fine)
    likelihood = first**3 * (1 - first) * (1 - second) ** 2
    assert block.evidence[0] == pytest.approx(np.log((density * likelihood).sum() * (fine[1] - fine[0])), abs=1e-8)


def test_a_rule_that_stops_by_the_results_biases_raw_rates_and_not_the_scale() -> None:
    """Sampling goes on in fours until three of four agree, so that lucky streaks end it early."""
    known = truth(tasks=4000, models=3, cells=1, seed=2)
    rng = np.random.default_rng(3)
    solved, asked = np.zeros(known.rates.shape, dtype=np.int64), np.zeros(known.rates.shape, dtype=np.int64)
    going = np.full(known.rates.shape, True)
    for _ in range(16):
        asked += 4 * going
        solved += rng.binomial(4, known.rates) * going
        going &= np.abs(2 * solved - asked) < asked - 1
    raw, middling = solved / asked, np.abs(known.rates - 0.65) < 0.1
    scale = scale_of(counts_of(solved, asked, known.cell.tolist()))
    assert abs((raw - known.rates)[middling].mean()) > 0.02
    assert (scale.rates - known.rates).mean() == pytest.approx(0.0, abs=0.004)
    assert (scale.difficulty - known.difficulty).mean() == pytest.approx(0.0, abs=0.05)
    inside = np.abs(scale.difficulty - known.difficulty) < 1.96 * scale.difficulty_sd
    assert inside.mean() == pytest.approx(0.95, abs=0.012)


def test_models_that_share_no_task_are_compared_by_the_cells_they_share() -> None:
    known = truth(tasks=1200, models=2, cells=2, seed=1)
    asked = np.zeros(known.rates.shape, dtype=np.int64)
    asked[::2, 0] = asked[1::2, 1] = 8
    apart, together = scale_of(tried(known, asked)), scale_of(tried(known, 8))
    assert np.abs(apart.ability - known.ability).max() < 4 * apart.ability_sd.max()
    assert apart.ability_sd.max() > 1.5 * together.ability_sd.max()


def test_a_model_without_results_moves_no_other_and_may_be_anywhere() -> None:
    known = truth(tasks=300, models=3)
    asked = np.full(known.rates.shape, 8)
    asked[:, 1] = 0
    counts = tried(known, asked)
    scale = scale_of(counts)
    assert scale.ability[1] == pytest.approx(0.0, abs=1e-3)
    assert scale.ability_sd[1] == pytest.approx(estimation.ABILITY_SD, rel=1e-3)
    without = scale_of(counts_of(counts.successes[:, ::2], counts.samples[:, ::2], known.cell.tolist()))
    assert scale.ability[::2] == pytest.approx(without.ability, abs=1e-3)
    assert scale.ability_sd[::2] == pytest.approx(without.ability_sd, abs=1e-3)
    assert scale.difficulty_sd == pytest.approx(without.difficulty_sd, abs=1e-3)


@pytest.mark.parametrize("score", [0, 5])
def test_what_nobody_or_everybody_solves_has_a_finite_place(score: int) -> None:
    asked = np.full((80, 2), 5)
    scale = scale_of(counts_of(np.full((80, 2), score), asked, ["a"] * 80))
    assert np.isfinite(scale.difficulty).all()
    assert np.sign(scale.difficulty.mean()) == (1 if score == 0 else -1)
    assert abs(scale.rates - score / 5).max() < 0.05
    assert scale.ability == pytest.approx([0, 0], abs=1e-6)


def test_small_groups_share_one_population() -> None:
    groups = ["big"] * 60 + ["small"] * 10 + ["tiny"] * 3
    ones = np.ones((73, 1), dtype=np.int64)
    cells = counts_of(ones, ones, groups).cells
    assert [len({*cells[part]}) for part in (slice(60), slice(60, 73))] == [1, 1]
    assert cells[0] != cells[60]


@pytest.mark.parametrize(
    ("solved", "asked", "groups", "message"),
    [
        ([[2]], [[1]], ["a"], "task 0, model 0: 2 successes of 1 samples"),
        ([[-1]], [[1]], ["a"], "task 0, model 0: -1 successes"),
        ([[1]], [[1]], ["a", "b"], "2 groups are no results"),
        ([[1, 1]], [[1]], ["a"], r"successes \(1, 2\), samples \(1, 1\)"),
    ],
)
def test_counts_that_no_results_can_be_are_refused(
    solved: list[list[int]], asked: list[list[int]], groups: list[str], message: str
) -> None:
    with pytest.raises(CountsError, match=message):
        counts_of(np.array(solved), np.array(asked), groups)


@st.composite
def any_counts(draw: st.DrawFn) -> tuple[Ints, Ints]:
    tasks, models = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    sizes = st.sampled_from([0, 0, 1, 4, 128, 1024])
    asked = [[draw(sizes) for _ in range(models)] for _ in range(tasks)]
    solved = [[draw(st.sampled_from([0, count // 2, count])) for count in row] for row in asked]
    return np.array(solved), np.array(asked)


@settings(max_examples=40, deadline=None)
@given(any_counts())
def test_any_counts_have_a_finite_scale_with_a_mean_ability_of_zero(results: tuple[Ints, Ints]) -> None:
    solved, asked = results
    counts = counts_of(solved, asked, [None] * len(asked))
    with np.errstate(all="raise", under="ignore"):
        scale = scale_of(counts)
    assert scale.settled
    assert scale.ability[counts.anchors].mean() == pytest.approx(0.0, abs=1e-9)
    assert np.isfinite(scale.difficulty).all()
    assert np.isfinite(scale.ability_sd).all()
    assert (scale.difficulty_sd > 0).all()
    assert ((scale.rates > 0) & (scale.rates < 1)).all()
    assert_same(scale, scale_of(counts))


@settings(max_examples=15, deadline=None)
@given(any_counts())
def test_the_order_of_models_and_tasks_does_not_matter(results: tuple[Ints, Ints]) -> None:
    solved, asked = results
    there = scale_of(counts_of(solved, asked, [None] * len(asked)))
    back = scale_of(counts_of(solved[::-1, ::-1], asked[::-1, ::-1], [None] * len(asked)))
    assert back.ability[::-1] == pytest.approx(there.ability, abs=2e-3)
    assert back.difficulty[::-1] == pytest.approx(there.difficulty, abs=5e-3)


def assert_same(one: Scale, other: Scale) -> None:
    assert one.ability.tobytes() == other.ability.tobytes()
    assert one.difficulty.tobytes() == other.difficulty.tobytes()
    assert one.difficulty_sd.tobytes() == other.difficulty_sd.tobytes()
