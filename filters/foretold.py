"""Whether posteriors can be believed: each rollout of a task forecast from those before it."""

from collections.abc import Iterable, Sequence

from filters.beta import Beta
from pipeline.reliability import Reliability, reliability


def foretold(tasks: Iterable[tuple[Beta, Sequence[bool]]]) -> Reliability | None:
    """Of each task its prior and whether its rollouts were successes, in the order of their making: every one but the
    first is forecast by the posterior mean of those before it. None where no task has two.

    Stopping early does not tilt this: whether a rollout is made depends on earlier ones alone, which its forecast has
    seen (the prequential principle, Dawid 1984).

    >>> foretold([(Beta(1, 1), [True, True]), (Beta(1, 1), [False, False, False])]).tasks
    3
    """
    forecasts: list[float] = []
    happened: list[float] = []
    for prior, successes in tasks:
        belief = prior
        for place, success in enumerate(successes):
            if place:
                forecasts.append(belief.mean)
                happened.append(float(success))
            belief = belief.after(int(success), int(not success))
    return reliability(forecasts, happened, [1.0] * len(forecasts)) if forecasts else None
