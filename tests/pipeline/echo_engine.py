"""An engine whose answer says all that was asked, so that an answer to anything else is seen."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from pipeline.engines.protocol import Completion, Request, Sampling
from schemas import Message

Kind = Literal["transformers", "vllm", "server"]

SAMPLING = Sampling(max_tokens=12)


class Echo:
    """`made` has the name and seed of every sample that was asked for; they are made last first."""

    def __init__(self, kind: Kind = "transformers", model: str = "m", revision: str = "1", options: str = "") -> None:
        self.kind: Kind = kind
        self.model, self.revision, self.options = model, revision, options
        self.made: list[tuple[str, int]] = []

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        return tuple(map(ord, "".join(message.content for message in messages) + prefill))

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        asked = [(request, sample) for request in requests for sample in range(len(request.seeds))]
        for request, sample in reversed(asked):
            self.made.append((request.id, request.seeds[sample]))
            yield self.answer(request, sample, sampling)

    def answer(self, request: Request, sample: int, sampling: Sampling) -> Completion:
        prompt = request.prompt_ids or request.messages
        of = (self.kind, self.model, self.revision, self.options, sampling, prompt, request.seeds[sample])
        ids = tuple(map(ord, repr(of)))
        return Completion(
            request_id=request.id,
            sample=sample,
            token_ids=ids,
            logprobs=tuple(-1 / (1 + each) for each in ids),
            text=repr(of),
            finish="length",
            prompt_tokens=len(prompt),
        )

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        return [[-float(len(prompt))] * len(one) for prompt, one in zip(prompts, continuations, strict=True)]

    def close(self) -> None:
        """Nothing to free."""


def answers(engine: Any, requests: Sequence[Request], sampling: Sampling = SAMPLING) -> dict[tuple[str, int], Any]:
    found = list(engine.generate(iter(requests), sampling))
    by_sample = {(each.request_id, each.sample): each for each in found}
    assert len(by_sample) == len(found) == sum(len(request.seeds) for request in requests)
    return by_sample


def asking(text: str, *seeds: int, name: str = "a") -> Request:
    return Request(id=name, prompt_ids=tuple(map(ord, text)), seeds=seeds)
