"""An engine whose answers and likelihoods are given by functions of what it is asked; its tokens are characters."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from pipeline.engines.protocol import Completion, Request, Sampling
from schemas import Message

Writes = Callable[[str, int], str]
"""The text to a prompt, by the number of the sample."""
Likes = Callable[[str, str], float]
"""The log-probability of a word behind a prompt."""


class Scripted:
    """`asked` holds every prompt; with `speaks` "messages" there are no token ids, as with many servers."""

    model, revision = "scripted", "1"

    def __init__(
        self,
        writes: Writes = lambda prompt, sample: "",
        likes: Likes = lambda prompt, word: -1.0,
        kind: Literal["transformers", "vllm", "server"] = "transformers",
        speaks: Literal["ids", "messages"] = "ids",
    ) -> None:
        self.kind: Literal["transformers", "vllm", "server"] = kind
        self._writes, self._likes, self._speaks = writes, likes, speaks
        self.asked: list[str] = []
        self.requests: list[Request] = []
        self.calls = 0
        self.finish: Literal["stop", "length"] = "stop"

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        if self._speaks == "messages":
            return ()
        return tuple(map(ord, "".join(f"{each.role}: {each.content}\n" for each in messages) + "assistant: " + prefill))

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        self.calls += 1
        for request in reversed(list(requests)):
            self.requests.append(request)
            prompt = text_of(request.prompt_ids) or request.messages[-1].content
            self.asked.append(prompt)
            counted = {"prompt_tokens": 10, "completion_tokens": 2} if self._speaks == "messages" else {}
            for sample in reversed(range(len(request.seeds))):
                text = self._writes(prompt, sample)
                ids = () if self._speaks == "messages" else tuple(map(ord, text))
                yield Completion(
                    request_id=request.id,
                    sample=sample,
                    token_ids=ids,
                    logprobs=(),
                    text=text,
                    finish=self.finish,
                    **counted,
                )

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        self.calls += 1
        found = []
        for prompt, ids in zip(prompts, continuations, strict=True):
            self.asked.append(text_of(prompt))
            told = self._likes(text_of(prompt), text_of(ids))
            found.append([told, *[0.0] * (len(ids) - 1)])
        return found

    def close(self) -> None:
        """Nothing to free."""


def text_of(ids: Sequence[int]) -> str:
    return "".join(map(chr, ids))
