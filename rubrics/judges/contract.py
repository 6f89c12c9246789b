"""The judge contract: what is asked, and what comes back; both in batches, so that an engine is kept full."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One response to be judged: by one `criterion`, against a `reference` answer, or, without both, as a whole."""

    prompt: str
    response: str
    criterion: str = ""
    reference: str = ""


class Judgment(NamedTuple):
    """`score` in [0, 1], the probability that the criterion holds or the response is right; None: could not tell.

    `tokens` is what it cost: those read and those written.
    """

    score: float | None
    reason: str
    tokens: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two responses to one prompt; `criteria` say by what to compare, none as a whole."""

    prompt: str
    first: str
    second: str
    criteria: tuple[str, ...] = ()


class Preference(NamedTuple):
    """`first` in [0, 1] is the probability that the first response is the better one; None: could not tell."""

    first: float | None
    reason: str
    tokens: int


class Judge(Protocol):
    """Judges responses one by one; `name` tells the model, its revision and the way of asking."""

    name: str

    def judge(self, cases: Sequence[Case]) -> list[Judgment]: ...


class PairJudge(Protocol):
    """Says which of two responses is better."""

    name: str

    def compare(self, comparisons: Sequence[Comparison]) -> list[Preference]: ...
