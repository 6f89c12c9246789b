"""What a tree search asks, and what it is answered: a generator that yields the one and is sent the other.

    def search(...) -> Search[Tree]:
        answers = yield [Ask((), 8, "whole")]      # one list of answers for each ask, None when the budget is spent
        ...
        return tree

It holds no engine and draws nothing: what it asks next is a function of what it was answered. So thousands of searches
go forward together, each round is one large batch, and a search is taken up again by telling it what it was told.
"""

from collections.abc import Generator
from typing import NamedTuple, TypeVar

from schemas.continuation import AskKind

ResultT = TypeVar("ResultT")

Path = tuple[int, ...]
"""The token ids of a response's beginning, after the prompt."""


class Ask(NamedTuple):
    """`samples` answers after `path`: the whole rest of the response, one step, or (one answer) what it is worth."""

    path: Path
    samples: int
    kind: AskKind


class Answer(NamedTuple):
    """`token_ids` and `logprobs` (T,) go on from the path. `score` is the verdict's where the response `ended`, None
    where it is undecided or there is none yet; of an asked value it is the value."""

    token_ids: Path
    logprobs: tuple[float, ...]
    ended: bool
    score: float | None


Answers = list[list[Answer]] | None

Search = Generator[list[Ask], Answers, ResultT]


def right(answers: list[Answer]) -> tuple[int, int]:
    """Of the answers with a verdict, how many are right, and how many there are."""
    decided = [answer.score for answer in answers if answer.score is not None]
    return sum(score == 1.0 for score in decided), len(decided)
