"""OmegaPRM (arXiv 2406.06592): the first wrong step of wrong responses, by bisection over Monte-Carlo estimates.

A state is a beginning of a response; MC(s) is the share of `rollouts` continuations from it that come out right. Of all
wrong continuations r from states with 0 < MC(s) < 1 the one is searched next for which Q(s, r) + U(s) is greatest:

    Q(s, r) = alpha ** (1 - MC(s)) * beta ** (len(r) / length)       U(s) = c * sqrt(sum of all N) / (1 + N(s))

It is bisected over its steps for the first beginning with MC = 0, which ends in the first wrong step: at most
ceil(log2(steps)) estimates, and fewer where the tree knows a beginning already: what anything right begins with is not
asked about again. Each beginning with MC > 0 on the way is a state of its own, its wrong continuations are candidates
too. Continuations that were cut off say nothing; where none says anything, a bisection ends without a finding.
"""

from collections.abc import Callable, Sequence
from math import sqrt

import msgspec
from pydantic import Field

from generators.preferences.search.asking import Answer, Ask, Path, Search, right
from generators.preferences.search.estimate import Estimate
from generators.preferences.search.evidence import Evidence
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
        wrong = (answer.token_ids for answer in answers if answer.score is not None and answer.score < 1)
        self.wrong = list(dict.fromkeys(wrong))


def omega(steps: Steps, config: OmegaConfig) -> Search[OmegaTree]:
    """One task's search. Where the responses are all right or all wrong from the start, there is nothing to search."""
    states: list[_State] = []
    estimates: list[Estimate] = []
    evidence = Evidence()
    bisected: dict[Path, tuple[int, ...]] = {}
    solved: dict[Path, None] = {}

    def taken(path: Path, answers: Sequence[Answer]) -> None:
        successes, visits = right(list(answers))
        estimate = Estimate(path=path, successes=successes, visits=visits)
        estimates.append(estimate)
        evidence.add(estimate)
        for answer in answers:
            if answer.score == 1.0:
                solved[path + answer.token_ids] = None
                evidence.solve(path + answer.token_ids)
        if 0 < successes < visits:
            states.append(_State(estimate, answers))

    told = yield [Ask((), config.rollouts, "whole")]
    if told is not None:
        taken((), told[0])
    while told is not None and len(bisected) < config.searches and (state := _selected(states, config)) is not None:
        state.visits += 1
        path = state.estimate.path + state.wrong.pop(_best_wrong(state))
        ends = tuple(steps(path))
        if path in bisected or not ends:
            continue
        while (end := _unknown(path, ends, evidence)) is not None and not evidence.asked(path[:end]):
            told = yield [Ask(path[:end], config.rollouts, "whole")]
            if told is None:
                break
            taken(path[:end], told[0])
        if end is None:
            bisected[path] = ends
    found = (
        Bisected(path=path, ends=ends, first_wrong=_right_steps(path, ends, evidence))
        for path, ends in bisected.items()
    )
    return OmegaTree(estimates=tuple(estimates), bisected=tuple(found), solved=tuple(solved))


def _right_steps(path: Path, ends: Sequence[int], evidence: Evidence) -> int:
    """After how many of its steps a wrong response can still come out right: never after the last."""
    return sum(evidence.can_come_right(path[:end]) for end in ends[:-1])


def _unknown(path: Path, ends: Sequence[int], evidence: Evidence) -> int | None:
    """The end in the middle of those at which it may have gone wrong; None where the first wrong step is known."""
    low = _right_steps(path, ends, evidence)  # after `low` steps it can come out right, after `high` it does not
    high = next((count for count in range(low + 1, len(ends)) if evidence.of(path[: ends[count - 1]])), len(ends))
    return ends[(low + high) // 2 - 1] if high - low > 1 else None


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
