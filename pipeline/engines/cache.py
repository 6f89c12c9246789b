"""The request cache: an engine that asks the one it wraps only for samples that nobody has made before.

A sample is known by all that changes it: the engine's kind, its model and revision, the settings it was opened with,
the whole of the sampling, the prompt and the sample's own seed. The rollouts' sample index is in that seed, which is
derived from it; a request that repeats a seed has its repeats counted. Greedy samples keep to their seeds too, since a
server may answer the same question in two ways. Weights that change under one revision must never be asked through it,
so the trainer doesn't.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from pipeline.engines.completions import CompletionStore
from pipeline.engines.protocol import Completion, Engine, Request, Sampling
from schemas import Message, jsontext

_WINDOW = 4096
"""Requests gathered for the wrapped engine before it is asked: enough to fill its batches, and bounds the memory."""


class CachedEngine:
    """`engine` as it is, but for samples that `store` knows, which are given from there.

    `settings` are what else the answers depend on, such as a number format or the longest context. `asked` counts the
    samples that were wanted, `hits` those of them that the store had. Closing it closes both.
    """

    def __init__(self, engine: Engine, store: CompletionStore, settings: Mapping[str, Any] | None = None) -> None:
        self._engine, self._store, self._settings = engine, store, dict(settings or {})
        self.asked = self.hits = 0

    @property
    def kind(self) -> Literal["transformers", "vllm", "server"]:
        return self._engine.kind

    @property
    def model(self) -> str:
        return self._engine.model

    @property
    def revision(self) -> str:
        return self._engine.revision

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        return self._engine.encode(messages, prefill)

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        """Known samples as they are come upon, the others as soon as they are made, which are then known."""
        terms = terms_of(self._engine, self._settings, sampling)
        missing: dict[str, _Missing] = {}
        for request in requests:
            if request.id in missing or len(missing) == _WINDOW:
                yield from self._made(missing, sampling)
                missing = {}
            unknown: dict[int, bytes] = {}
            for sample, key in enumerate(sample_keys(terms, request)):
                self.asked += 1
                known = self._store.get(key)
                if known is None:
                    unknown[sample] = key
                else:
                    self.hits += 1
                    yield msgspec.structs.replace(known, request_id=request.id, sample=sample)
            if unknown:
                missing[request.id] = _Missing(request, list(unknown), list(unknown.values()))
        if missing:
            yield from self._made(missing, sampling)

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        return self._engine.score(prompts, continuations)

    def close(self) -> None:
        self._engine.close()
        self._store.close()

    def _made(self, missing: Mapping[str, "_Missing"], sampling: Sampling) -> Iterator[Completion]:
        for completion in self._engine.generate((each.rest for each in missing.values()), sampling):
            own = missing[completion.request_id]
            self._store.put(own.keys[completion.sample], completion)
            yield msgspec.structs.replace(completion, sample=own.samples[completion.sample])


class _Missing(NamedTuple):
    """The samples of a request that have to be made, and their keys."""

    request: Request
    samples: list[int]
    keys: list[bytes]

    @property
    def rest(self) -> Request:
        seeds = tuple(self.request.seeds[sample] for sample in self.samples)
        return msgspec.structs.replace(self.request, seeds=seeds)


def terms_of(engine: Engine, settings: Mapping[str, Any], sampling: Sampling) -> str:
    """What all samples of one call have in common; the fields of `sampling` and of the answer are in it as they are."""
    fields = Completion.__struct_fields__
    return jsontext.digest(fields, engine.kind, engine.model, engine.revision, dict(settings), sampling)


def sample_keys(terms: str, request: Request) -> Iterator[bytes]:
    """The key of each of a request's samples, 16 bytes; a prompt is its ids, or its messages where it has none."""
    prompt = jsontext.digest(terms, request.prompt_ids, () if request.prompt_ids else request.messages)
    for place, seed in enumerate(request.seeds):
        yield bytes.fromhex(jsontext.digest(prompt, seed, request.seeds[:place].count(seed)))
