"""Candidates by sense: exactly those that comparing all with all finds, in blocks, in groups, in cells, on a GPU."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dedup import cells, semantic
from dedup.candidates import Pairs, merged
from dedup.cells import cell_count, cell_pairs, cells_of, centres, sampled
from dedup.semantic import gpus, near_between, near_pairs

Found = dict[tuple[int, int], float]


def clustered(count: int, size: int = 32, seed: int = 0) -> NDArray[np.float32]:
    """Vectors of length 1 in many small heaps, as texts of templates are."""
    draws = np.random.default_rng(seed)
    middles = draws.normal(size=(max(1, count // 10), size))
    vectors = middles[draws.integers(len(middles), size=count)] + 0.35 * draws.normal(size=(count, size))
    told: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return told


def found(told: Pairs) -> Found:
    return dict(zip(zip(told.one.tolist(), told.other.tolist(), strict=True), told.score.tolist(), strict=True))


def by_hand(vectors: NDArray[np.float32], least: float, groups: NDArray[np.int64] | None = None) -> Found:
    scores = np.round(vectors.astype(np.float64) @ vectors.T.astype(np.float64), 4)
    same = np.ones_like(scores, dtype=bool) if groups is None else groups[:, None] == groups[None, :]
    return {(a, b): scores[a, b] for a, b in zip(*np.nonzero(np.triu(same & (scores >= least), 1)), strict=True)}


def alike(told: Found, wanted: Found, least: float) -> bool:
    """Equal but for what lies on the threshold, by the rounding of another order of sums."""
    apart = {pair for pair in told.keys() ^ wanted.keys()}
    close = all(abs((told | wanted)[pair] - least) < 2e-4 for pair in apart)
    return close and all(abs(told[pair] - wanted[pair]) < 2e-4 for pair in told.keys() & wanted.keys())


@pytest.mark.parametrize("count", [1, 2, 500, 3000])
def test_every_pair_above_the_threshold_is_found_and_no_other(count: int) -> None:
    vectors = clustered(count)
    assert alike(found(near_pairs(vectors, 0.8, 200)), by_hand(vectors, 0.8), 0.8)


def test_blocks_and_the_library_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = clustered(900)
    whole = found(near_pairs(vectors, 0.8, 200))
    monkeypatch.setattr(semantic, "_BLOCK", 64)
    monkeypatch.setattr(semantic, "_BY_MATMUL", 16)  # the rest by faiss
    assert alike(found(near_pairs(vectors, 0.8, 200)), whole, 0.8)


def test_pairs_of_groups_are_those_of_all_that_are_in_one_group() -> None:
    vectors = clustered(2500)
    groups = np.random.default_rng(1).integers(0, 40, size=2500)
    assert alike(found(near_pairs(vectors, 0.8, 200, groups)), by_hand(vectors, 0.8, groups), 0.8)


def test_of_many_equal_vectors_each_has_few_neighbours_the_first_by_place() -> None:
    vectors = np.tile(clustered(1), (50, 1))
    told = found(near_pairs(vectors, 0.9, 3))
    assert len(told) <= 50 * 4
    assert {(0, 1), (0, 2), (0, 3)} <= told.keys()
    assert told == found(near_pairs(vectors, 0.9, 3))


def test_asked_vectors_are_not_among_those_looked_through() -> None:
    vectors = clustered(300)
    rows, places, scores = near_between(vectors[:5], vectors[5:], -1.0, 2)
    assert rows.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    wanted = np.sort(vectors[:5] @ vectors[5:].T, axis=1)[:, :-3:-1]
    assert scores.reshape(5, 2) == pytest.approx(wanted, abs=2e-4)
    assert (places < 295).all()
    assert [len(each) for each in near_between(vectors[:0], vectors, 0.0, 2)] == [0, 0, 0]
    assert [len(each) for each in near_between(vectors, vectors[:0], 0.0, 2)] == [0, 0, 0]


@pytest.fixture(scope="module")
def in_cells() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    vectors = clustered(6000, seed=3)
    return vectors, centres(vectors[sampled(6000, 12, seed=5)], 12, seed=5)


@pytest.mark.parametrize("grouped", [False, True])
def test_cells_find_nearly_all_pairs_and_no_wrong_one(
    in_cells: tuple[NDArray[np.float32], NDArray[np.float32]], grouped: bool
) -> None:
    vectors, middle = in_cells
    groups = np.random.default_rng(2).integers(0, 3, size=6000) if grouped else None
    own = cells_of(vectors, middle)
    told = found(merged([cell_pairs(cell, own, vectors, 0.8, 200, groups) for cell in range(12)]))
    wanted = by_hand(vectors, 0.8, groups)
    assert all(wanted.get(pair, 0.8) == pytest.approx(score, abs=2e-4) for pair, score in told.items())
    assert len(told.keys() & wanted.keys()) >= 0.98 * len(wanted)


def test_a_pair_across_a_border_needs_a_second_cell(in_cells: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    vectors, middle = in_cells
    first, third = (
        sum(len(cell_pairs(cell, own, vectors, 0.8, 200)) for cell in range(12))
        for own in (cells_of(vectors, middle, 1), cells_of(vectors, middle, 3))
    )
    assert first < third


def test_cells_are_the_same_for_one_seed_and_others_for_another(
    in_cells: tuple[NDArray[np.float32], NDArray[np.float32]], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, middle = in_cells
    sample = vectors[sampled(6000, 12, seed=5)]
    assert (centres(sample, 12, seed=5) == middle).all()
    assert not (centres(sample, 12, seed=6) == middle).all()
    assert np.linalg.norm(middle, axis=1) == pytest.approx(np.ones(12), abs=1e-4)
    whole = cells_of(vectors, middle)
    monkeypatch.setattr(cells, "_BLOCK", 1000)
    assert (cells_of(vectors, middle) == whole).all()
    assert cells_of(vectors[:0], middle).shape == (0, 6)


def test_so_many_cells_as_keep_one_small() -> None:
    assert cell_count(1) == 1
    assert cell_count(1_000_000) == 500


@pytest.mark.skipif(not gpus(), reason="the installed faiss sees no GPU")
def test_a_gpu_finds_the_same_pairs() -> None:
    vectors = clustered(5000, 384)
    assert alike(found(near_pairs(vectors, 0.8, 64)), by_hand(vectors, 0.8), 0.8)
