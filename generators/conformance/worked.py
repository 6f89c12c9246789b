"""Right: a worked solution leads to the gold answer and does not begin with it."""

import re
from collections.abc import Iterator
from math import ceil

import msgspec

from generators.conformance.sample import Finding, Sample, shown
from generators.family import LONGEST_SOLUTION

CHANCE = 3
"""Characters of an answer so short that it may stand among the numbers of a solution by chance."""


def solutions_lead_to_the_answer(sample: Sample) -> Iterator[Finding]:
    """The last step has the gold answer, the first half has not; steps are a function of the instance, and bounded."""
    family = sample.family
    if family.steps is None:
        return
    longest = 0
    for item in sample.within_budget():
        steps = family.steps(item.instance)
        longest = max(longest, len(steps))
        if family.steps(msgspec.convert(item.task.payload, family.instance)) != steps:
            yield item, "the worked solution differs when it is asked for again"
        if not steps:
            continue
        if not all(step.strip() for step in steps):
            yield item, "a step of the worked solution is empty"
        if (length := sum(map(len, steps))) > LONGEST_SOLUTION:
            yield item, f"the worked solution has {length} characters, more than {LONGEST_SOLUTION}"
        gold = re.compile(rf"(?<![\w/.\-]){re.escape(item.task.answer)}(?![\w/\-]|[.,]\d)")
        if gold.search(steps[-1]) is None:
            yield item, f"the last step {shown(steps[-1])} has not the gold answer {shown(item.task.answer)}"
        first_half = "\n".join(steps[: min(ceil(len(steps) / 2), len(steps) - 1)])
        told_anyway = len(item.task.answer) <= CHANCE or gold.search(item.task.prompt[-1].content)
        if not told_anyway and gold.search(first_half):
            yield item, f"the first half of the worked solution shows the gold answer {shown(item.task.answer)}"
    if longest < 2:
        yield None, "no worked solution has more than one step"
