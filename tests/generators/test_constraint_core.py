"""The constraint core: solutions, clues and effort follow from the rules and the generator alone."""

import os
import threading
from collections.abc import Iterator, Sequence
from itertools import permutations, product
from random import Random

import pytest

from generators.cores.constraint import (
    Clue,
    Fact,
    Related,
    Rules,
    broken,
    effort,
    holds,
    is_only_solution,
    random_solution,
    reduced,
)
from generators.cores.constraint import solver as solver_module
from generators.cores.constraint.formulas import COUNTING, LOGICAL, Formula, is_true, truth_table
from generators.cores.constraint.solver import Solver, solver_of
from generators.family import make_task
from generators.grids import futoshiki, sudoku
from generators.logic import zebra

FAMILIES = [(sudoku.FAMILY, 7), (futoshiki.FAMILY, 6), (zebra.FAMILY, 5)]


def small_rules() -> Rules:
    """Three variables of three values that differ, and two more that are free, with relations of one to three ends."""
    return Rules(
        sizes=(3, 3, 3, 2, 4),
        different=((0, 1, 2),),
        relations={
            "less": frozenset((a, b) for a, b in product(range(4), repeat=2) if a < b),
            "small": frozenset({(0,), (1,)}),
            "sum": frozenset((a, b, c) for a, b, c in product(range(4), repeat=3) if a + b == c),
        },
    )


def clues_of(rules: Rules) -> list[Clue]:
    variables = range(len(rules.sizes))
    facts: list[Clue] = [Fact(variable, value) for variable in variables for value in range(rules.sizes[variable])]
    for name, ends in (("less", 2), ("small", 1), ("sum", 3)):
        facts += [Related(name, chosen) for chosen in permutations(variables, ends)]
    return facts


def solutions_of(rules: Rules, clues: Sequence[Clue]) -> list[tuple[int, ...]]:
    return [values for values in product(*map(range, rules.sizes)) if broken(rules, clues, values) is None]


def test_the_solver_agrees_with_enumeration_on_every_clue_and_its_denial() -> None:
    rules, rng = small_rules(), Random(1)
    solver = solver_of(rules)
    clues = clues_of(rules)
    for _ in range(300):
        held, denied = rng.sample(clues, 3), rng.sample(clues, 1)
        assumed = [solver.literals(clue).holds for clue in held] + [solver.literals(clue).fails for clue in denied]
        fitting = [v for v in solutions_of(rules, held) if not any(holds(rules, clue, v) for clue in denied)]
        assert solver.possible(assumed) == bool(fitting)


def test_a_faulty_assignment_is_told_by_the_group_or_clue_that_it_breaks() -> None:
    rules = small_rules()
    fault = broken(rules, [], (0, 1, 1, 0, 0))
    assert fault is not None
    assert fault.group == (0, 1, 2)
    fault = broken(rules, [Fact(3, 0), Related("less", (1, 0))], (0, 1, 2, 0, 0))
    assert fault is not None
    assert (fault.group, fault.clue) == ((), 1)
    assert broken(rules, [Fact(3, 0), Related("sum", (0, 1, 1))], (0, 1, 2, 0, 0)) is None


def test_random_solutions_keep_the_rules_and_come_from_the_generator_alone() -> None:
    for rules in (sudoku.rules_of(2, 3), sudoku.rules_of(3, 3), futoshiki.rules_of(7), small_rules()):
        made = [random_solution(rules, Random(seed)) for seed in range(20)]
        assert all(broken(rules, [], solution) is None for solution in made)
        assert made == [random_solution(rules, Random(seed)) for seed in range(20)]
        assert len({tuple(solution) for solution in made}) > 10


def test_every_4x4_sudoku_solution_can_come_up() -> None:
    rules = sudoku.rules_of(2, 2)
    made = {tuple(random_solution(rules, Random(seed))) for seed in range(4000)}
    assert len(made) == 288


def test_reduced_clues_are_what_taking_them_away_one_by_one_would_leave() -> None:
    rules = sudoku.rules_of(2, 2)
    every = {tuple(random_solution(rules, Random(seed))) for seed in range(4000)}
    for seed in range(40):
        rng = Random(seed)
        solution = random_solution(rules, rng)
        facts = [Fact(cell, value) for cell, value in enumerate(solution)]
        rng.shuffle(facts)
        most = rng.choice([3, 8, 16])
        kept = set(facts)
        for fact in facts:
            fewer = kept - {fact}
            fitting = [grid for grid in every if all(grid[cell] == value for cell, value in fewer)]
            if len(fitting) == 1 and len(facts) - len(fewer) <= most:
                kept = fewer
        assert set(reduced(rules, solution, facts, most=most)) == kept


def test_reduced_clues_of_relations_are_minimal_and_single_out_the_solution() -> None:
    rules = small_rules()
    for seed in range(30):
        rng = Random(seed)
        solution = random_solution(rules, rng)
        true = [clue for clue in clues_of(rules) if holds(rules, clue, solution)]
        rng.shuffle(true)
        left = reduced(rules, solution, true)
        assert solutions_of(rules, left) == [tuple(solution)]
        assert is_only_solution(rules, left, solution)
        for clue in left:
            fewer = [other for other in left if other != clue]
            assert len(solutions_of(rules, fewer)) > 1
            assert not is_only_solution(rules, fewer, solution)


