"""A sudoku with upright boxes is one with lying boxes, transposed."""

from random import Random

from generators.grids.sudoku import Instance, Params, canonical, make


def test_upright_boxes_make_the_same_problem_as_lying_ones() -> None:
    lying = make(Params(box_rows=2, box_columns=3, blanks=12), Random(1))
    other = make(Params(box_rows=2, box_columns=3, blanks=12), Random(2))
    upright = Instance(
        box_rows=3,
        box_columns=2,
        puzzle=tuple(zip(*lying.puzzle, strict=True)),
        solution=tuple(zip(*lying.solution, strict=True)),
    )
    assert canonical(upright) == canonical(lying) != canonical(other)
