"""Clues that leave one solution: taken away in order while they do, and the proof that they do."""

from collections.abc import Sequence
from typing import TypeVar

from generators.cores.constraint.rules import Clue, Fact, Related, Rules
from generators.cores.constraint.solver import Literals, Solver, solver_of

ClueT = TypeVar("ClueT", Fact, Related, Clue)


def reduced(
    rules: Rules,
    solution: Sequence[int],
    removable: Sequence[ClueT],
    kept: Sequence[Clue] = (),
    most: int | None = None,
) -> list[ClueT]:
    """What is left of `removable` after taking away, in order, each clue that one solution does not need.

    At most `most` are taken away. All clues together must be true of `solution` and of nothing else. Clue c can go
    exactly when no solution of the others makes c false; so each step is one question to the solver and needs no
    clause of its own. Without `most` the result is minimal: what was needed stays needed when others go. Groups of
    clues go at once where unit propagation still finds the solution without them; the result is the same.
    """
    solver = solver_of(rules)
    facts = frozenset(solver.literals(Fact(variable, value)).holds for variable, value in enumerate(solution))
    base = [solver.literals(clue).holds for clue in kept]
    literals = [solver.literals(clue) for clue in removable]
    needed = _needed(solver, facts, base, literals, len(removable) if most is None else most)
    return [removable[i] for i in needed]


def _needed(solver: Solver, facts: frozenset[int], base: list[int], literals: list[Literals], most: int) -> list[int]:
    needed: list[int] = []
    assumed: list[int] = []  # of the needed
    start, step = 0, max(1, most // 2)
    while start < len(literals) and most > 0:
        step = min(step, most)
        rest = [clue.holds for clue in literals[start + step :]]
        if step > 1:
            if solver.follows([*base, *assumed, *rest], facts):
                most -= step
                start += step
            else:
                step //= 2
            continue
        clue = literals[start]
        if solver.possible([*base, *assumed, *rest, clue.fails]):
            needed.append(start)
            assumed.append(clue.holds)
        else:
            most -= 1
        start += 1
    return needed + list(range(start, len(literals)))


def is_only_solution(rules: Rules, clues: Sequence[Clue], solution: Sequence[int]) -> bool:
    """Whether the clues are true of `solution` and of no other: one question for each variable, no history."""
    solver = solver_of(rules)
    assumed = [solver.literals(clue).holds for clue in clues]
    facts = [solver.literals(Fact(variable, value)) for variable, value in enumerate(solution)]
    if not solver.possible([*assumed, *(fact.holds for fact in facts)]):
        return False
    if solver.follows(assumed, frozenset(fact.holds for fact in facts)):
        return True
    return not any(solver.possible([*assumed, fact.fails]) for fact in facts)
