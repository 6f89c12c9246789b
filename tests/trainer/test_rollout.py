"""Groups of samples: right places whatever the engine's order, one seed each, evaluation the same each time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import pytest

from generators.judging import judge_here
from pipeline.engines.protocol import Completion, EngineError, Request, Sampling
from schemas import Message, Task
from trainer.config import SamplingConfig
from trainer.rollout import judged_group, rollout_seeds, sample
from trainer.verdicts import verdicts_on

SomeTasks = Callable[..., list[Task]]
SAMPLING = SamplingConfig(max_tokens=5, prefill="<answer>", stop=["</answer>"])


class Backwards:
    """Answers `answers[seed % len]` to each sample, the last sample first."""

    kind = "transformers"
    model, revision = "backwards", "1"

    def __init__(self, answers: Sequence[str]) -> None:
        self.answers = answers

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        return tuple((messages[0].content + prefill).encode())

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        samples = [(request, number) for request in requests for number in range(len(request.seeds))]
        for request, number in reversed(samples):
            text = self.answers[request.seeds[number] % len(self.answers)]
            ids = tuple(text.encode())
            yield Completion(
                request_id=request.id,
                sample=number,
                token_ids=ids,
                logprobs=(-1.0,) * len(ids),
                text=text,
                finish="stop",
            )

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        raise NotImplementedError

    def close(self) -> None:
        pass


def test_every_sample_comes_to_its_task_seed_and_verdict(some_tasks: SomeTasks) -> None:
    tasks = some_tasks(3)
    engine = Backwards([f"{task.answer}</answer>" for task in tasks])
    sampled = sample(engine, tasks, [[0, 1, 2]] * 3, SAMPLING)
    verdicts = verdicts_on(sampled, SAMPLING.prefill, judge_here)
    groups = [judged_group(one, own, engine, "r7", SAMPLING) for one, own in zip(sampled, verdicts, strict=True)]
    assert [group.task for group in groups] == tasks
    for place, group in enumerate(groups):
        assert [rollout.sample for rollout in group.rollouts] == [0, 1, 2]
        assert [rollout.seed for rollout in group.rollouts] == [0, 1, 2]
        assert group.scores == [float(place == number) for number in range(3)]
        assert group.rollouts[place].text == f"<answer>{tasks[place].answer}</answer>"
        assert group.rollouts[place].extracted == tasks[place].answer
        assert {rollout.revision for rollout in group.rollouts} == {"r7"}


def test_no_two_samples_share_a_seed_even_where_a_task_comes_twice(some_tasks: SomeTasks) -> None:
    task = some_tasks(1)[0]
    seeds = [seed for step in (1, 2) for own in rollout_seeds(5, step, [task, task], [8, 8]) for seed in own]
    assert len(set(seeds)) == 2 * 2 * 8
    assert seeds[:8] == rollout_seeds(5, 1, [task], [8])[0]


class Forgetful(Backwards):
    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        yield from islice(super().generate(requests, sampling), 4)


def test_an_engine_that_leaves_samples_out_is_said(some_tasks: SomeTasks) -> None:
    with pytest.raises(EngineError, match="asked for 6 samples and gave 4"):
        sample(Forgetful(["1"]), some_tasks(2), [[0, 1, 2]] * 2, SAMPLING)
