"""Who asks the model: this process, with an engine of its own, or workers that hold one each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
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
from pipeline.engines.protocol import Engine, EngineGoneError
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
    """This process asks: one piece of work at a time, for there is one engine; where it is gone, `close` is called."""

    at_once = 1

    def __init__(self, engine: Callable[[], Engine], judge: Judge, close: Callable[[], None] = lambda: None) -> None:
        self._engine, self._judge, self._close = engine, judge, close

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
        try:
            return work(self._engine(), self._judge, *args, **kwargs)
        except EngineGoneError:
            self._close()
            raise

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
        if self._model.engine != "server" and not self._place.elsewhere:
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
        # What a server was paid for, and lost on the way, stands in the engine's account alone.
        yield (
            Alone(engine, verifiers.judge) if model.engine == "server" else Alone(engine, verifiers.judge, engine.close)
        )


class WhenNeeded:
    """An engine that is opened when it is first called for, and again once it was closed; with what it needs held."""

    def __init__(self, opening: Callable[[ExitStack], Engine]) -> None:
        self._opening, self._held = opening, ExitStack()
        self._engine: Engine | None = None

    def __call__(self) -> Engine:
        if self._engine is None:
            self._engine = self._opening(self._held)
        return self._engine

    def close(self) -> None:
        self._engine = None
        self._held.close()


@contextmanager
def opened_when_needed(
    model: ModelConfig, rollouts: Stage[Rollout], beside: Callable[[], Tokens] = Tokens
) -> Iterator[WhenNeeded]:
    """Gives what opens the engine when it is first called; whatever was opened is closed at the end.

    At a server the tokens of the stored rollouts, and what was spent `beside` them, count against its budget.
    """

    def opening(held: ExitStack) -> Engine:
        if model.engine != "server":
            held.enter_context(gpu_slot())
        with _opening(rollouts):
            engine = opened(model, lambda: _spent(rollouts).plus(beside()))
        held.callback(engine.close)
        held.callback(say_hits, engine)
        return engine

    with closing(WhenNeeded(opening)) as engine:
        yield engine


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
