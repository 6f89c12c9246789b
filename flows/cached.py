"""Samples of earlier runs: where `model.cache` names a folder, what is there is taken and what is made is put there."""

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import torch

from flows.config import ModelConfig
from pipeline.engines.cache import CachedEngine
from pipeline.engines.completions import CompletionStore
from pipeline.engines.protocol import Engine
from pipeline.engines.vllm import VllmEngine
from pipeline.models import resolve

_CHANGE_NO_ANSWER = {"threads", "cache_gb", "key_env", "concurrency", "timeout", "budget", "cache"}
"""Keys of `model`; any other, and any that comes, is part of what a sample is known by."""

_COMPUTE_ANSWERS = {"transformers": ("torch", "transformers"), "vllm": ("transformers",), "server": ()}


def cached(opened: Callable[[], Engine], model: ModelConfig) -> Engine:
    """The engine that `opened` gives, behind the cache that the model names, if any.

    Raises EngineError for a folder that is no cache, before the engine is opened.
    """
    if model.cache is None:
        return opened()
    store = CompletionStore(model.cache)
    settings = model.model_dump(exclude=_CHANGE_NO_ANSWER)
    if model.tokenizer is not None:
        settings["tokenizer"] = resolve(model.tokenizer, weights=False).revision
    if model.engine != "server":
        settings["device"] = "cuda" if torch.cuda.is_available() else "cpu"  # they compute in other number formats
    settings["versions"] = [_version(name) for name in ("taskmill", *_COMPUTE_ANSWERS[model.engine])]
    engine = opened()
    if isinstance(engine, VllmEngine):
        settings["versions"] += engine.versions
    return CachedEngine(engine, store, settings)


def say_hits(engine: Engine) -> None:
    """Says on stderr how many samples were there already, where there is a cache."""
    if isinstance(engine, CachedEngine):
        sys.stderr.write(f"{engine.model}: {engine.hits:,} of {engine.asked:,} samples from the cache\n")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