def test_a_solution_that_breaks_a_clue_is_not_the_only_one() -> None:
    rules = sudoku.rules_of(2, 2)
    solution = random_solution(rules, Random(0))
    facts = [Fact(cell, value) for cell, value in enumerate(solution)]
    assert is_only_solution(rules, facts, solution)
    assert not is_only_solution(rules, [Fact(0, (solution[0] + 1) % 4), *facts[1:]], solution)


@pytest.mark.parametrize(("family", "level"), FAMILIES, ids=lambda value: getattr(value, "name", ""))
def test_what_a_solver_did_before_never_reaches_a_task(family: object, level: int) -> None:
    """The same items from a fresh solver each, from one that made many others, in another order, thread and process."""
    indices = list(range(8))
    fresh = []
    for index in indices:
        solver_module._cached.__dict__.clear()
        fresh.append(task(family, level, index))
    for other in range(100, 130):
        task(family, level, other)
    assert [task(family, level, index) for index in reversed(indices)] == fresh[::-1]

    from_threads: dict[int, list[object]] = {}
    threads = [
        threading.Thread(target=lambda at=at: from_threads.update({at: [task(family, level, i) for i in indices]}))
        for at in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [*from_threads.values()] == [fresh] * 3

    child = os.fork()
    if not child:
        os._exit(0 if [task(family, level, index) for index in indices] == fresh else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [task(family, level, index) for index in indices] == fresh


def task(family: object, level: int, index: int) -> object:
    return make_task(family, level=level, seed=5, index=index)  # type: ignore[arg-type]


def test_a_solver_with_many_idle_clues_is_compiled_anew() -> None:
    rules = zebra.rules_of(5, 5)
    before = solver_of(rules)
    for pair in permutations(range(25), 2):
        before.literals(Related("left", pair))
    after = solver_of(rules)
    assert before.full
    assert after is not before
    assert isinstance(after, Solver)
    assert solver_of(rules) is after


def test_effort_counts_guesses_only_where_deduction_stops() -> None:
    rules = sudoku.rules_of(2, 2)
    solution = random_solution(rules, Random(3))
    facts = [Fact(cell, value) for cell, value in enumerate(solution)]
    assert effort(rules, facts) == (0, 0)
    assert effort(rules, facts[1:]) == (0, 0)
    assert effort(rules, []).guessed > 0
    sums = Rules(sizes=(3, 3), different=(), relations={"four": frozenset({(2, 2)})})
    assert effort(sums, [Related("four", (0, 1))]) == (0, 0)


def test_effort_of_a_hard_puzzle_is_bounded_and_repeatable() -> None:
    rules = sudoku.rules_of(4, 4)
    assert effort(rules, [Fact(0, 0)]).guessed <= 200
    assert effort(rules, [Fact(0, 0)]) == effort(rules, [Fact(0, 0)])


def formulas(rng: Random, variables: int, depth: int) -> Formula:
    if depth == 0:
        return Formula("is", variables=(rng.randrange(variables),))
    op = rng.choice(LOGICAL + COUNTING)
    if op in COUNTING:
        group = rng.sample(range(variables), rng.randint(1, variables))
        return Formula(op, variables=tuple(group), number=rng.randint(0, len(group)))
    return Formula(op, tuple(formulas(rng, variables, depth - 1) for _ in range(1 if op == "not" else 2)))


def test_a_truth_table_holds_the_truth_of_the_tree_in_every_assignment() -> None:
    rng = Random(2)
    for _ in range(200):
        count = rng.randint(1, 5)
        formula = formulas(rng, count, rng.randint(0, 3))
        table = truth_table(formula, count)
        for bits in range(2**count):
            assert bool(table >> bits & 1) == is_true(formula, [bool(bits >> i & 1) for i in range(count)])
        assert table < 1 << 2**count


def test_4x4_sudoku_squares_are_two_problems_and_3x3_futoshiki_squares_as_many_as_their_orbits() -> None:
    """Two essentially different 4x4 grids are known; the orbits of the twelve Latin squares are counted here."""
    grids = {tuple(random_solution(sudoku.rules_of(2, 2), Random(seed))) for seed in range(4000)}
    forms = set()
    for grid in grids:
        rows = tuple(tuple(value + 1 for value in grid[start : start + 4]) for start in range(0, 16, 4))
        forms.add(sudoku.canonical(sudoku.Instance(box_rows=2, box_columns=2, puzzle=rows, solution=rows)))
    assert len(forms) == 2

    squares = {tuple(random_solution(futoshiki.rules_of(3), Random(seed))) for seed in range(400)}
    assert len(squares) == 12
    forms, orbits = set(), set()
    for square in squares:
        rows = tuple(tuple(value + 1 for value in square[start : start + 3]) for start in range(0, 9, 3))
        forms.add(futoshiki.canonical(futoshiki.Instance(puzzle=rows, less=(), solution=rows)))
        orbits.add(frozenset(images(rows)))
    assert len(forms) == len(orbits)


def images(rows: tuple[tuple[int, ...], ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    for _ in range(4):
        rows = tuple(zip(*rows[::-1], strict=True))
        for image in (rows, rows[::-1]):
            yield image
            yield tuple(tuple(4 - number for number in row) for row in image)
