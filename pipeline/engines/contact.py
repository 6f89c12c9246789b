"""The way to a model at a server: the address, the key, and what the server says of the model."""

import os

import httpx
import msgspec

from pipeline.engines.answers import Served, served_models, storable
from pipeline.engines.connection import Ask, Connection
from pipeline.engines.protocol import EngineError, EngineGoneError
from pipeline.engines.retry import Patience
from pipeline.seeding import generator

_MODELS_BYTES = 2**24


def connected(url: str, key_env: str = "", concurrency: int = 1) -> Connection:
    """A connection with the key of that environment variable. Raises EngineError for a bad address or no key."""
    return Connection(_address(url), _key(key_env), concurrency)


def beside(url: str, key_env: str = "") -> Connection:
    """A connection to what a server has beside the OpenAI protocol, at the address without its /v1."""
    return Connection(_address(url).removesuffix("/v1"), _key(key_env), 1)


def served_revision(name: str, url: str, key_env: str = "") -> str:
    """What names the weights that a server answers with, as far as it says. Raises EngineError."""
    connection = connected(url, key_env)
    try:
        return asked_for(connection, name, Patience()).revision
    finally:
        connection.close()


def asked_for(connection: Connection, name: str, patience: Patience) -> Served:
    """What the server says of the model with that id, or loaded from that path or hub id. Raises EngineError."""
    ask = Ask("/models", None, served_models, _MODELS_BYTES)
    # Nothing is lost yet: someone who mistyped the URL should soon hear of it.
    patience = msgspec.structs.replace(patience, attempts=min(3, patience.attempts), timeout=min(60, patience.timeout))
    try:
        models = connection.submit(connection.answer(ask, patience, generator(0, "retry", "models"))).result()
    except EngineGoneError as failure:
        raise EngineError(str(failure)) from None
    if name not in models:
        there = ", ".join(sorted({served.id for served in models.values()})[:10]) or "none"
        there = connection.without_key(storable(there))
        raise EngineError(
            f"the server at {connection.url} has no model {name!r}; it has {there}: set model.name to one of these, or "
            f"serve the model under that name (vLLM: --served-model-name)"
        )
    return models[name]


def _address(url: str) -> str:
    """The URL without its last slash; `/v1` is added to one that ends at the host."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        parts = httpx.URL("")
    if parts.scheme not in ("http", "https") or not parts.host or parts.userinfo or parts.query or parts.fragment:
        raise EngineError("model.url must be like http://host:8000/v1, without a key, a password or a query in it")
    return url.rstrip("/") + ("" if parts.path.rstrip("/") else "/v1")


def _key(key_env: str) -> str:
    """The key in that environment variable; never shown, not even when it can't be used."""
    if not key_env:
        return ""
    key = os.environ.get(key_env, "").strip()
    if not key:
        raise EngineError(f"the environment variable {key_env} (model.key_env) is not set: put the server's key there")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise EngineError(f"the environment variable {key_env} (model.key_env) holds no key: keys are printable ASCII")
    return key
