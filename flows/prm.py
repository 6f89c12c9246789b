"""`taskmill prm`: a process reward model from step labels."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import torch
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from pipeline.config import checked
from pipeline.progress import progress
from pipeline.store import read_shards
from pipeline.store.files import write_whole
from schemas import StepLabels
from trainer.prm.config import PrmConfig
from trainer.prm.examples import examples_of, held_out
from trainer.prm.fit import batches, fit
from trainer.prm.measure import Fitted
from trainer.prm.model import new_prm, save_prm


def make_prm(labels: Sequence[str], output: str, overrides: Sequence[str]) -> None:
    """Trains, saves into `output` with what held-out steps say (`fitted.json`), and prints that.

    Raises ConfigError, StoreError, ModelError, PrmError.
    """
    config = checked({"labels": list(labels), "output": output}, PrmConfig, overrides)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    prm = new_prm(config.model)
    examples = examples_of(read_shards(config.labels, StepLabels), prm.tokenizer, estimated=config.estimated)
    learnt = [each for each in examples if not held_out(each.task_id, config.held_out, config.seed)]
    with progress("process reward model", sum(1 for _ in batches(learnt, config)), "updates") as advance:
        fitted = fit(prm, examples, config, lambda: advance(1, ""))
    save_prm(prm, Path(config.output), with_base=config.base_lr > 0)
    write_whole(f"{config.output}/fitted.json", msgspec.json.format(msgspec.json.encode(fitted)))
    Console().print(fitted_table(fitted))
    Console().print(f"all of it  {config.output}", soft_wrap=True, highlight=False)


def fitted_table(fitted: Fitted) -> Table:
    """What held-out tasks say of the model."""
    table = Table("", "", title="process reward model", title_justify="left", box=SIMPLE_HEAVY, show_header=False)
    table.add_row("steps learnt from", f"{fitted.steps:,}")
    table.add_row("steps of held-out tasks", f"{fitted.held_out_steps:,}, {fitted.right:.0%} of them right")
    table.add_row("AUROC there", "one kind of steps only" if fitted.auroc is None else _with_interval(fitted))
    if fitted.within is not None:
        table.add_row("the same within a task, step by step", f"{fitted.within:.3f} (chance: 0.5)")
    table.add_row("Brier score there", f"{fitted.brier:.3f} (the mean alone: {fitted.brier_of_mean:.3f})")
    return table


def _with_interval(fitted: Fitted) -> str:
    return f"{fitted.auroc:.3f} ({fitted.auroc_low:.3f} to {fitted.auroc_high:.3f})"
