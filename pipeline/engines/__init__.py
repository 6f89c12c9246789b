"""Rollout engines: one contract (`protocol`), opened by kind."""

from collections.abc import Callable
from typing import Any

from pipeline.engines.protocol import Completion, Engine, EngineError, Request, Sampling

__all__ = ["KINDS", "Completion", "Engine", "EngineError", "Request", "Sampling", "open_engine"]


def _transformers(model: str, **options: Any) -> Engine:
    # Imported when wanted: torch and transformers take seconds.
    from pipeline.engines.transformers import TransformersEngine

    return TransformersEngine.load(model, **options)


def _vllm(model: str, **options: Any) -> Engine:
    from pipeline.engines.vllm import VllmEngine

    return VllmEngine.load(model, **options)


def _server(model: str, **options: Any) -> Engine:
    from pipeline.engines.server import ServerEngine

    return ServerEngine.load(model, **options)


KINDS: dict[str, Callable[..., Engine]] = {"transformers": _transformers, "vllm": _vllm, "server": _server}


def open_engine(kind: str, model: str, **options: Any) -> Engine:
    """The engine of that kind with a registry model, e.g. `open_engine("transformers", "smollm2-135m")`.

    `options` are those of the kind's `load`. Raises EngineError for an unknown kind, ModelError for the model.
    """
    if kind not in KINDS:
        raise EngineError(f"there is no {kind!r} engine; there is {', '.join(KINDS)}")
    return KINDS[kind](model, **options)
