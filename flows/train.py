"""GRPO on curriculum shards, watched: `taskmill train`, and the last step of a run."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.config import load_config
from pipeline.progress import progress
from trainer.config import TrainConfig
from trainer.loop import Summary, train
from trainer.record import StepMetrics, read_metrics


def train_config(path: Path, overrides: Sequence[str]) -> None:
    """Trains by a YAML file of `TrainConfig` and prints what came of it."""
    config = load_config(path, TrainConfig, overrides)
    Console().print(summary_table(watched(config)))


def watched(config: TrainConfig) -> Summary:
    """Trains with a progress bar, from the last checkpoint where there is one."""
    done = len(read_metrics(Path(config.output)))
    with progress("train", config.steps, "steps") as advance:
        advance(min(done, config.steps), "")

        def on_step(metrics: StepMetrics) -> None:
            reward = "no verdict" if metrics.reward_mean is None else f"reward {metrics.reward_mean:.3f}"
            advance(1, f"{reward}, {metrics.zero_variance:.0%} of groups all alike")

        return train(config, on_step)


def summary_table(summary: Summary) -> Table:
    table = Table("training", "", show_header=False)
    table.add_row("steps", f"{summary.steps} ({summary.updates} updates)")
    table.add_row("completions", f"{summary.completions:,} ({summary.completion_tokens:,} tokens)")
    table.add_row("reward, first to last step", f"{_number(summary.reward_first)} → {_number(summary.reward_last)}")
    for evaluation in summary.evaluations:
        table.add_row(f"held-out accuracy at step {evaluation.step}", json.dumps(evaluation.accuracy))
    table.add_row("CPU seconds", f"{summary.cpu_seconds:.1f}")
    table.add_row("weights", summary.model)
    return table


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
