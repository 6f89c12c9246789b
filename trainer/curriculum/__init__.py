"""Curricula: what is trained on next. One contract (`contract`), opened by config."""

from collections.abc import Mapping, Sequence

from schemas import Task
from trainer.curriculum.bandits import ArmOf, Dump, Sec
from trainer.curriculum.candidates import PromptStates, Value, Variance
from trainer.curriculum.contract import Curriculum
from trainer.curriculum.epochs import Uniform
from trainer.curriculum.pools import cyclical, retained, staged
from trainer.curriculum.quotas import Quotas
from trainer.orders import (
    By,
    CyclicalOrder,
    DumpOrder,
    Given,
    Order,
    RetainedOrder,
    SecOrder,
    Shuffled,
    StagedOrder,
    VarianceOrder,
)
from trainer.passrates import PassRates

__all__ = ["Curriculum", "Order", "open_curriculum"]


def open_curriculum(
    order: Order,
    quotas: Mapping[str, float],
    tasks: Sequence[Task],
    rates: PassRates,
    states: PromptStates,
    seed: int,
) -> Curriculum:
    """The curriculum of a config over these tasks; with `quotas`, one for each domain that has a share."""
    if not quotas:
        return _opened(order, tasks, rates, states, seed)
    return Quotas(
        {name: _opened(order, [task for task in tasks if task.domain == name], rates, states, seed) for name in quotas},
        quotas,
    )


def _opened(order: Order, tasks: Sequence[Task], rates: PassRates, states: PromptStates, seed: int) -> Curriculum:
    match order:
        case Shuffled() | Given():
            return Uniform(tasks, seed, shuffle=isinstance(order, Shuffled))
        case StagedOrder():
            return staged(tasks, rates, seed, stages=order.stages, steps=order.steps)
        case RetainedOrder():
            return retained(tasks, rates, seed, broad_steps=order.broad_steps, share=order.share, refresh=order.refresh)
        case CyclicalOrder():
            return cyclical(tasks, rates, seed, steps=order.steps, start=order.start)
        case SecOrder():
            arm_of = ARMS[order.by]
            return Sec(tasks, rates, arm_of, seed, rate=order.rate, temperature=order.temperature)
        case DumpOrder():
            return Dump(tasks, ARMS[order.by], seed, window=order.window, temperature=order.temperature)
        case VarianceOrder():
            return Variance(tasks, rates, seed, candidates=order.candidates)
        case _:
            return Value(tasks, states, seed, candidates=order.candidates, target=order.target)


def _level(task: Task) -> str:
    return f"{task.family} {task.level}"


def _family(task: Task) -> str:
    return task.family


def _domain(task: Task) -> str:
    return task.domain


ARMS: dict[By, ArmOf] = {"level": _level, "family": _family, "domain": _domain}
