"""What a run writes down as it goes: metrics, evaluations and rollouts, each step once.

output/config.yaml                    what the run was told when it last began or went on
       metrics.jsonl                  one `StepMetrics` a line
       evaluations.jsonl              one `Evaluation` a line: a step and a split
       findings.jsonl                 one `Finding` of the doctor a line, when it begins to hold
       rollouts/step-000012.parquet   the rollouts sampled at that step, as `schemas.Rollout` rows
       evaluations/held_out/step-000025.parquet   those of an evaluation
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from pipeline.store import read_shards
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Rollout
from trainer.config import TrainConfig
from trainer.doctor import Finding
from trainer.evaluate import Evaluation
from trainer.metrics import StepMetrics
from trainer.rollout import Group

LineT = TypeVar("LineT", StepMetrics, Evaluation, Finding)


def begin(output: Path, config: TrainConfig, step: int) -> None:
    """Makes ready for what comes after `step`, -1 in a new run: what a run that ended wrote after it is forgotten."""
    output.mkdir(parents=True, exist_ok=True)
    cut_after(output, step)
    write_config(output, config)


def append(output: Path, line: StepMetrics | Evaluation | Finding) -> None:
    """One line more, on disk before this returns."""
    with open(output / _FILES[type(line)], "ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_metrics(output: Path) -> list[StepMetrics]:
    return read_since(output, StepMetrics, 0)[0]


def read_evaluations(output: Path) -> list[Evaluation]:
    return read_since(output, Evaluation, 0)[0]


def read_findings(output: Path) -> list[Finding]:
    return read_since(output, Finding, 0)[0]


def read_since(output: Path, kind: type[LineT], offset: int) -> tuple[list[LineT], int]:
    """The lines from that byte on, and the byte at which the next one will begin."""
    lines, end = _lines(output / _FILES[kind], offset)
    return [msgspec.json.decode(line, type=kind) for line in lines], end


def checkpoints(output: Path) -> list[Path]:
    """The run's checkpoints, oldest first."""
    return sorted((output / "checkpoints").glob("step-*"))


def write_config(output: Path, config: TrainConfig) -> None:
    """The whole config, defaults and all."""
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    write_whole(str(output / "config.yaml"), text.encode())


def write_rollouts(output: Path, step: int, groups: Sequence[Group]) -> None:
    """The rollouts sampled at a step, whole or not at all."""
    data, _ = shard_bytes([rollout for group in groups for rollout in group.rollouts], Rollout)
    write_whole(str(output / "rollouts" / f"step-{step:06d}.parquet"), data)


def write_evaluated(output: Path, step: int, split: str, rollouts: Sequence[Rollout]) -> None:
    """The rollouts of an evaluation, whole or not at all."""
    data, _ = shard_bytes(rollouts, Rollout)
    write_whole(str(output / "evaluations" / split / f"step-{step:06d}.parquet"), data)


def sampled_steps(output: Path) -> list[int]:
    """The steps that have rollouts, in order."""
    return sorted(_step_of(path) for path in output.glob("rollouts/step-*.parquet"))


def read_rollouts(output: Path, step: int) -> list[Rollout]:
    """The rollouts sampled at a step; none where nothing was."""
    path = output / "rollouts" / f"step-{step:06d}.parquet"
    return list(read_shards(str(path), Rollout)) if path.exists() else []


def read_evaluated(output: Path, step: int, split: str) -> list[Rollout]:
    """The rollouts of an evaluation; none where there was none."""
    path = output / "evaluations" / split / f"step-{step:06d}.parquet"
    return list(read_shards(str(path), Rollout)) if path.exists() else []


def cut_after(output: Path, step: int) -> None:
    """Forgets what was written after `step`: those steps will be done again, the same way."""
    for name in _FILES.values():
        path = output / name
        if path.exists():
            kept = [line for line in _lines(path)[0] if msgspec.json.decode(line)["step"] <= step]
            write_whole(str(path), b"".join(line + b"\n" for line in kept))
    for path in [*output.glob("rollouts/step-*.parquet"), *output.glob("evaluations/*/step-*.parquet")]:
        if _step_of(path) > step:
            path.unlink()


_FILES: dict[type, str] = {
    StepMetrics: "metrics.jsonl",
    Evaluation: "evaluations.jsonl",
    Finding: "findings.jsonl",
}


def _step_of(path: Path) -> int:
    return int(path.stem.removeprefix("step-"))


def _lines(path: Path, offset: int = 0) -> tuple[list[bytes], int]:
    """Whole lines from a byte on, and where they end; a last one that a crash cut short is left out."""
    if not path.exists():
        return [], offset
    with open(path, "rb") as file:
        file.seek(offset)
        *lines, rest = file.read().split(b"\n")
        return [line for line in lines if line], file.tell() - len(rest)
