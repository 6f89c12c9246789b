"""The reward of every completion of a group: components, weighed and added to the verifier's score."""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any, NamedTuple

import msgspec

from generators.preferences.confidence import Decode
from pipeline.engines.protocol import Engine
from trainer.advantage import varies
from trainer.config import TrainConfig
from trainer.rewards.consistency import consistency_values
from trainer.rewards.control import controlled
from trainer.rewards.format import well_formed
from trainer.rewards.length import Values, decoupled_factors, length_values
from trainer.rewards.likelihood import reference_values, self_aligned_values
from trainer.rewards.process import Credits, process_credits, process_values
from trainer.rewards.rubric import OwnRubrics, rubric_values
from trainer.rewards.settings import DecoupledLength, RewardConfig
from trainer.rollout import Group


class Occasion(NamedTuple):
    """What a component may look at besides the groups: the engine that sampled them, how its tokens are read, the
    config, the step, and the rubrics of the tasks."""

    engine: Engine
    decode: Decode
    config: TrainConfig
    step: int
    rubrics: OwnRubrics = OwnRubrics({})


def rewarded(groups: Sequence[Group], occasion: Occasion) -> list[Group]:
    """The groups with their rewards: what each component says of each rollout, the sum, and what changes advantages.

    Done once, when the groups are sampled, so that later updates, micro-batches and a resumed run see the same
    numbers. Without a `reward` section or a control the verifier's scores are the rewards, and nothing is written.
    Raises EngineError where a component has the engine score and it can't.
    """
    config = occasion.config
    if config.reward == RewardConfig() and config.control is None:
        return list(groups)
    shown = controlled(groups, config.control, config.seed)
    told = {name: component(shown, getattr(config.reward, name), occasion) for name, component in _asked(config.reward)}
    made = []
    for place, (group, seen) in enumerate(zip(groups, shown, strict=True)):
        parts = {"correctness": tuple(seen.scores)}
        for name, values in told.items():
            parts[name] = tuple(_decided(values[place], seen.scores))
        factors: tuple[float, ...] = ()
        if isinstance(config.reward.length, DecoupledLength):
            factors = tuple(decoupled_factors(parts["length"], config.reward.length.temperature))
        total = tuple(total_of(parts, config.reward))
        spread = _credits(seen, total, occasion)
        made.append(msgspec.structs.replace(group, parts=parts, total=total, factors=factors, credits=spread))
    return made


def _credits(group: Group, rewards: Sequence[float | None], occasion: Occasion) -> Credits:
    """What the steps of a group's rollouts are taught, where anything is."""
    settings = occasion.config.reward.process
    if settings is None or not (settings.primary or varies(rewards)):
        return ()
    return process_credits(group, settings, occasion.decode, occasion.config.sampling.prefill, occasion.step)


def total_of(parts: dict[str, tuple[float | None, ...]], reward: RewardConfig) -> Values:
    """The weighed sum for each rollout, None for an undecided one.

    Where no primary part varies in the group, correctness alone, which is alike: shapes do not teach by themselves.
    """
    total = [None if score is None else reward.correctness * score for score in parts["correctness"]]
    primary = [name for name, part in reward.added.items() if part.primary]
    if not varies(total) and not any(varies(parts[name]) for name in primary):
        return total
    for name, part in reward.added.items():
        for place, value in enumerate(neutral(parts[name])):
            before = total[place]
            total[place] = None if before is None else before + part.weight * value
    return total


def neutral(values: Sequence[float | None]) -> list[float]:
    """What can't be told neither gains nor loses: it counts as the mean of its group's others.

    >>> neutral([1.0, None, 0.5]), neutral([None])
    ([1.0, 0.75, 0.5], [0.0])
    """
    known = [value for value in values if value is not None]
    mean = fmean(known) if known else 0.0
    return [mean if value is None else value for value in values]


Valued = Callable[[Sequence[Group], Any, Occasion], list[Values]]
"""What a component says of every rollout of every group, by its section of the config."""

COMPONENTS: dict[str, Valued] = {
    "format": lambda groups, _, at: [[well_formed(rollout.text) for rollout in group.rollouts] for group in groups],
    "length": lambda groups, settings, at: [
        length_values(group, settings, at.step, at.config.sampling.max_tokens) for group in groups
    ],
    "consistency": lambda groups, _, at: [consistency_values(group) for group in groups],
    "self_aligned": lambda groups, _, at: self_aligned_values(groups, at.engine, at.config.sampling.prefill),
    "reference": lambda groups, _, at: reference_values(groups, at.engine, at.config.sampling.prefill),
    "rubric": lambda groups, settings, at: rubric_values(groups, settings, at.rubrics),
    "process": lambda groups, _, at: [process_values(group) for group in groups],
}
"""By their names in `RewardConfig`."""


def _asked(reward: RewardConfig) -> list[tuple[str, Valued]]:
    return [(name, component) for name, component in COMPONENTS.items() if getattr(reward, name) is not None]


def _decided(values: Values, scores: Sequence[float | None]) -> Values:
    """An undecided rollout is no part of its group, for any component."""
    return [None if score is None else value for value, score in zip(values, scores, strict=True)]
