"""What a run writes down as it goes: metrics, evaluations and rollouts, each step once.

output/metrics.jsonl                  one `StepMetrics` a line
       evaluations.jsonl              one `Evaluation` a line: a step and a split
       findings.jsonl                 one `Finding` of the doctor a line, when it begins to hold
       rollouts/step-000012.parquet   the rollouts sampled at that step, as `schemas.Rollout` rows
       evaluations/held_out/step-000025.parquet   those of an evaluation
"""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Rollout
from trainer.doctor import Finding
from trainer.evaluate import Evaluation
from trainer.metrics import StepMetrics
from trainer.rollout import Group


def append(output: Path, line: StepMetrics | Evaluation | Finding) -> None:
    """One line more, on disk before this returns."""
    with open(output / _FILES[type(line)], "ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_metrics(output: Path) -> list[StepMetrics]:
    return [msgspec.json.decode(line, type=StepMetrics) for line in _lines(output / _FILES[StepMetrics])]


def read_evaluations(output: Path) -> list[Evaluation]:
    return [msgspec.json.decode(line, type=Evaluation) for line in _lines(output / _FILES[Evaluation])]


def read_findings(output: Path) -> list[Finding]:
    return [msgspec.json.decode(line, type=Finding) for line in _lines(output / _FILES[Finding])]


def write_rollouts(output: Path, step: int, groups: Sequence[Group]) -> None:
    """The rollouts sampled at a step, whole or not at all."""
    data, _ = shard_bytes([rollout for group in groups for rollout in group.rollouts], Rollout)
    write_whole(str(output / "rollouts" / f"step-{step:06d}.parquet"), data)


def write_evaluated(output: Path, step: int, split: str, rollouts: Sequence[Rollout]) -> None:
    """The rollouts of an evaluation, whole or not at all."""
    data, _ = shard_bytes(rollouts, Rollout)
    write_whole(str(output / "evaluations" / split / f"step-{step:06d}.parquet"), data)


def cut_after(output: Path, step: int) -> None:
    """Forgets what was written after `step`: those steps will be done again, the same way."""
    for name in _FILES.values():
        path = output / name
        if path.exists():
            kept = [line for line in _lines(path) if msgspec.json.decode(line)["step"] <= step]
            write_whole(str(path), b"".join(line + b"\n" for line in kept))
    for path in [*output.glob("rollouts/step-*.parquet"), *output.glob("evaluations/*/step-*.parquet")]:
        if int(path.stem.removeprefix("step-")) > step:
            path.unlink()


_FILES: dict[type, str] = {
    StepMetrics: "metrics.jsonl",
    Evaluation: "evaluations.jsonl",
    Finding: "findings.jsonl",
}


def _lines(path: Path) -> list[bytes]:
    """Whole lines; a last one that a crash cut short is left out."""
    if not path.exists():
        return []
    return [line for line in path.read_bytes().split(b"\n")[:-1] if line]
