"""The rules as CNF in an incremental SAT solver, one a process and thread, asked only yes or no.

Variable x with value v is one literal. Groups that differ are pairs of negative literals. A relation used as a clue
gets two selectors when it is first used, one that makes it hold and one that makes it fail; unassumed, they bind
nothing. So a clue is an assumption, and nothing is rebuilt.

A solver remembers what it learnt, and that memory may change the models it finds and the work it takes, but never
whether one exists. Only that may reach a result: a task must not depend on the tasks made before it.
"""

import os
import threading
from collections.abc import Sequence
from itertools import combinations, product
from typing import NamedTuple

from pysat.solvers import Minisat22

from generators.cores.constraint.rules import Clue, Fact, Related, Rules

_MOST_SELECTORS = 640  # idle ones slow every call; beyond this, compiling anew is cheaper (measured on zebra puzzles)

_cached = threading.local()


class Literals(NamedTuple):
    """Assume `holds` and the clue is true, `fails` and it is false."""

    holds: int
    fails: int


class Solver:
    """The compiled rules and the clues met so far."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._first: list[int] = []
        self._literals: dict[Clue, Literals] = {}
        top = 0
        for variable, size in enumerate(rules.sizes):
            self._first.append(top + 1)
            self._literals |= {Fact(variable, v): Literals(top + 1 + v, -top - 1 - v) for v in range(size)}
            top += size
        self._facts_top = self._top = top
        self._sat = Minisat22(bootstrap_with=self._clauses())

    def literals(self, clue: Clue) -> Literals:
        """The two assumptions of a clue."""
        found = self._literals.get(clue)
        if found is None:
            assert isinstance(clue, Related)
            found = self._literals[clue] = Literals(self._top + 1, self._top + 2)
            self._top += 2
            allowed = self._rules.relations[clue.relation]
            spaces = [range(self._rules.sizes[variable]) for variable in clue.variables]
            self._bind(found.holds, clue.variables, allowed)
            self._bind(found.fails, clue.variables, {values for values in product(*spaces) if values not in allowed})
        return found

    def possible(self, assumed: Sequence[int]) -> bool:
        """Whether a solution exists under the assumptions."""
        return bool(self._sat.solve(assumptions=assumed))

    def follows(self, assumed: Sequence[int], wanted: frozenset[int]) -> bool:
        """Whether unit propagation alone shows it: True is a proof, False says nothing (and depends on what was
        learnt before, so it may only decide which question comes next)."""
        consistent, implied = self._sat.propagate(assumptions=assumed)
        return bool(consistent) and not wanted.difference(implied)

    @property
    def full(self) -> bool:
        return self._top - self._facts_top > _MOST_SELECTORS

    def close(self) -> None:
        self._sat.delete()

    def _clauses(self) -> list[list[int]]:
        clauses = []
        for first, size in zip(self._first, self._rules.sizes, strict=True):
            values = range(first, first + size)
            clauses.append(list(values))
            clauses.extend([-a, -b] for a, b in combinations(values, 2))
        for a, others in enumerate(self._rules.neighbours):
            for b in others:
                if a < b:
                    shared = min(self._rules.sizes[a], self._rules.sizes[b])
                    clauses.extend([-self._first[a] - value, -self._first[b] - value] for value in range(shared))
        for group in self._rules.covering:
            clauses.extend([self._first[variable] + value for variable in group] for value in range(len(group)))
        return clauses

    def _bind(
        self, selector: int, variables: tuple[int, ...], allowed: set[tuple[int, ...]] | frozenset[tuple[int, ...]]
    ) -> None:
        """Under the selector, each choice for all but the last variable leaves the last its allowed values."""
        *leading, last = variables
        size = self._rules.sizes[last]
        for values in product(*(range(self._rules.sizes[variable]) for variable in leading)):
            rest = [self._first[last] + value for value in range(size) if (*values, value) in allowed]
            if len(rest) < size:
                chosen = [-self._first[variable] - value for variable, value in zip(leading, values, strict=True)]
                self._sat.add_clause([-selector, *chosen, *rest])


def solver_of(rules: Rules) -> Solver:
    """This process's and thread's solver of the rules, compiled when first asked for."""
    solvers: dict[tuple[int, Rules], Solver] = _cached.__dict__.setdefault("solvers", {})
    key = (os.getpid(), rules)
    if key in solvers and solvers[key].full:
        solvers.pop(key).close()
    if key not in solvers:
        solvers[key] = Solver(rules)
    return solvers[key]
