"""Boolean formulas over a few variables: trees as data, their truth, and their whole truth table in one integer.

Bit a of a table stands for the assignment in which variable i is true when bit i of a is set. Connectives are then
integer operations, all assignments at once: exact, and faster than a solver up to about a dozen variables.
"""

from collections.abc import Sequence
from functools import cache

import msgspec

LOGICAL = ("and", "or", "if", "iff", "not")
COUNTING = ("exactly", "at_least", "at_most")
COMMUTATIVE = frozenset({"and", "or", "iff", *COUNTING})


class Formula(msgspec.Struct, frozen=True, array_like=True):
    """`variable` (op "is"), one of LOGICAL over `parts` ("if" takes condition and consequence), or one of COUNTING:
    so many (`number`) of the `variables` are true."""

    op: str
    parts: tuple["Formula", ...] = ()
    variables: tuple[int, ...] = ()
    number: int = 0


def is_true(formula: Formula, assignment: Sequence[bool]) -> bool:
    """The truth of a formula, read off its tree."""
    if formula.op in COUNTING:
        count = sum(assignment[variable] for variable in formula.variables)
        return {
            "exactly": count == formula.number,
            "at_least": count >= formula.number,
            "at_most": count <= formula.number,
        }[formula.op]
    parts = [is_true(part, assignment) for part in formula.parts]
    match formula.op:
        case "is":
            return assignment[formula.variables[0]]
        case "not":
            return not parts[0]
        case "and":
            return all(parts)
        case "or":
            return any(parts)
        case "if":
            return parts[1] or not parts[0]
        case "iff":
            return parts[0] == parts[1]
    raise ValueError(f"a formula has no operation {formula.op!r}")


def truth_table(formula: Formula, variables: int) -> int:
    """The assignments that make the formula true, a bit each: 2 ** variables bits."""
    everything = full_table(variables)
    match formula.op:
        case "is":
            return variable_table(formula.variables[0], variables)
        case "exactly" | "at_least" | "at_most":
            return _count_table(formula, variables)
    first, *rest = [truth_table(part, variables) for part in formula.parts]
    match formula.op:
        case "not":
            return everything ^ first
        case "if":
            return everything ^ first | rest[0]
        case "iff":
            return everything ^ first ^ rest[0]
    for table in rest:
        first = first & table if formula.op == "and" else first | table
    return first


@cache
def full_table(variables: int) -> int:
    return (1 << (1 << variables)) - 1


@cache
def variable_table(variable: int, variables: int) -> int:
    """Runs of 2 ** variable zeros and as many ones, alternating."""
    run = 1 << variable
    return full_table(variables) // ((1 << run) + 1) << run


def _count_table(formula: Formula, variables: int) -> int:
    everything = full_table(variables)
    exact = [everything]  # exact[k]: exactly k of the variables looked at are true
    for variable in formula.variables:
        table = variable_table(variable, variables)
        stay = [known & (everything ^ table) for known in exact]
        rise = [known & table for known in exact]
        exact = [a | b for a, b in zip([*stay, 0], [0, *rise], strict=True)]
    chosen = {
        "exactly": exact[formula.number : formula.number + 1],
        "at_least": exact[formula.number :],
        "at_most": exact[: formula.number + 1],
    }[formula.op]
    return sum(chosen)
