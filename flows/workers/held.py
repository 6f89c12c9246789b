"""The model that a worker process holds: opened for its first piece of work, kept for the next ones."""

import multiprocessing
import threading
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from generators.judging import Judge, Verifiers
from pipeline.engines.config import ModelConfig
from pipeline.engines.opening import opened
from pipeline.engines.protocol import Engine, EngineGoneError

ArgumentsT = ParamSpec("ArgumentsT")
ResultT = TypeVar("ResultT")

VERIFIERS = 1
"""Processes that verify beside an engine; they are idle for most of the time."""

VERIFIER_SECONDS = 30.0
"""Wall time of one answer on a machine that the engine keeps busy; it is undecided after that."""


class _Held:
    """What a process has open, one piece of work at a time: a model is too large to be opened for each of them."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.model: ModelConfig | None = None
        self.engine: Engine | None = None
        self.verifiers: Verifiers | None = None

    def opened(self, model: ModelConfig) -> tuple[Engine, Judge]:
        if model != self.model:
            self.close()
        if self.verifiers is None:
            # A worker of Dask's nanny is a daemon, which may have no children; these end with it by themselves.
            multiprocessing.current_process().daemon = False
            self.verifiers = Verifiers(VERIFIERS, VERIFIER_SECONDS)
        if self.engine is None:
            self.engine, self.model = opened(model), model
        return self.engine, self.verifiers.judge

    def close(self) -> None:
        for each in (self.engine, self.verifiers):
            if each is not None:
                each.close()
        self.model = self.engine = self.verifiers = None


_HELD = _Held()


def asked(
    model: ModelConfig,
    work: Callable[Concatenate[Engine, Judge, ArgumentsT], ResultT],
    *args: ArgumentsT.args,
    **kwargs: ArgumentsT.kwargs,
) -> ResultT:
    """What the work does with the engine and the verifiers of this process. Raises EngineError, ModelError.

    An engine that is gone is opened anew for the next piece of work.
    """
    with _HELD.turn:
        try:
            return work(*_HELD.opened(model), *args, **kwargs)
        except EngineGoneError:
            _HELD.close()
            raise


def let_go() -> None:
    """Closes what is open here."""
    with _HELD.turn:
        _HELD.close()
