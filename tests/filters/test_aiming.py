"""The yield of in-band tasks rises round by round towards that of the best cells, and no cell is given up."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.aiming import (
    Cell,
    CellKey,
    Evidence,
    apportioned,
    evidence,
    expected_yields,
    first_round,
    in_band,
    next_round,
)
from filters.beta import Beta, beta_cdf
from schemas import AimedCell, Decision, Difficulty


def cell(number: int, *, count: int = 10, level: int | None = None, place: float | None = None) -> Cell:
    level = number + 1 if level is None else level
    return Cell(
        source=0,
        family="f",
        level=level,
        params={"size": number},
        place=float(level) if place is None else place,
        count=count,
    )


def seen_by(rates: Mapping[int, tuple[int, float]]) -> dict[CellKey, Evidence]:
    """Evidence by cell number: tasks, all graded, and the share of them in the band."""
    return {
        cell(number).key: Evidence(made=made, once=made, graded=made, in_band=made * share, solved=made / 2)
        for number, (made, share) in rates.items()
    }


def difficulty(decision: Decision, successes: int = 0, samples: int = 8) -> Difficulty:
    return Difficulty(
        task_id="t",
        model="m",
        revision="r",
        successes=successes,
        samples=samples,
        failed_checks=0,
        mean=(successes + 0.5) / (samples + 1),
        low=0.0,
        high=1.0,
        band_low=0.2,
        band_high=0.8,
        decision=decision,
        error=0.0,
    )


def simulated(
    yields: Sequence[float], *, rounds: int, explore: float, count: int = 20, seed: int = 0
) -> tuple[list[AimedCell], list[float]]:
    """The rows of all rounds and the yield of each, for cells whose tasks fall in the band independently."""
    cells = [cell(number, count=count) for number in range(len(yields))]
    hits: dict[CellKey, tuple[int, int]] = {each.key: (0, 0) for each in cells}
    rows = plan = first_round(cells)
    shares = []
    for number in range(1, rounds + 1):
        rng = Random(f"{seed}/{number}")
        found = 0
        for row, each, chance in zip(plan, cells, yields, strict=True):
            own = sum(rng.random() < chance for _ in range(row.count))
            made, before = hits[each.key]
            hits[each.key] = made + row.count, before + own
            found += own
        shares.append(found / sum(row.count for row in plan))
        seen = {
            key: Evidence(made=made, once=made, graded=made, in_band=float(own), solved=made / 2)
            for key, (made, own) in hits.items()
        }
        plan = next_round(cells, rows, seen, explore)
        rows = [*rows, *plan] if number < rounds else rows
    return rows, shares


def test_the_yield_rises_round_by_round_to_near_that_of_the_best_cell() -> None:
    yields = [0.02, 0.1, 0.3, 0.7, 0.25, 0.05, 0.0, 0.0]
    runs = [simulated(yields, rounds=8, explore=0.1, seed=seed)[1] for seed in range(20)]
    means = [sum(shares) / len(runs) for shares in zip(*runs, strict=True)]
    assert means[0] == pytest.approx(sum(yields) / len(yields), abs=0.02)
    assert all(later > sooner for sooner, later in pairwise(means[:5]))
    attainable = 0.9 * max(yields) + 0.1 * sum(yields) / len(yields)
    assert min(means[5:]) > 0.9 * attainable
    assert min(shares[-1] for shares in runs) > 2 * means[0]


def test_every_cell_gets_its_floor_over_the_rounds_however_little_it_yields() -> None:
    rounds, explore = 10, 0.1
    rows, _ = simulated([0.0] * 19 + [0.9], rounds=rounds, explore=explore, count=2)
    floor = explore * 40 / 20  # tasks a round: one in five rounds
    for number in range(20):
        own = [row for row in rows if row.params == {"size": number}]
        later = sum(row.count for row in own if row.round > 1)
        assert later >= int(floor * (rounds - 1))


def test_a_dead_world_is_explored_evenly() -> None:
    rows, shares = simulated([0.0] * 4, rounds=5, explore=0.1)
    assert shares == [0.0] * 5
    assert {row.count for row in rows} == {20}


def test_a_cell_that_comes_alive_is_found_again() -> None:
    cells = [cell(0), cell(1)]
    dead, alive = cells[0].key, cells[1].key
    rows = first_round(cells)
    counts = {dead: (10, 0), alive: (10, 5)}
    for number in range(12):
        seen = {
            key: Evidence(made=made, once=made, graded=made, in_band=float(own), solved=0.0)
            for key, (made, own) in counts.items()
        }
        plan = next_round(cells, rows, seen, explore=0.2)
        rows = [*rows, *plan]
        for row, key, chance in zip(plan, (dead, alive), (1.0, 0.0) if number > 2 else (0.0, 0.5), strict=True):
            made, own = counts[key]
            counts[key] = made + row.count, own + round(row.count * chance)
    assert rows[-2].count > rows[-1].count


def test_a_stream_goes_on_where_it_stopped_and_nothing_is_made_twice() -> None:
    rows, _ = simulated([0.5, 0.1, 0.0], rounds=6, explore=0.1)
    for number in range(3):
        own = [row for row in rows if row.params == {"size": number}]
        assert [row.round for row in own] == [1, 2, 3, 4, 5, 6]
        assert own[0].start == 0
        assert [row.start for row in own[1:]] == [row.stop for row in own[:-1]]


def test_a_cell_that_repeats_itself_gets_less_than_a_fresh_one_of_the_same_yield() -> None:
    cells = [cell(0), cell(1)]
    full = Evidence(made=100, once=100, graded=100, in_band=50.0, solved=50.0)
    seen = {cells[0].key: full, cells[1].key: msgspec.structs.replace(full, once=30, graded=60, in_band=30.0)}
    fresh, stale = next_round(cells, first_round(cells), seen, explore=0.0)
    assert fresh.quota > 3 * stale.quota
    assert (fresh.fresh, stale.fresh) == (1.0, 0.3)


def test_a_cell_between_two_rungs_starts_with_the_better_ones_yield() -> None:
    between = cell(7, level=0, place=1.5)
    cells = [cell(0), cell(1), cell(2), between]
    yields = expected_yields(cells, seen_by({0: (100, 0.5), 1: (100, 0.2), 2: (100, 0.9)}))
    assert yields[3] == yields[0]
    known = expected_yields(cells, {**seen_by({0: (100, 0.5)}), between.key: Evidence(graded=1000, in_band=900.0)})
    assert known[3] == pytest.approx(0.9, abs=0.01)


def test_a_new_cell_joins_without_taking_tasks_from_the_count_of_a_round() -> None:
    cells = [cell(0), cell(1)]
    between = cell(7, level=0, place=1.5)
    plan = next_round([*cells, between], first_round(cells), seen_by({0: (10, 0.2), 1: (10, 0.2)}), explore=0.1)
    assert sum(row.count for row in plan) == 20
    assert plan[2].start == 0
    assert plan[2].count >= 6


def test_undecided_tasks_count_by_their_chance_and_unreached_ones_not_at_all() -> None:
    key = cell(0).key
    half = difficulty("undecided", successes=5, samples=8)
    chance = beta_cdf(Beta(5.5, 3.5), 0.8) - beta_cdf(Beta(5.5, 3.5), 0.2)
    assert in_band(half) == pytest.approx(chance)
    assert 0.5 < chance < 1
    graded = [difficulty("in_band", 4), difficulty("too_hard"), half, difficulty("undecided", samples=0)]
    found = evidence([(key, "a"), (key, "b"), (key, "b"), (key, "c")], [(key, each) for each in graded])
    assert found[key].graded == 3
    assert found[key].in_band == pytest.approx(1 + chance)
    assert (found[key].made, found[key].once) == (4, 2)
    assert found[key].fresh == 0.5


@settings(max_examples=200, deadline=None)
@given(
    wanted=st.lists(st.floats(-5, 50, allow_nan=False), min_size=1, max_size=12),
    total=st.integers(0, 500),
)
def test_apportioned_numbers_make_the_total_and_follow_the_wishes(wanted: list[float], total: int) -> None:
    counts = apportioned(wanted, total)
    assert sum(counts) == total
    assert min(counts) >= 0
    positive = sum(max(value, 0.0) for value in wanted)
    if positive > 1e-6:
        for value, count in zip(wanted, counts, strict=True):
            assert abs(count - max(value, 0.0) * total / positive) < 1 + 1e-6


@settings(max_examples=100, deadline=None)
@given(
    data=st.data(),
    size=st.integers(1, 6),
    explore=st.floats(0, 1),
    count=st.integers(1, 30),
)
def test_every_plan_makes_a_whole_round_whatever_the_evidence(
    data: st.DataObject, size: int, explore: float, count: int
) -> None:
    cells = [cell(number, count=count) for number in range(size)]
    rows = first_round(cells)
    for _ in range(3):
        seen = {}
        for each in cells:
            graded = data.draw(st.integers(0, 50))
            made = graded + data.draw(st.integers(0, 50))
            seen[each.key] = Evidence(
                made=made,
                once=data.draw(st.integers(0, made)),
                graded=graded,
                in_band=data.draw(st.floats(0, graded)),
                solved=0.0,
            )
        plan = next_round(cells, rows, seen, explore)
        assert sum(row.count for row in plan) == size * count
        assert sum(row.quota for row in plan) == pytest.approx(size * count)
        for row in plan:
            assert row.quota >= explore * count * (1 - 1e-9)
        rows = [*rows, *plan]
        for each in cells:
            own = [row for row in rows if row.params == each.params]
            assert abs(sum(row.quota - row.count for row in own)) < 2 * size
