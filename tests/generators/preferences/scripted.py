"""An engine that answers by a rule: tokens are letters, so that every path can be read."""

from collections.abc import Callable, Iterable, Iterator, Sequence

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


class Scripted:
    """The engine; it keeps what it was asked, and a step ends at the first of the sampling's stop strings."""

    kind = "transformers"
    model = "scripted"
    revision = "1"

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
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
            path = decode(request.prompt_ids[len(PROMPT) :])
            for sample, seed in enumerate(request.seeds):
                said = self._rule(path, derived_seed(seed, "scripted"))
                cut = min((said.find(stop) + len(stop) for stop in sampling.stop if stop in said), default=len(said))
                ids = encoded(said[:cut])
                yield Completion(
                    request_id=request.id,
                    sample=sample,
                    token_ids=ids,
                    logprobs=(-0.1,) * len(ids),
                    text=said[:cut],
                    finish="stop",
                )

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
