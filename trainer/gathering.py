"""What a step learns from: groups sampled until the gate is content, and helped where all was wrong."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from schemas import Rollout, Task
from trainer.budget import completions_each
from trainer.config import TrainConfig
from trainer.curriculum import Curriculum
from trainer.gate import admits
from trainer.hints import escalated
from trainer.passrates import PassRates
from trainer.replay import kept, with_success
from trainer.rollout import Group

Draw = Callable[[int], list[Task]]
"""So many tasks, by the curriculum."""

Ask = Callable[[Sequence[Task], Sequence[int], int, float], list[Group]]
"""Samples and judges so many completions of each task, after so many groups of this step, under that much of a hint."""


class Gathered(NamedTuple):
    """`chosen` is learnt from, `sampled` is all that was sampled, `taught` what hints and replay have made of the plain
    groups, `admitted` how many of these the gate let through, `successes` what is kept for replay."""

    chosen: list[Group]
    sampled: list[Group]
    taught: list[Group]
    admitted: int
    successes: list[Rollout]


def gathered(
    step: int,
    draw: Draw,
    ask: Ask,
    curriculum: Curriculum,
    rates: PassRates,
    successes: list[Rollout],
    config: TrainConfig,
) -> Gathered:
    """The groups of this update and of the further ones that learn from the same sampling.

    A gate may ask for more samplings; where it lets nothing through at all, the step shows what there was. What was
    sampled plainly is all that the pass rates and the curriculum see.
    """
    wanted = config.prompts_per_step * config.updates_per_rollout
    sampled, taught, admitted = list[Group](), list[Group](), list[Group]()
    for _ in range(config.gate.most if config.gate else 1):
        tasks = draw(wanted - len(admitted))
        plain = ask(tasks, completions_each(tasks, rates, config, step), len(sampled), 0.0)
        sampled += plain
        rates.observe(plain)
        curriculum.observe(plain)
        helped, under_hints = _helped(plain, len(sampled), ask, successes, config)
        sampled += under_hints
        taught += helped
        admitted += [group for group in helped if admits(config.gate, group)]
        if config.replay is not None:
            successes = kept(successes, plain, rates, config.replay)
        if len(admitted) == wanted:
            break
    return Gathered(admitted or taught[:wanted], sampled, taught, len(admitted), successes)


def _helped(
    plain: Sequence[Group], first: int, ask: Ask, successes: Sequence[Rollout], config: TrainConfig
) -> tuple[list[Group], list[Group]]:
    """What is learnt from in the place of each group, and what was sampled under hints for it.

    Where all is wrong, a right completion of earlier costs nothing; where there is none, hints may help.
    """
    groups = [with_success(group, successes) for group in plain]
    if config.hints is None:
        return groups, []
    return escalated(groups, config.hints, lambda tasks, counts, share: ask(tasks, counts, first, share))
