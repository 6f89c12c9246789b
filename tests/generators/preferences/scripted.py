"""An engine that answers by a rule: tokens are letters or words, so that every path can be read."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from pipeline.engines.protocol import Completion, Request, Sampling
from pipeline.seeding import derived_seed
from schemas import Message, Task, Verdict

Rule = Callable[[str, int], str]
"""What has been said so far and a draw, to what is said further, to the end of the response."""

PROMPT = (1, 2)


def decode(ids: Sequence[int]) -> str:
    return "".join(map(chr, ids))


def encoded(text: str) -> tuple[int, ...]:
    return tuple(map(ord, text))


class Words:
    """Tokens as byte-pair encodings cut them: a word takes the space before it, marks the newlines after."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def encoded(self, text: str) -> tuple[int, ...]:
        pieces = re.findall(r"\n +-| ?\w+| ?[^\w\s]+\n*|\s", text)
        assert "".join(pieces) == text
        return tuple(self._known.setdefault(piece, len(self._known) + 10) for piece in pieces)

    def decode(self, ids: Sequence[int]) -> str:
        texts = {number: piece for piece, number in self._known.items()}
        return "".join(texts[number] for number in ids)


class Scripted:
    """The engine; it keeps what it was asked, and ends with the first token that brings in one of the stop strings."""

    kind = "transformers"
    model = "scripted"
    revision = "1"

    def __init__(self, rule: Rule, words: Words | None = None) -> None:
        self._rule = rule
        self._decode = words.decode if words else decode
        self._encoded = words.encoded if words else encoded
        self.calls: list[list[Request]] = []

    @property
    def samples(self) -> int:
        return sum(len(request.seeds) for call in self.calls for request in call)

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        return PROMPT

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        asked = list(requests)
        self.calls.append(asked)
        for request in asked:
            path = self._decode(request.prompt_ids[len(PROMPT) :])
            for sample, seed in enumerate(request.seeds):
                said = self._rule(path, derived_seed(seed, "scripted"))
                ids = self._encoded(said)
                cut = min((said.find(stop) + len(stop) for stop in sampling.stop if stop in said), default=len(said))
                stopped = next((n for n, length in enumerate(self._lengths(ids)) if length >= cut), len(ids))
                ids = ids[: min(stopped, sampling.max_tokens)]
                yield Completion(
                    request_id=request.id,
                    sample=sample,
                    token_ids=ids,
                    logprobs=(-0.1,) * len(ids),
                    text=self._decode(ids),
                    finish="stop" if len(ids) == stopped else "length",
                )

    def _lengths(self, ids: Sequence[int]) -> Iterable[int]:
        """How long the text of the first 0, 1, 2, ... tokens is."""
        return accumulate((len(self._decode([each])) for each in ids), initial=0)

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        return [[-0.1] * len(each) for each in continuations]

    def close(self) -> None:
        """Nothing is held."""


def ends_with(mark: str) -> Callable[[Sequence[tuple[Task, str]]], list[Verdict]]:
    """A judge to whom a response is right that ends with the mark."""

    def judge(answered: Sequence[tuple[Task, str]]) -> list[Verdict]:
        return [
            Verdict(score=1.0, reason="correct") if text.endswith(mark) else Verdict(score=0.0, reason="wrong")
            for _, text in answered
        ]

    return judge
