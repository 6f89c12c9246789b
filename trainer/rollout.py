"""Rollouts: tasks in, groups of sampled completions out, as token ids and the sampler's log-probabilities."""

from collections.abc import Sequence

import msgspec

from pipeline.engines.judged import judged_rollout
from pipeline.engines.protocol import Completion, Engine, EngineError, Request
from pipeline.seeding import derived_seed
from schemas import Rollout, Task, Verdict
from trainer.advantage import varies
from trainer.config import SamplingConfig


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The judged completions of one task, and what the learner read in each, only where the loss needs it.

    `hint` is the share of the worked solution that the prompt told. The last `replayed` rollouts were sampled earlier,
    by older weights, under this same prompt. `old_logprobs` and `entropies` are the learner's at sampling time,
    `reference_logprobs` those of the model that training began with.

    `parts` is what each component of the reward says of each rollout, `total` what they come to, `factors` what the
    advantages are multiplied by, and `credits` what is added to those of each token (trainer.rewards); all empty where
    the verifier's scores are the rewards.
    """

    task: Task
    prompt_ids: tuple[int, ...]
    rollouts: tuple[Rollout, ...]
    hint: float = 0.0
    replayed: int = 0
    old_logprobs: tuple[tuple[float, ...], ...] = ()
    entropies: tuple[tuple[float, ...], ...] = ()
    reference_logprobs: tuple[tuple[float, ...], ...] = ()
    parts: dict[str, tuple[float | None, ...]] = {}
    total: tuple[float | None, ...] = ()
    factors: tuple[float, ...] = ()
    credits: tuple[tuple[float, ...], ...] = ()

    @property
    def scores(self) -> list[float | None]:
        return [rollout.score for rollout in self.rollouts]

    @property
    def rewards(self) -> list[float | None]:
        """What the group is learnt from by: the verifier's scores where the config asks for nothing else."""
        return list(self.total) or self.scores

    @property
    def teaches(self) -> bool:
        """Whether any of its advantages is other than 0."""
        return varies(self.rewards) or any(any(own) for own in self.credits)

    @property
    def fresh(self) -> tuple[Rollout, ...]:
        """The rollouts of this sampling."""
        return self.rollouts[: len(self.rollouts) - self.replayed]


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """The completions of one task, not judged yet; `seeds` and `completions` in the order of their samples."""

    task: Task
    prompt_ids: tuple[int, ...]
    seeds: tuple[int, ...]
    completions: tuple[Completion, ...]


def sample(
    engine: Engine, tasks: Sequence[Task], seeds: Sequence[Sequence[int]], sampling: SamplingConfig
) -> list[Sampled]:
    """A completion for every seed of every task, in order, however the engine answers. Raises EngineError."""
    prompts = [engine.encode(task.prompt, sampling.prefill) for task in tasks]
    requests = [
        Request(id=str(place), prompt_ids=ids, seeds=tuple(own))
        for place, (ids, own) in enumerate(zip(prompts, seeds, strict=True))
    ]
    answered = {(done.request_id, done.sample): done for done in engine.generate(requests, sampling.for_engine())}
    if (wanted := sum(len(request.seeds) for request in requests)) != len(answered):
        raise EngineError(f"the engine was asked for {wanted} samples and gave {len(answered)}: look at its own log")
    return [
        Sampled(
            task=task,
            prompt_ids=request.prompt_ids,
            seeds=request.seeds,
            completions=tuple(answered[request.id, number] for number in range(len(request.seeds))),
        )
        for task, request in zip(tasks, requests, strict=True)
    ]


def rollout_seeds(
    seed: int, step: int, tasks: Sequence[Task], counts: Sequence[int], first: int = 0, hint: float = 0.0
) -> list[list[int]]:
    """So many seeds a task; its place among all that the step samples, from `first`, keeps it apart from itself."""
    purpose = ["hinted rollout", hint] if hint else ["rollout"]
    return [
        [derived_seed(seed, *purpose, step, place, task.id, number) for number in range(count)]
        for place, (task, count) in enumerate(zip(tasks, counts, strict=True), first)
    ]


def judged_group(
    sampled: Sampled,
    verdicts: Sequence[Verdict],
    engine: Engine,
    revision: str,
    sampling: SamplingConfig,
    hint: float = 0.0,
) -> Group:
    """The group as records: what training sees is what is written down. `revision` names the weights of this step; a
    `hint` that the prompt told stands in the rollouts' settings."""
    settings = sampling.model_dump(mode="json") | ({"hint": hint} if hint else {})
    rollouts = [
        judged_rollout(
            sampled.task.id,
            done,
            verdict,
            engine,
            settings,
            seed=seed,
            prompt_tokens=len(sampled.prompt_ids),
            revision=revision,
        )
        for done, seed, verdict in zip(sampled.completions, sampled.seeds, verdicts, strict=True)
    ]
    return Group(task=sampled.task, prompt_ids=sampled.prompt_ids, rollouts=tuple(rollouts), hint=hint)
