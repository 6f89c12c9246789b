"""What a training has come to, read from its record."""

from pathlib import Path

import msgspec

from trainer.doctor import Finding
from trainer.evaluate import Evaluation
from trainer.record import checkpoints, read_evaluations, read_findings, read_metrics


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has come to: `model` is the folder of the trained weights, `completions` are all that were sampled."""

    model: str
    steps: int
    updates: int
    completions: int
    completion_tokens: int
    reward_first: float | None
    reward_last: float | None
    evaluations: list[Evaluation]
    findings: list[Finding]
    cpu_seconds: float


def summary_of(output: Path) -> Summary:
    """The record of an output folder summed up; there must be a checkpoint."""
    metrics = read_metrics(output)
    sampled = [line.sampled for line in metrics if line.sampled]
    rewards = [line.reward_mean for line in metrics]
    return Summary(
        model=str(checkpoints(output)[-1] / "model"),
        steps=len(metrics),
        updates=sum(line.outcome == "updated" for line in metrics),
        completions=sum(each.completions for each in sampled),
        completion_tokens=sum(each.completion_tokens for each in sampled),
        reward_first=rewards[0] if rewards else None,
        reward_last=rewards[-1] if rewards else None,
        evaluations=read_evaluations(output),
        findings=read_findings(output),
        cpu_seconds=sum(line.generation_seconds + line.reward_seconds + line.update_seconds for line in metrics),
    )
