"""What an OpenAI-compatible server's answers say; nothing in them is believed before it is looked at."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.engines.connection import BrokenAnswerError
from schemas import Finish

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_OPEN_SERVERS = ("vllm", "llamacpp", "sglang")
"""What they call themselves in `owned_by`."""
_OTHER_ENDS = ("content_filter", "tool_calls", "abort", "error")
_MOST = 2**31 - 1
_IDENTITY = ("owned_by", "root", "parent", "max_model_len")
_WEIGHTS = ("n_params", "size", "n_vocab", "n_embd")


class Served(NamedTuple):
    """A model as its server names it.

    `context` is the longest sequence in tokens, None where it is not said; `samplers` whether the server is known to
    read what OpenAI's own does not: top_k, min_p, repetition_penalty.
    """

    id: str
    revision: str
    context: int | None
    samplers: bool


class Said(NamedTuple):
    """One choice of an answer. `token_ids` are None where the server gives none; counts then are its own."""

    text: str
    finish: Finish
    token_ids: tuple[int, ...] | None
    logprobs: tuple[float, ...]
    prompt_tokens: int
    completion_tokens: int


def served_models(answer: Any) -> dict[str, Served]:
    """The models of a `/models` answer, by their id and by the path or hub id that they were loaded from."""
    found: dict[str, Served] = {}
    for entry in _list(answer, "data"):
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            samplers = entry.get("owned_by") in _OPEN_SERVERS
            served = Served(entry["id"], _revision(entry), _context(entry), samplers)
            found[served.id] = served
            if isinstance(entry.get("root"), str):
                found.setdefault(entry["root"], served)
    return found


def _revision(entry: Mapping[str, Any]) -> str:
    """What the server says of the weights, the same after a restart: no times, and no ids of its own."""
    meta = entry.get("meta")
    told = {name: entry[name] for name in _IDENTITY if entry.get(name) is not None}
    if isinstance(meta, dict):
        told |= {name: meta[name] for name in _WEIGHTS if name in meta}
    plain = [f"{name} {storable(str(value))[:200]}" for name, value in told.items() if isinstance(value, str | int)]
    return ", ".join(["served", *plain])


def _context(entry: Mapping[str, Any]) -> int | None:
    length = entry.get("max_model_len")
    return length if type(length) is int and length > 0 else None


def said(answer: Any, *, chat: bool) -> Said:
    """The one choice of a completion's answer. Raises BrokenAnswerError where anything is missing or impossible."""
    choices = _list(answer, "choices")
    if len(choices) != 1 or not isinstance(choices[0], dict):
        raise BrokenAnswerError(f"has {len(choices)} choices and not one")
    (choice,) = choices
    finish = choice.get("finish_reason")
    if finish not in ("stop", "length"):
        known = finish if finish in _OTHER_ENDS else "something else"
        raise BrokenAnswerError(f"was ended by {known}, and not by 'stop' or 'length'")
    ids = None if chat else _ids(choice)
    used = answer.get("usage") or {}
    prompt, completion = _count(used, "prompt_tokens"), _count(used, "completion_tokens")
    text = _text(choice, completion, chat=chat)
    return Said(
        text=text,
        finish=finish,
        token_ids=ids,
        logprobs=() if ids is None else _logprobs(choice, len(ids)),
        prompt_tokens=prompt,
        completion_tokens=completion,
    )


def prompt_logprobs(answer: Any, ids: Sequence[int]) -> list[float | None]:
    """The log-probability of each prompt token given those before it; the first has none."""
    choices = _list(answer, "choices")
    rows = choices[0].get("prompt_logprobs") if choices and isinstance(choices[0], dict) else None
    if not isinstance(rows, list) or len(rows) != len(ids):
        raise BrokenAnswerError("has no log-probabilities of the prompt, as vLLM gives them")
    found: list[float | None] = [None]
    for token, row in zip(ids[1:], rows[1:], strict=True):
        entry = row.get(str(token)) if isinstance(row, dict) else None
        found.append(_logprob(entry.get("logprob") if isinstance(entry, dict) else None))
    return found


def storable(text: str) -> str:
    """The text with halves of surrogate pairs, which no file can hold, replaced."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def _list(answer: Any, name: str) -> list[Any]:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, list):
        raise BrokenAnswerError(f"has no list {name!r}")
    return value


def _text(choice: Mapping[str, Any], written: int, *, chat: bool) -> str:
    message = choice.get("message") if chat else choice
    text = message.get("content" if chat else "text") if isinstance(message, dict) else None
    if text is None and chat and isinstance(message, dict) and "content" in message:
        text = ""  # a reasoning model that came to no answer
    if not isinstance(text, str):
        raise BrokenAnswerError("has no text")
    if not text and not written:
        raise BrokenAnswerError("is empty")
    return storable(text)


def _count(used: Any, name: str) -> int:
    value = used.get(name) if isinstance(used, dict) else None
    if type(value) is not int or not 0 <= value <= _MOST:
        raise BrokenAnswerError(f"has no usage.{name}")
    return value


def _ids(choice: Mapping[str, Any]) -> tuple[int, ...] | None:
    ids = choice.get("token_ids")
    if ids is None:
        return None
    if not isinstance(ids, list) or not all(type(one) is int and 0 <= one <= _MOST for one in ids):
        raise BrokenAnswerError("has token_ids that are no list of ids")
    return tuple(ids)


def _logprobs(choice: Mapping[str, Any], count: int) -> tuple[float, ...]:
    """Those of the tokens, or none where the server gives none."""
    given = choice.get("logprobs")
    if given is None:
        return ()
    values = given.get("token_logprobs") if isinstance(given, dict) else None
    if not isinstance(values, list) or len(values) != count:
        raise BrokenAnswerError(f"has log-probabilities for another number of tokens than its {count}")
    return tuple(_logprob(value) for value in values)


def _logprob(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or value > 1e-3:
        raise BrokenAnswerError("has a log-probability that is none")
    return float(value)
