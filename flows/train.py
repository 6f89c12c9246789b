"""GRPO on curriculum shards, watched: `taskmill train`, and the last step of a run."""

import sys
from collections.abc import Sequence
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE
from rich.console import Console
from rich.table import Table

from flows.config import RunConfig, TrainSection
from flows.stopping import stopped_at_once
from flows.training_folder import training_folder
from flows.watch import watching
from pipeline.config import load_config
from pipeline.lock import only_one
from pipeline.store import Run, Stage
from schemas import CurriculumRow
from trainer.config import TrainConfig
from trainer.processes import is_first
from trainer.summary import Summary


def train_config(path: Path, overrides: Sequence[str]) -> None:
    """Trains by a YAML file of `TrainConfig` and prints what came of it."""
    config = load_config(path, TrainConfig, overrides)
    with stopped_at_once(f"taskmill: stopped; `taskmill train {path}` goes on from the last checkpoint"):
        summary = watched(config)
    if is_first():
        Console().print(summary_table(summary))


def watched(config: TrainConfig) -> Summary:
    """Trains in view, from the last checkpoint where there is one; of several processes one tells."""
    from trainer.loop import train  # torch and transformers take seconds

    if not is_first():
        return train(config)
    with only_one(config.output), watching(config) as on_step:
        return train(config, on_step, on_start=lambda memory: print(memory, file=sys.stderr))


@task(name="train", cache_policy=NO_CACHE)
def train_on(run: Run, config: RunConfig, section: TrainSection, model: str, rows: Stage[CurriculumRow]) -> Summary:
    """Trains on a run's own training split, into the run's folder, where the section does not say otherwise."""
    sampling = section.sampling if "sampling" in section.model_fields_set else config.sampling
    given = {
        "sampling": sampling.model_dump(),
        "model": section.model or model,
        "shards": section.shards or [rows.path(info.shard) for info in rows.shards()],
        "output": str(training_folder(run, section, model, rows)),
    }
    return watched(TrainConfig.model_validate(section.model_dump() | given))


def summary_table(summary: Summary) -> Table:
    table = Table("training", "", show_header=False)
    table.add_row("steps", f"{summary.steps} ({summary.updates} updates)")
    table.add_row("completions", f"{summary.completions:,} ({summary.completion_tokens:,} tokens)")
    table.add_row("reward, first to last step", f"{_number(summary.reward_first)} → {_number(summary.reward_last)}")
    for evaluation in summary.evaluations:
        table.add_row(f"{evaluation.split} accuracy at step {evaluation.step}", _number(evaluation.accuracy))
    for finding in summary.findings:
        table.add_row(f"doctor, step {finding.step}: {finding.rule}", finding.sentence)
    table.add_row("CPU seconds", f"{summary.cpu_seconds:.1f}")
    table.add_row("weights", summary.model)
    return table


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
