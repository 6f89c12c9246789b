"""What work took is written down beside the shards, start after start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.costs.ledger import costs_under, ledger_of, next_part, spent
from pipeline.costs.meter import all_cpu_seconds, metered
from pipeline.costs.record import CellCost, Cost, in_all


class Clock:
    """CPU seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_starts_of_a_piece_of_work_add_up_and_its_rows_are_the_last_ones(tmp_path: Path) -> None:
    clock = Clock()
    for _ in range(2):
        with metered(str(tmp_path), "tasks", "key", 3, clock) as meter:
            clock.now += 1.5
            meter.rows_out, meter.bytes, meter.rollouts = 10, 999, 4
    cost = costs_under(str(tmp_path), "tasks", "key")[3]
    assert (cost.starts, cost.cpu_seconds, cost.rows_out, cost.bytes, cost.rollouts) == (2, 3.0, 10, 999, 8)


def test_work_that_fails_or_is_killed_after_a_note_is_counted_all_the_same(tmp_path: Path) -> None:
    clock = Clock()

    def fails() -> None:
        with metered(str(tmp_path), "tasks", "key", 0, clock):
            clock.now += 2.0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    killed = metered(str(tmp_path), "tasks", "key", 1, clock)
    meter = killed.__enter__()  # and never left
    clock.now += 1.0
    meter.note()
    clock.now += 5.0  # never written down
    found = costs_under(str(tmp_path), "tasks", "key")
    assert [found[part].cpu_seconds for part in (0, 1)] == [2.0, 1.0]
    assert spent(str(tmp_path))["tasks"].cpu_seconds == 3.0


def test_what_passes_between_the_items_of_a_cell_counts_for_it(tmp_path: Path) -> None:
    clock = Clock()

    def items(each: float) -> Iterator[int]:
        for place in range(4):
            clock.now += each
            yield place

    with metered(str(tmp_path), "tasks", "key", 0, clock) as meter:
        for level, each in ((1, 0.25), (2, 1.0)):
            assert list(meter.of_cell("family", level, "", items(each))) == [0, 1, 2, 3]
    cells = costs_under(str(tmp_path), "tasks", "key")[0].cells
    assert cells == (
        CellCost(
            family="family",
            level=1,
            params="",
            rows=4,
            cpu_seconds=1.0,
            warm_rows=2,
            warm_seconds=0.5,
            warm_squares=0.125,
        ),
        CellCost(
            family="family",
            level=2,
            params="",
            rows=4,
            cpu_seconds=4.0,
            warm_rows=2,
            warm_seconds=2.0,
            warm_squares=2.0,
        ),
    )


def test_a_damaged_file_is_as_none_and_others_stay(tmp_path: Path) -> None:
    for part in (0, 1):
        with metered(str(tmp_path), "tasks", "key", part):
            pass
    folder = Path(ledger_of(str(tmp_path), "tasks", "key"))
    (folder / "00000.json").write_text("{")
    assert costs_under(str(tmp_path), "tasks", "key")[0] == Cost()
    assert next_part(str(folder)) == 2


def test_one_gpu_among_costs_is_told_of_all() -> None:
    assert in_all([Cost(starts=1), Cost(starts=1, device="cuda", wall_seconds=2.0)]) == Cost(
        starts=2, device="cuda", wall_seconds=2.0
    )


def test_cpu_seconds_of_this_process_never_go_back() -> None:
    first = all_cpu_seconds()
    sum(range(200_000))
    assert all_cpu_seconds() >= first
