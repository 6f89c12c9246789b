"""Searches for shortest plans, and maps of whole state spaces. Each stops at a limit of states, with SearchLimitError.

A problem is data and plain functions: a hashable start, `successors(state)` giving (move, next state) pairs in a
fixed order, and a goal. Every move costs 1. Ties are broken by that order, so equal problems give equal plans.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, TypeVar

StateT = TypeVar("StateT", bound=Hashable)
MoveT = TypeVar("MoveT")

Steps = Callable[[StateT], Iterable[tuple[MoveT, StateT]]]
_Origin = dict[StateT, tuple[MoveT, StateT] | None]

LIMIT = 100_000


class SearchLimitError(RuntimeError):
    """More states than allowed were seen before the search could decide: neither a plan nor a proof of none."""


def breadth_first(
    start: StateT, successors: Steps[StateT, MoveT], is_goal: Callable[[StateT], bool], limit: int = LIMIT
) -> tuple[MoveT, ...] | None:
    """A shortest plan, () when the start is a goal, None when no goal is within reach. Raises SearchLimitError."""
    origin: _Origin[StateT, MoveT] = {start: None}
    if is_goal(start):
        return ()
    layer = [start]
    while layer:
        following: list[StateT] = []
        for state in layer:
            for move, after in successors(state):
                if after in origin:
                    continue
                origin[after] = (move, state)
                if is_goal(after):
                    return _traced(origin, after)
                following.append(after)
        _refuse_above(limit, len(origin))
        layer = following
    return None


def astar(
    start: StateT,
    successors: Steps[StateT, MoveT],
    is_goal: Callable[[StateT], bool],
    estimate: Callable[[StateT], int],
    limit: int = LIMIT,
    weight: int = 1,
) -> tuple[MoveT, ...] | None:
    """A plan by A* (Hart, Nilsson and Raphael, 1968), None when there is none. Raises SearchLimitError.

    The plan is shortest when `weight` is 1 and `estimate` never exceeds the true distance; a larger weight finds
    some plan with fewer states. Among equal totals the state nearer to the goal is tried first.
    """
    origin: _Origin[StateT, MoveT] = {start: None}
    cost = {start: 0}
    ahead = estimate(start)
    queue = [(weight * ahead, ahead, 0, start)]
    entered = 0
    done: set[StateT] = set()
    while queue:
        state = heappop(queue)[3]
        if state in done:
            continue
        if is_goal(state):
            return _traced(origin, state)
        done.add(state)
        reached = cost[state] + 1
        for move, after in successors(state):
            if after in done or cost.get(after, reached + 1) <= reached:
                continue
            cost[after] = reached
            origin[after] = (move, state)
            entered += 1
            ahead = estimate(after)
            heappush(queue, (reached + weight * ahead, ahead, entered, after))
        _refuse_above(limit, len(origin))
    return None


def from_both_ends(
    start: StateT,
    goal: StateT,
    successors: Steps[StateT, MoveT],
    predecessors: Steps[StateT, MoveT],
    limit: int = LIMIT,
) -> tuple[MoveT, ...] | None:
    """A shortest plan by two breadth-first searches that meet, None when there is none. Raises SearchLimitError.

    `predecessors(state)` gives (move, state before): that move leads from the state before to `state`. The smaller
    frontier grows by whole layers, so the first meeting lies on a shortest plan.
    """
    if start == goal:
        return ()
    behind: _Origin[StateT, MoveT] = {start: None}
    before: _Origin[StateT, MoveT] = {goal: None}
    front, back = [start], [goal]
    while front and back:
        forward = len(front) <= len(back)
        known, other, steps = (behind, before, successors) if forward else (before, behind, predecessors)
        following: list[StateT] = []
        for state in front if forward else back:
            for move, neighbour in steps(state):
                if neighbour in known:
                    continue
                known[neighbour] = (move, state)
                if neighbour in other:
                    return _traced(behind, neighbour) + _traced(before, neighbour)[::-1]
                following.append(neighbour)
        _refuse_above(limit, len(known) + len(other))
        front, back = (following, back) if forward else (front, following)
    return None


@dataclass(frozen=True)
class StateSpace(Generic[StateT, MoveT]):
    """All states within reach of a start: `depth` is each one's distance, `steps` its moves in order."""

    depth: dict[StateT, int]
    steps: dict[StateT, tuple[tuple[MoveT, StateT], ...]]

    def shortest_plan(self, goal: StateT) -> tuple[MoveT, ...] | None:
        """A shortest plan to a goal state, None when it is not within reach."""
        origin: _Origin[StateT, MoveT] = {}
        for state, steps in self.steps.items():
            origin.setdefault(state, None)
            for move, after in steps:
                origin.setdefault(after, (move, state))
        return _traced(origin, goal) if goal in self.depth else None

    def shortest_plan_count(self, goal: StateT) -> int:
        """How many different shortest plans lead to a goal state; 0 when it is not within reach."""
        ways = dict.fromkeys(self.depth, 0)
        ways[next(iter(self.depth))] = 1
        for state, steps in self.steps.items():
            for _, after in steps:
                if self.depth[after] == self.depth[state] + 1:
                    ways[after] += ways[state]
        return ways.get(goal, 0)

    def branching(self) -> float:
        """Mean number of moves a state."""
        return sum(map(len, self.steps.values())) / len(self.steps)

    def dead_ends(self, goal: StateT) -> int:
        """States other than the goal and the start from which every move, if any, leads nearer to the start."""
        return sum(
            state != goal and self.depth[state] > 0 and all(self.depth[after] < self.depth[state] for _, after in steps)
            for state, steps in self.steps.items()
        )


def explore(start: StateT, successors: Steps[StateT, MoveT], limit: int = LIMIT) -> StateSpace[StateT, MoveT]:
    """Every state within reach, nearest first. Raises SearchLimitError."""
    depth = {start: 0}
    space: StateSpace[StateT, MoveT] = StateSpace(depth, {})
    queue = [start]
    for state in queue:
        steps = tuple(successors(state))
        space.steps[state] = steps
        for _, after in steps:
            if after not in depth:
                depth[after] = depth[state] + 1
                queue.append(after)
        _refuse_above(limit, len(depth))
    return space


def _traced(origin: _Origin[StateT, MoveT], state: StateT) -> tuple[MoveT, ...]:
    moves: list[MoveT] = []
    while (step := origin[state]) is not None:
        move, state = step
        moves.append(move)
    return tuple(reversed(moves))


def _refuse_above(limit: int, states: int) -> None:
    if states > limit:
        raise SearchLimitError(f"more than {limit} states seen and no decision yet")
