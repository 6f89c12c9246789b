"""Who asks the model: this process, with an engine of its own, or workers that hold one each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from flows.cached import say_hits
from flows.limits import gpu_slot
from flows.workers import Place
from flows.workers.held import VERIFIER_SECONDS, VERIFIERS, asked
from generators.judging import Judge, Verifiers
from pipeline.costs.ledger import ledger_of, next_part
from pipeline.costs.meter import all_cpu_seconds, metered
from pipeline.engines.budget import Tokens
from pipeline.engines.config import BudgetConfig, ModelConfig
from pipeline.engines.opening import opened
from pipeline.engines.protocol import Engine
from pipeline.progress import Advance
from pipeline.store import Stage
from schemas import Rollout

ArgumentsT = ParamSpec("ArgumentsT")
ResultT = TypeVar("ResultT")


class Asking(Protocol):
    """Has work done that needs a model and verifiers, as much at once as it says."""

    @property
    def at_once(self) -> int: ...

    def begin(self) -> None:
        """Opens what this process needs for it, in the thread that calls."""

    def __call__(
        self,
        what: str,
        work: Callable[Concatenate[Engine, Judge, ArgumentsT], ResultT],
        /,
        *args: ArgumentsT.args,
        **kwargs: ArgumentsT.kwargs,
    ) -> ResultT:
        """Does `work(engine, judge, ...)`, waits for it, and returns or raises what it did; `what` names it."""

    def heard(self, advance: Advance) -> Advance | None:
        """How the work can tell how far it is; None where it can't be heard."""


class Alone:
    """This process asks: one piece of work at a time, for there is one engine."""

    at_once = 1

    def __init__(self, engine: Callable[[], Engine], judge: Judge) -> None:
        self._engine, self._judge = engine, judge

    def begin(self) -> None:
        self._engine()

    def __call__(
        self,
        what: str,
        work: Callable[Concatenate[Engine, Judge, ArgumentsT], ResultT],
        /,
        *args: ArgumentsT.args,
        **kwargs: ArgumentsT.kwargs,
    ) -> ResultT:
        return work(self._engine(), self._judge, *args, **kwargs)

    def heard(self, advance: Advance) -> Advance | None:
        return advance


class Elsewhere:
    """Workers ask: each opens the model once and keeps it."""

    def __init__(self, place: Place, model: ModelConfig, slot: ExitStack) -> None:
        self._place, self._model, self._slot = place, model, slot

    @property
    def at_once(self) -> int:
        return self._place.at_once

    def begin(self) -> None:
        if self._model.engine != "server":
            self._slot.enter_context(gpu_slot())

    def __call__(
        self,
        what: str,
        work: Callable[Concatenate[Engine, Judge, ArgumentsT], ResultT],
        /,
        *args: ArgumentsT.args,
        **kwargs: ArgumentsT.kwargs,
    ) -> ResultT:
        return self._place(what, partial(asked, self._model, work, *args, **kwargs))

    def heard(self, advance: Advance) -> Advance | None:
        return None


@contextmanager
def who_asks(model: ModelConfig, rollouts: Stage[Rollout], place: Place | None) -> Iterator[Asking]:
    """The workers of `place`, or this process where there is none; a budget at a server is one purse, so that one
    process asks."""
    if place is not None and model.budget == BudgetConfig():
        with ExitStack() as slot:
            yield Elsewhere(place, model, slot)
        return
    with opened_when_needed(model, rollouts) as engine, Verifiers(VERIFIERS, VERIFIER_SECONDS) as verifiers:
        yield Alone(engine, verifiers.judge)


@contextmanager
def opened_when_needed(
    model: ModelConfig, rollouts: Stage[Rollout], beside: Callable[[], Tokens] = Tokens
) -> Iterator[Callable[[], Engine]]:
    """Gives a function that opens the engine when it is first called; whatever was opened is closed at the end.

    At a server the tokens of the stored rollouts, and what was spent `beside` them, count against its budget.
    """
    held: list[Engine] = []

    def engine() -> Engine:
        if not held:
            if model.engine != "server":
                slot.enter_context(gpu_slot())
            with _opening(rollouts):
                held.append(opened(model, lambda: _spent(rollouts).plus(beside())))
        return held[0]

    with ExitStack() as slot:
        try:
            yield engine
        finally:
            for each in held:
                say_hits(each)
                each.close()


@contextmanager
def _opening(rollouts: Stage[Rollout]) -> Iterator[None]:
    """What it takes to open the engine is written down, each time that it is opened."""
    part = next_part(ledger_of(rollouts.run_url, "engine", rollouts.key))
    with metered(rollouts.run_url, "engine", rollouts.key, part, all_cpu_seconds):
        yield


def _spent(rollouts: Stage[Rollout]) -> Tokens:
    """The tokens of the rollouts that are stored, which count against the budget of a run that goes on."""
    spent = Tokens()
    for shard in range(rollouts.count):
        for rollout in rollouts.so_far(shard):
            spent = spent.plus(Tokens(rollout.prompt_tokens, rollout.completion_tokens))
    return spent
