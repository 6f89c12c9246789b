"""Consistency: the answer that most of a group agree on, which needs no verifier."""

from collections import Counter

from trainer.rewards.length import Values
from trainer.rollout import Group


def consistency_values(group: Group) -> Values:
    """1.0 for the answers that occur most often in the group, 0.0 for others; 0.0 for all where no two agree.

    Majority voting (TTRL, arXiv 2504.16084): it rewards what the model believes already, right or wrong, and agreement
    on nothing: a completion without an answer has no vote, and gets none. Answers are the same by their text, blanks
    and case aside.
    """
    answers = [None if not rollout.extracted else _plain(rollout.extracted) for rollout in group.rollouts]
    votes = Counter(answer for answer in answers if answer is not None)
    most = max(votes.values(), default=0)
    return [float(most > 1 and answer is not None and votes[answer] == most) for answer in answers]


def _plain(answer: str) -> str:
    return "".join(answer.split()).casefold()
