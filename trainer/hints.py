"""Hints: a task whose every answer was wrong is put again, with the first part of its worked solution.

A quarter of the solution first, then half, then three quarters, as long as no answer earns anything: GHPO (arXiv
2507.10628). The hint stands in the prompt and not in the model's mouth, so that the completion is all its own, and what
is learnt from is what was sampled: the hinted completions under the hinted prompt. The policy that is trained is then
the one that sampled them, as in GHPO and Scaf-GRPO (2510.19807); under the plain prompt they would be off-policy by a
ratio that grows with their length.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import ceil

import msgspec

from generators.worked import worked_solution
from schemas import Message, Task
from trainer.advantage import all_wrong
from trainer.config import HintConfig
from trainer.rollout import Group

Ask = Callable[[Sequence[Task], Sequence[int], float], list[Group]]
"""Samples and judges so many completions of each task, under that much of a hint."""


def escalated(groups: Sequence[Group], config: HintConfig, ask: Ask) -> tuple[list[Group], list[Group]]:
    """What is learnt from in the place of each group, and all that was asked for on the way.

    A group that is not all wrong stays, and so does one that no hint helps, or whose family tells no worked solution.
    """
    now, asked = list(groups), list[Group]()
    said = [0] * len(groups)
    for share in config.shares:
        steps = [steps_told(group.task, share, config.characters) if all_wrong(group.scores) else () for group in now]
        places = [place for place, told in enumerate(steps) if len(told) > said[place]]
        if not places:
            continue
        tasks = [hinted(groups[place].task, steps[place]) for place in places]
        fresh = ask(tasks, [len(groups[place].rollouts) for place in places], share)
        asked += fresh
        for place, group in zip(places, fresh, strict=True):
            said[place] = len(steps[place])
            if any(score is not None and score > 0 for score in group.scores):
                now[place] = group
    return now, asked


def steps_told(task: Task, share: float, characters: int) -> tuple[str, ...]:
    """The first share of the worked solution's steps, rounded up, as far as there is room for so many characters; but
    never the last one: that one has the answer."""
    steps = worked_solution(task)
    told = steps[: min(ceil(share * len(steps)), len(steps) - 1)] if steps else ()
    room = list(accumulate(len(step) + 1 for step in told))
    return told[: sum(length <= characters for length in room)]


def hinted(task: Task, steps: Sequence[str]) -> Task:
    """The same task, known by the same id, with the beginning of a solution as the last paragraph of its prompt."""
    *before, last = task.prompt
    hint = "\n".join(["This is how a solution begins; go on from there:", *steps])
    told = Message(last.role, f"{last.content}\n\n{hint}")
    return msgspec.structs.replace(task, prompt=(*before, told))
