"""Exploration and exploitation of a model that learns from its own samples, from stored rollouts alone.

After B-STaR (arXiv 2412.17256). Exploration is what several samples of a task reach that one does not: pass@k, and how
different the responses are. Exploitation is how much better a choice among them is than any of them: the majority vote,
or the best by a process reward model; the best by the verifier is pass@k. The balance score of a task is

    min(right / wanted, 1) * right / selected

for `right` ones among its `selected` responses: it wants enough of them, and no others. That is the formula of the code
that the authors published, which counts different responses only, and tasks of which something is selected; where an
answer is a few tokens all right ones are one, so here each counts, and a task without any counts as 0.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from statistics import fmean
from typing import Literal

import msgspec

from pipeline.statistics import pass_at
from schemas import Rollout

WANTED = 4
"""Right responses to a task that are enough: half of the 8 samples that are usual here. The authors' n* is 8, of more
samples; where as many are wanted as there are, what the verifier selects scores pass@1 and no more."""

Selection = Literal["verifier", "vote"]


class Monitors(msgspec.Struct, frozen=True, kw_only=True):
    """Of `tasks` with `samples` judged responses on average. None where there is nothing to say.

    `pass_at` is the chance that one of k is right, by k from 1; `vote` and `best` are the shares of tasks that the
    majority and the model's favourite get right. `variety` is the chance that two responses to a task differ,
    `right_variety` that two right ones do; `distinct` how many different right answers a solved task has. `balance` is
    the mean balance score of what the verifier selects.
    """

    tasks: int
    samples: float
    pass_at: dict[int, float]
    vote: float | None
    best: float | None
    variety: float | None
    right_variety: float | None
    distinct: float | None
    balance: float | None

    @property
    def exploration(self) -> float | None:
        """How much more the greatest k reaches than one sample."""
        return self.pass_at[max(self.pass_at)] - self.pass_at[1] if self.pass_at else None

    @property
    def exploitation(self) -> float | None:
        """How much more the choice reaches: the model's favourite, or without a model the vote."""
        chosen = self.vote if self.best is None else self.best
        return chosen - self.pass_at[1] if self.pass_at and chosen is not None else None


def monitors(groups: Sequence[Sequence[Rollout]], wanted: int = WANTED, best: float | None = None) -> Monitors:
    """What the responses to each of several tasks say; those without a verdict are left aside.

    They must not have been chosen by their scores: give the same number for every task. `best` is the share of tasks
    whose favourite by a process reward model is right, where there is one.
    """
    judged = judged_groups(groups)
    right = [sum(map(is_right, own)) for own in judged]
    solved = [[rollout for rollout in own if is_right(rollout)] for own in judged]
    least = min(map(len, judged), default=0)
    return Monitors(
        tasks=len(judged),
        samples=_mean([len(own) for own in judged]) or 0.0,
        pass_at={
            k: fmean(pass_at(len(own), count, k) for own, count in zip(judged, right, strict=True))
            for k in (1 << power for power in range(least.bit_length()))
        },
        vote=_mean([majority(own) for own in judged]),
        best=best,
        variety=_mean([chance for own in judged if (chance := differing(own)) is not None]),
        right_variety=_mean([chance for own in solved if (chance := differing(own)) is not None]),
        distinct=_mean([len({rollout.extracted for rollout in own}) for own in solved if own]),
        balance=balance(judged, "verifier", wanted),
    )


def judged_groups(groups: Sequence[Sequence[Rollout]]) -> list[list[Rollout]]:
    """The responses with a verdict, of the tasks that have any."""
    judged = ([rollout for rollout in own if rollout.score is not None] for own in groups)
    return [own for own in judged if own]


def balance(groups: Sequence[Sequence[Rollout]], selection: Selection, wanted: int = WANTED) -> float | None:
    """The mean balance score of tasks, by what is selected of each: what the verifier takes (then it says how many
    right ones there are, and no more), or those with the commonest answer."""
    keep: dict[Selection, Callable[[Sequence[Rollout]], Sequence[Rollout]]] = {
        "verifier": lambda own: [rollout for rollout in own if is_right(rollout)],
        "vote": commonest,
    }
    chosen = [keep[selection](own) for own in judged_groups(groups)]
    return _mean([balance_score(sum(map(is_right, own)), len(own), wanted) for own in chosen])


def balance_score(right: int, selected: int, wanted: int) -> float:
    """Of one task, in [0, 1]; 0 where nothing is selected.

    >>> balance_score(right=4, selected=8, wanted=8), balance_score(16, 16, 8), balance_score(0, 0, 8)
    (0.25, 1.0, 0.0)
    """
    return min(right / wanted, 1.0) * right / selected if selected else 0.0


def differing(own: Sequence[Rollout]) -> float | None:
    """The chance that two of the responses differ in more than blanks, None for fewer than two: the same on average
    for few and for many (Simpson's index without replacement)."""
    texts = Counter(" ".join(rollout.text.split()) for rollout in own)
    pairs = len(own) * (len(own) - 1) / 2
    return sum(one * other for one, other in combinations(texts.values(), 2)) / pairs if pairs else None


def majority(own: Sequence[Rollout]) -> float:
    """The score of the commonest answer: the mean of those as common; a task without any answer counts as wrong."""
    answers = _answers(own)
    if not answers:
        return 0.0
    most = max(answers.values())
    scores: Mapping[str | None, float] = {rollout.extracted: float(is_right(rollout)) for rollout in own}
    return fmean(scores[answer] for answer, count in answers.items() if count == most)


def commonest(own: Sequence[Rollout]) -> list[Rollout]:
    """The responses with the commonest answer, the first of those as common; none where none has one."""
    answers = _answers(own)
    chosen = max(answers, key=lambda answer: answers[answer], default=None)
    return [rollout for rollout in own if rollout.extracted is not None and rollout.extracted == chosen]


def is_right(rollout: Rollout) -> bool:
    return rollout.score == 1.0


def _answers(own: Sequence[Rollout]) -> Counter[str]:
    return Counter(rollout.extracted for rollout in own if rollout.extracted is not None)


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
