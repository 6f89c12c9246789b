"""Plans as answers: read strictly, carried out step by step, and told where and why they fail."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

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


@dataclass(frozen=True)
class Plan(Generic[StateT, MoveT]):
    """An answer that was read: `moves` from `start`.

    `step` gives the state after a move, `shortfall` says what a state lacks, "" for a goal. With `optimum`, the length
    of a shortest plan, longer plans are wrong.
    """

    start: StateT
    moves: Sequence[MoveT]
    step: Callable[[StateT, MoveT], StateT | Refused]
    shortfall: Callable[[StateT], str]
    optimum: int | None = None
    noun: str = "move"


def judge_plan(read: Plan[StateT, MoveT] | Verdict) -> Verdict:
    """Right when every move is allowed and the last state is a goal, whatever the way there.

    What could not be read as a plan has its verdict already.
    """
    if isinstance(read, Verdict):
        return read
    moves = len(read.moves)
    state = _carried_out(read)
    if isinstance(state, _Stuck):
        return wrong(f"{read.noun} {state.number} of {moves} is not possible: {state.why}")
    if missing := read.shortfall(state):
        return wrong(f"after all {moves} {read.noun}s {missing}")
    if read.optimum is not None and moves > read.optimum:
        return wrong(f"the goal is reached in {moves} {read.noun}s; {read.optimum} are enough")
    return correct()


def may_begin(read: Plan[StateT, MoveT] | Verdict) -> bool | None:
    """Whether a plan may begin so: all moves are allowed, and no more than a shortest plan has where only such count.

    None for what could not be read.
    """
    if isinstance(read, Verdict):
        return None
    state = _carried_out(read)
    too_long = read.optimum is not None and len(read.moves) > read.optimum
    return not too_long and not isinstance(state, _Stuck)


class _Stuck(NamedTuple):
    number: int
    why: str


def _carried_out(plan: Plan[StateT, MoveT]) -> StateT | _Stuck:
    """The state after all moves."""
    state = plan.start
    for number, move in enumerate(plan.moves, start=1):
        after = plan.step(state, move)
        if isinstance(after, Refused):
            return _Stuck(number, after.why)
        state = after
    return state


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
