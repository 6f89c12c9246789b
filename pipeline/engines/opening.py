"""The engine that a config names; where `model.cache` names a folder, what was sampled before is taken from there."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from pipeline.engines import open_engine
from pipeline.engines.budget import Budget, Tokens
from pipeline.engines.cache import CachedEngine
from pipeline.engines.completions import CompletionStore
from pipeline.engines.config import ModelConfig
from pipeline.engines.protocol import Engine
from pipeline.engines.retry import Patience
from pipeline.models import resolve

_CHANGE_NO_ANSWER = {"threads", "rows", "cache_gb", "key_env", "concurrency", "timeout", "budget", "cache"}
"""Keys of `model`; any other, and any that comes, is part of what a sample is known by."""

_COMPUTE_ANSWERS = {"transformers": ("torch", "transformers"), "vllm": ("transformers",), "server": ()}


def opened(model: ModelConfig, spent: Callable[[], Tokens] = Tokens) -> Engine:
    """The engine, behind its cache if it names one; what was `spent` at a server counts against its budget.

    Sets torch's threads where the config says how many. Raises EngineError, or ModelError for the model.
    """
    if model.threads is not None:
        import torch

        torch.set_num_threads(model.threads)
    return cached(lambda: _opened(model, spent), model)


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
        import torch

        settings["device"] = "cuda" if torch.cuda.is_available() else "cpu"  # they compute in other number formats
    settings["versions"] = [_version(name) for name in ("taskmill", *_COMPUTE_ANSWERS[model.engine])]
    engine = opened()
    settings["versions"] += getattr(engine, "versions", ())
    return CachedEngine(engine, store, settings)


def _opened(model: ModelConfig, spent: Callable[[], Tokens]) -> Engine:
    if model.engine == "transformers":
        return open_engine("transformers", model.name, rows=model.rows)
    if model.engine == "vllm":
        own = {"context": model.context, "cache_gb": model.cache_gb, "threads": model.threads, "rows": model.rows}
        return open_engine("vllm", model.name, **own)
    return open_engine(
        "server",
        model.name,
        url=model.url,
        key_env=model.key_env,
        concurrency=model.concurrency,
        tokenizer=model.tokenizer,
        budget=Budget(**model.budget.model_dump()),
        spent=spent(),
        patience=Patience(timeout=model.timeout, deadline=6 * model.timeout),
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
