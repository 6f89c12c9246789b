"""Plans as answers: read strictly, carried out step by step, and told where and why they fail."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from generators import answers
from schemas import Verdict
from schemas.verdict import correct, wrong

StateT = TypeVar("StateT")
MoveT = TypeVar("MoveT")

OPPOSITE = {"U": "D", "D": "U", "L": "R", "R": "L"}

_DIRECTIONS = {"u": "U", "d": "D", "l": "L", "r": "R", "up": "U", "down": "D", "left": "L", "right": "R"}


class Refused(NamedTuple):
    """A move that the rules do not allow in this state; `why` is a clause for people."""

    why: str


def judge_plan(
    start: StateT,
    plan: Sequence[MoveT],
    step: Callable[[StateT, MoveT], StateT | Refused],
    shortfall: Callable[[StateT], str],
    *,
    optimum: int | None = None,
    noun: str = "move",
) -> Verdict:
    """Right when every move is allowed and the last state is a goal, whatever the way there.

    `step` gives the state after a move, `shortfall` says what a state lacks, "" for a goal. With `optimum`, the
    length of a shortest plan, longer plans are wrong.
    """
    state = start
    for number, move in enumerate(plan, start=1):
        after = step(state, move)
        if isinstance(after, Refused):
            return wrong(f"{noun} {number} of {len(plan)} is not possible: {after.why}")
        state = after
    if missing := shortfall(state):
        return wrong(f"after all {len(plan)} {noun}s {missing}")
    if optimum is not None and len(plan) > optimum:
        return wrong(f"the goal is reached in {len(plan)} {noun}s; {optimum} are enough")
    return correct()


def directions(text: str) -> str | None:
    """A text of the letters U, D, L, R from letters or words in either case, run together, separated or listed.

    >>> directions("up, left\\nd"), directions("LURD"), directions("1. L\\n2. D"), directions("L1")
    ('ULD', 'LURD', 'LD', None)
    """
    if not text.isascii():
        return None
    words = answers.tokens(re.sub(r"-(?!>)", " ", " ".join(answers.entries(text.lower()))))
    if words is None:
        return None
    letters = [_DIRECTIONS.get(word) or ("" if word.strip("udlr") else word.upper()) for word in words]
    return "".join(letters) if all(letters) else None
