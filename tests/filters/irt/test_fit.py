"""A scale that holds is said to hold; one that does not is named, by model."""

from collections.abc import Callable

import numpy as np
import pytest

from filters.irt.counts import Floats, Ints, counts_of
from filters.irt.fit import Fit, fit_of
from filters.irt.posterior import pass_rate
from filters.irt.scale import scale_of
from tests.filters.irt.simulated import Truth, truth


def checked(known: Truth, rates: Floats, seed: int = 0, samples: int = 4) -> Fit:
    asked = np.full(rates.shape, samples)
    solved = np.random.default_rng(seed + 100).binomial(asked, rates)
    counts = counts_of(solved, asked, known.cell.tolist())
    return fit_of(scale_of(counts), counts, counts, seed)


def test_where_the_scale_holds_it_is_said_to_hold() -> None:
    false_alarms = 0
    for seed in range(12):
        known = truth(tasks=800, models=3, seed=seed)
        fit = checked(known, known.rates, seed)
        false_alarms += int((~fit.holds).sum())
        assert fit.infit == pytest.approx(np.ones(3), abs=0.2)
        assert fit.outfit == pytest.approx(np.ones(3), abs=0.4)
        assert (fit.off < 0.06).all()
    assert false_alarms <= 1


VIOLATIONS: dict[str, Callable[[Truth], Floats]] = {
    "skilled in half of the cells": lambda known: shifted(known, 1.8 * (known.cell % 2 == 0)),
    "skilled in tasks of its own": lambda known: shifted(known, np.random.default_rng(0).normal(0, 1.8, 3000)),
    "answers much by chance": lambda known: with_second(
        known, pass_rate(0.25 * known.ability[1:2], 0.25 * known.difficulty)
    ),
}


def shifted(known: Truth, shift: Floats) -> Floats:
    return with_second(known, pass_rate(known.ability[1:2], known.difficulty - shift))


def with_second(known: Truth, rates: Floats) -> Floats:
    changed = known.rates.copy()
    changed[:, 1] = rates
    return changed


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_model_that_no_one_scale_describes_is_named(violation: str) -> None:
    known = truth(tasks=3000, models=4, seed=4)
    fit = checked(known, VIOLATIONS[violation](known))
    assert not fit.holds[1]
    assert (fit.infit[1] > 1.15) or (fit.off[1] > 0.05)
    assert fit.infit.argmax() == 1


def test_a_scale_from_a_rule_that_stops_by_the_results_fits_the_first_samples() -> None:
    for seed in range(3):
        known = truth(tasks=1500, models=3, seed=seed)
        solved, asked, first = stopped_when_sure(known)
        cells = known.cell.tolist()
        full, opening = counts_of(solved, asked, cells), counts_of(first, np.full(first.shape, 4), cells)
        fit = fit_of(scale_of(full), full, opening, seed)
        assert fit.holds.all()
        assert fit.infit == pytest.approx(np.ones(3), abs=0.12)


def test_the_same_seed_finds_the_same_and_a_model_without_results_holds() -> None:
    known = truth(tasks=300, models=3, seed=8)
    asked = np.full(known.rates.shape, 4)
    asked[:, 2] = 0
    solved = np.random.default_rng(0).binomial(asked, known.rates)
    counts = counts_of(solved, asked, known.cell.tolist())
    one, other = (fit_of(scale_of(counts), counts, counts, 5) for _ in range(2))
    assert one.infit.tobytes() == other.infit.tobytes()
    assert one.off.tobytes() == other.off.tobytes()
    assert one.holds[2]
    assert one.infit[2] == one.outfit[2] == 1


def stopped_when_sure(known: Truth) -> tuple[Ints, Ints, Ints]:
    """Fours until one outcome leads by half of the samples, at most 64; and the first four."""
    rng = np.random.default_rng(7)
    solved, asked = np.zeros(known.rates.shape, dtype=np.int64), np.zeros(known.rates.shape, dtype=np.int64)
    going, first = np.full(known.rates.shape, True), solved
    for turn in range(16):
        asked += 4 * going
        solved += rng.binomial(4, known.rates) * going
        first = solved.copy() if turn == 0 else first
        going &= np.abs(2 * solved - asked) < asked / 2
    return solved, asked, first
