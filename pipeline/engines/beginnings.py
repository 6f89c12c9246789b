"""Prompts put together by what they begin with: what they share is then prefilled once."""

from collections.abc import Sequence
from itertools import takewhile

from pipeline.engines.batch import Work

_WORTH_A_BATCH = 64
"""Common tokens below which a full batch of unlike prompts is worth more than a shared prefill."""


def by_beginning(works: Sequence[Work]) -> list[list[Work]]:
    """The works in batches: those that share a long beginning, half of their prompts or more, and all others.

    Solved examples before a question, or the steps of a search tree, make such prompts; unlike ones stay together,
    so that batches stay full.
    """
    groups: list[list[Work]] = []
    for work in sorted(works, key=lambda work: work.prompt_ids):
        if groups and _share_enough(groups[-1][0].prompt_ids, work.prompt_ids):
            groups[-1].append(work)
        else:
            groups.append([work])
    alike = [group for group in groups if len(group) > 1]
    others = [group[0] for group in groups if len(group) == 1]
    return [*alike, others] if others else alike


def _share_enough(first: tuple[int, ...], other: tuple[int, ...]) -> bool:
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, other, strict=False)))
    return shared >= max(_WORTH_A_BATCH, len(first) / 2, len(other) / 2)
