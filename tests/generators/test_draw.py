"""Families that draw their problems: every rung has a picture or says that it is too large for one."""

import pytest

from generators.family import level_params, make_instance
from generators.registry import BUNDLED, family_named
from pipeline.report.drawing import Board, Network, drawn

DRAWING = [name for name in BUNDLED if family_named(name).draw is not None]


@pytest.mark.parametrize("name", DRAWING)
def test_the_first_and_a_late_rung_are_drawn_from_what_the_instance_gives(name: str) -> None:
    family = family_named(name)
    assert family.draw is not None
    for level in (1, len(family.levels) - 3):
        instance = make_instance(family, level_params(family, level), 5, 0)
        figures = family.draw(instance)
        assert all(len({len(row) for row in each.rows}) == 1 for each in figures if isinstance(each, Board))
        assert all(
            {a, b} <= set(each.places) for each in figures if isinstance(each, Network) for a, b, _ in each.links
        )
        picture = drawn(figures, family.title)
        assert picture is None or picture.count("<svg") == len(figures)


def test_a_sudoku_shows_its_given_numbers_and_no_other() -> None:
    family = family_named("grids.sudoku")
    assert family.draw is not None
    instance = make_instance(family, level_params(family, 3), 5, 0)
    (board,) = family.draw(instance)
    shown = [[int(cell.text or 0) for cell in row] for row in board.rows]
    assert shown == [list(row) for row in instance.puzzle]


def test_a_futoshiki_shows_each_sign_once_the_right_way_round() -> None:
    family = family_named("grids.futoshiki")
    assert family.draw is not None
    instance = make_instance(family, level_params(family, 4), 5, 0)
    (board,) = family.draw(instance)
    signs = {(r, c): cell.text for r, row in enumerate(board.rows) for c, cell in enumerate(row) if cell.look == "sign"}
    assert len(signs) == len(instance.less)
    solved = {(2 * r, 2 * c): number for r, row in enumerate(instance.solution) for c, number in enumerate(row)}
    for (r, c), sign in signs.items():
        before, after = (solved[r, c - 1], solved[r, c + 1]) if c % 2 else (solved[r - 1, c], solved[r + 1, c])
        assert (before < after) == (sign in "<∧")


def test_what_is_too_large_to_be_seen_is_not_drawn() -> None:
    places = tuple(map(str, range(40)))
    assert drawn([Network(places=places, links=(("0", "1", ""),))], "map") is None
    assert drawn([], "nothing") is None
