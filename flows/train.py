"""`taskmill train CONFIG` or `RUN`: GRPO on curriculum shards, watched."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from prefect import flow, task
from rich.console import Console
from rich.table import Table

from flows.config import RunConfig, TrainSection, model_of
from flows.curriculum import finished_splits
from flows.limits import gpu_slot
from flows.parameters import TrainGiven, of_run
from flows.retries import TRIED, as_task
from flows.started import at_prefect, where_prefect_is
from flows.stopping import stopped_at_once
from flows.taken_up import taken_up
from flows.training_folder import training_folder
from flows.watch import watching
from pipeline.config import ConfigError, load_config
from pipeline.costs.meter import all_cpu_seconds, device_of, metered
from pipeline.lock import only_one
from pipeline.store import Run, Stage
from schemas import CurriculumRow, Failure, Split
from trainer.config import TrainConfig
from trainer.processes import is_first
from trainer.summary import Summary


def train_config(path: Path, overrides: Sequence[str]) -> None:
    """Trains by a YAML file of `TrainConfig` and prints what came of it."""
    config = load_config(path, TrainConfig, overrides)
    with stopped_at_once(f"taskmill: stopped; `taskmill train {path}` goes on from the last checkpoint"):
        if is_first():
            where_prefect_is(train_flow)(config)
        else:
            watched(config)


@flow(name="taskmill-train", flow_run_name="{config.output}")
def train_flow(config: TrainGiven) -> None:
    """Trains a model by GRPO on curriculum shards, from the last checkpoint where there is one.

    Args:
        config: What a config file of `taskmill train` says.
    """
    Console().print(summary_table(as_task("train", watched, config)))


def train_run(url: str) -> None:
    """Trains as the config of a run says, on the run's own training split, and prints what came of it."""
    with stopped_at_once(f"taskmill: stopped; `taskmill train {url}` goes on from the last checkpoint"):
        at_prefect(train_run_flow)(url)


@flow(name="taskmill-train-run", flow_run_name=of_run)
def train_run_flow(run: str) -> None:
    """Trains as the config of a run says, on the run's own training split.

    Args:
        run: The folder or URL of a run whose curriculum is made.
    """
    with taken_up(run) as (opened, config):
        if config.train is None:
            raise ConfigError(f"train: the config of {opened.url} has no such section, so nothing says how to train")
        summary = train_on(opened, config, config.train, model_of(config).name, finished_splits(opened, config))
    Console().print(summary_table(summary))


class EmptyCurriculumError(Failure):
    """No task is worth training on, as far as the config says what that is."""


def watched(config: TrainConfig) -> Summary:
    """Trains in view, from the last checkpoint where there is one; of several processes one tells."""
    from trainer.loop import train  # torch and transformers take seconds

    if not is_first():
        return train(config)
    with only_one(config.output), gpu_slot(), watching(config) as on_step:
        return train(config, on_step, on_start=lambda memory: print(memory, file=sys.stderr))


@task(name="train", **TRIED)
def train_on(
    run: Run, config: RunConfig, section: TrainSection, model: str, splits: Mapping[Split, Stage[CurriculumRow]]
) -> Summary:
    """Trains on a run's own training split, into the run's folder, where the section does not say otherwise.

    Raises EmptyCurriculumError where the split has no row.
    """
    rows = splits["train"]
    if not any(info.rows for info in rows.shards()):
        raise EmptyCurriculumError(
            f"no task was decided {' or '.join(config.curriculum.keep)} and stayed in the training split, so there is "
            "nothing to train on: the report shows where the tasks fell and which were left out. Choose easier or "
            "harder levels, another model, more tasks, or ask less of `curriculum`"
        )
    sampling = section.sampling if "sampling" in section.model_fields_set else config.sampling
    folder = training_folder(run, section, model, rows)
    given = {
        "sampling": sampling.model_dump(),
        "model": section.model or model,
        "shards": section.shards or [rows.path(info.shard) for info in rows.shards()],
        "output": str(folder),
    }
    with metered(run.url, "train", folder.name, 0, all_cpu_seconds) as meter:
        summary = watched(TrainConfig.model_validate(section.model_dump() | given))
        meter.device = device_of("transformers")
        meter.rows_out = summary.steps
    return summary


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
