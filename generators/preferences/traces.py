"""Traces: the distinct right responses of stored rollouts, to learn from (rejection sampling, arXiv 2308.01825)."""

from collections.abc import Iterable, Mapping, Sequence

from generators.preferences.config import TraceConfig
from generators.preferences.exact import soundness
from generators.preferences.likeness import farthest_first, ngram_vectors
from schemas import Message, Rollout, Task, Trace

Confidences = Mapping[int, float]
"""How sure a rollout was of its answer, by its sample number; samples whose confidence is not known are not there."""


def traces_of(task: Task, rollouts: Iterable[Rollout], config: TraceConfig, confidences: Confidences) -> list[Trace]:
    """At most `config.per_task` right responses of one task by one model, no two of them the same.

    Right is what the verifier gave all of the score, what ended by itself, and what says nothing that is certainly
    false on the way (the paper leaves out wrong calculations too); nothing is sampled again. Raises ValueError for
    rollouts of another task or of several models: their sample numbers say nothing together; and RegistryError.
    """
    made = list(rollouts)
    refuse_strangers(task, made)
    right = [rollout for rollout in made if rollout.score == 1.0 and rollout.finish == "stop"]
    sound = [rollout for rollout in distinct(right) if soundness(task, rollout.text) is not False]
    chosen = _chosen(sound, config, confidences)
    return [
        Trace(
            task_id=task.id,
            prompt=task.prompt,
            completion=(Message("assistant", rollout.text),),
            score=1.0,
            model=rollout.model,
            revision=rollout.revision,
            sample=rollout.sample,
            samples=len(made),
            right=sum(rollout.score == 1.0 for rollout in made),
            tokens=rollout.completion_tokens,
            mean_logprob=rollout.mean_logprob,
            confidence=confidences.get(rollout.sample),
            method=config.choose,
        )
        for rollout in chosen
    ]


def distinct(rollouts: Iterable[Rollout]) -> list[Rollout]:
    """The first of each text, spaces and case aside, in the order of their samples."""
    first: dict[str, Rollout] = {}
    for rollout in sorted(rollouts, key=lambda rollout: rollout.sample):
        first.setdefault(" ".join(rollout.text.lower().split()), rollout)
    return list(first.values())


def refuse_strangers(task: Task, rollouts: Sequence[Rollout]) -> None:
    """Raises ValueError where not all rollouts are of the task and of one model at one revision."""
    if {rollout.task_id for rollout in rollouts} - {task.id}:
        raise ValueError(f"rollouts of other tasks than {task.id}")
    if len(models := {(rollout.model, rollout.revision) for rollout in rollouts}) > 1:
        raise ValueError(f"rollouts of {task.id} by several models: {sorted(models)}; give those of one at a time")


def _chosen(right: Sequence[Rollout], config: TraceConfig, confidences: Confidences) -> list[Rollout]:
    by_length = sorted(right, key=lambda rollout: (rollout.completion_tokens, rollout.sample))
    if config.choose == "confident":
        by_length.sort(key=lambda rollout: -confidences.get(rollout.sample, 0.0))
    if config.choose == "different" and len(right) > config.per_task:
        places = farthest_first(ngram_vectors([rollout.text for rollout in by_length]), 0, config.per_task)
        return [by_length[place] for place in places]
    return by_length[: config.per_task]
