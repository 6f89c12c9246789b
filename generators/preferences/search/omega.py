"""OmegaPRM (arXiv 2406.06592): the first wrong step of wrong responses, by bisection over Monte-Carlo estimates.

A state is a beginning of a response; MC(s) is the share of `rollouts` continuations from it that come out right. Of all
wrong continuations r from states with 0 < MC(s) < 1 the one is searched next for which Q(s, r) + U(s) is greatest:

    Q(s, r) = alpha ** (1 - MC(s)) * beta ** (len(r) / length)       U(s) = c * sqrt(sum of all N) / (1 + N(s))

It is bisected over its steps for the first beginning with MC = 0, which ends in the first wrong step: at most
ceil(log2(steps)) estimates. Each beginning with MC > 0 on the way is a state of its own, its wrong continuations are
candidates too.
"""

from collections.abc import Callable, Sequence
from math import sqrt

import msgspec
from pydantic import Field

from generators.preferences.search.asking import Answer, Ask, Path, Search, right
from generators.preferences.search.estimate import Estimate
from pipeline.config import Section

Steps = Callable[[Path], Sequence[int]]
"""After how many tokens each step of a response ends, rising, the last with the response."""


class OmegaConfig(Section):
    """The constants of the paper; lengths are in tokens."""

    rollouts: int = Field(8, ge=1, description="continuations of one estimate")
    searches: int = Field(32, ge=1, description="wrong responses of a task that are bisected, at most")
    alpha: float = Field(0.5, gt=0, le=1, description="how much states that often come out right are preferred")
    beta: float = Field(0.9, gt=0, le=1, description="how much short continuations are preferred")
    length: int = Field(500, ge=1, description="the length that beta is for, in tokens")
    explore: float = Field(0.125, ge=0, description="how much states that were seldom searched are preferred")


class Bisected(msgspec.Struct, frozen=True, kw_only=True):
    """A wrong response: where its steps end, and the first of them after which no continuation came out right."""

    path: Path
    ends: tuple[int, ...]
    first_wrong: int


class OmegaTree(msgspec.Struct, frozen=True, kw_only=True):
    """All estimates in the order they were made, the root's first; the wrong responses that were bisected; and the
    right ones that were met, each once."""

    estimates: tuple[Estimate, ...]
    bisected: tuple[Bisected, ...]
    solved: tuple[Path, ...]


class _State:
    def __init__(self, estimate: Estimate, answers: Sequence[Answer]) -> None:
        self.estimate, self.visits = estimate, 0
        self.wrong = [answer.token_ids for answer in answers if answer.score is not None and answer.score < 1]


def omega(steps: Steps, config: OmegaConfig) -> Search[OmegaTree]:
    """One task's search. Where the responses are all right or all wrong from the start, there is nothing to search."""
    states: list[_State] = []
    estimates: list[Estimate] = []
    bisected: list[Bisected] = []
    solved: dict[Path, None] = {}

    def taken(path: Path, answers: Sequence[Answer]) -> Estimate:
        successes, visits = right(list(answers))
        estimate = Estimate(path=path, successes=successes, visits=visits)
        estimates.append(estimate)
        solved.update({path + answer.token_ids: None for answer in answers if answer.score == 1.0})
        if 0 < successes < visits:
            states.append(_State(estimate, answers))
        return estimate

    told = yield [Ask((), config.rollouts, "whole")]
    if told is not None:
        taken((), told[0])
    while told is not None and len(bisected) < config.searches and (state := _selected(states, config)) is not None:
        state.visits += 1
        start = state.estimate.path
        path = start + state.wrong.pop(_best_wrong(state))
        ends = [end for end in steps(path) if end > len(start)]
        low, high = 0, len(ends)  # after `low` steps it can come out right, after `high` it does not
        while high - low > 1:
            middle = (low + high) // 2
            told = yield [Ask(path[: ends[middle - 1]], config.rollouts, "whole")]
            if told is None:
                break
            estimate = taken(path[: ends[middle - 1]], told[0])
            low, high = (middle, high) if estimate.successes else (low, middle)
        if told is not None and ends:
            before = [end for end in steps(path) if end <= len(start)]
            bisected.append(Bisected(path=path, ends=(*before, *ends), first_wrong=len(before) + high - 1))
    return OmegaTree(estimates=tuple(estimates), bisected=tuple(bisected), solved=tuple(solved))


def _selected(states: Sequence[_State], config: OmegaConfig) -> _State | None:
    open_states = [state for state in states if state.wrong]
    total = sqrt(sum(state.visits for state in states))
    return max(open_states, key=lambda state: _quality(state, config) + _bonus(state, total, config), default=None)


def _quality(state: _State, config: OmegaConfig) -> float:
    """Q of the state's best wrong continuation, the shortest."""
    shortest = min(map(len, state.wrong))
    return float(config.alpha ** (1 - state.estimate.mc) * config.beta ** (shortest / config.length))


def _bonus(state: _State, total: float, config: OmegaConfig) -> float:
    return config.explore * total / (1 + state.visits)


def _best_wrong(state: _State) -> int:
    return min(range(len(state.wrong)), key=lambda place: (len(state.wrong[place]), place))
