"""A scripted engine: it knows each task's pass rate, and answers rightly that often, by its seeds alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Literal

from generators.family import make_task
from generators.registry import family_named
from pipeline.engines.protocol import Completion, Request, Sampling
from schemas import Message, Task

SAMPLING = Sampling(max_tokens=32, stop=("\n",))


class KilledError(Exception):
    """What the engine raises when its time is up."""


class ScriptedEngine:
    """Answers each task rightly with its rate's probability; gives samples in an order of its own."""

    kind: Literal["transformers", "vllm", "server"] = "transformers"
    model = "scripted"
    revision = "1"

    def __init__(self, answers: Mapping[str, str], rates: Mapping[str, float], lives: int | None = None) -> None:
        self._answers, self._rates, self._lives = answers, rates, lives
        self.thoughts: dict[str, str] = {}
        """What is written before the answer, by task id."""
        self.sampled: list[tuple[str, int]] = []
        """(task id, seed) of everything that was paid for."""
        self.calls = 0

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        return tuple(map(ord, "".join(message.content for message in messages) + prefill))

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        self.calls += 1
        wanted = [(request.id, sample, seed) for request in requests for sample, seed in enumerate(request.seeds)]
        Random(self.calls).shuffle(wanted)
        for task_id, sample, seed in wanted:
            if self._lives is not None and len(self.sampled) >= self._lives:
                raise KilledError
            self.sampled.append((task_id, seed))
            yield completion(task_id, sample, self._text(task_id, seed))

    def _text(self, task_id: str, seed: int) -> str:
        right = Random(seed).random() < self._rates[task_id]
        return f"{self.thoughts.get(task_id, '')}<answer>{self._answers[task_id] if right else 'no idea'}</answer>"

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to free."""


def completion(task_id: str, sample: int, text: str) -> Completion:
    ids = tuple(map(ord, text))
    return Completion(
        request_id=task_id, sample=sample, token_ids=ids, logprobs=(-0.5,) * len(ids), text=text, finish="stop"
    )


def sums(count: int, level: int = 6, seed: int = 1) -> list[Task]:
    """`count` different arithmetic tasks."""
    family = family_named("arithmetic.chain")
    made = (make_task(family, level=level, seed=seed, index=index) for index in range(2 * count))
    return list({task.id: task for task in made}.values())[:count]


def scripted(tasks: Sequence[Task], rates: Sequence[float], lives: int | None = None) -> ScriptedEngine:
    return ScriptedEngine(
        {task.id: task.answer for task in tasks},
        dict(zip((task.id for task in tasks), rates, strict=True)),
        lives,
    )
