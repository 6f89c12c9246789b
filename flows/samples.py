"""`taskmill samples`: the rollouts of a training step, to be read."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from flows.config import config_of
from flows.report_training import is_training, tasks_of
from flows.training_folder import training_folder
from pipeline.report.shown import harmless
from pipeline.store import StoreError, load_run
from schemas import CurriculumRow, Rollout, Task
from trainer.record import read_rollouts, sampled_steps
from trainer.samples import asked, sample_line

COLOURS = {1.0: "green", 0.0: "red", None: "yellow"}
"""Of the scores that say it all; a part of the credit has none."""


def print_samples(url: str, step: int | None, task: str | None, groups: int) -> None:
    """The last step's rollouts if none is named, at most so many tasks. Raises StoreError where there are none."""
    output = _folder(url)
    steps = sampled_steps(output)
    if not steps:
        raise StoreError(f"{url} has no rollouts of a training: name the folder of one that has begun")
    step = steps[-1] if step is None else step
    if step not in steps:
        raise StoreError(f"{url}: nothing was sampled at step {step}; it has steps {steps[0]} to {steps[-1]}")
    made = read_rollouts(output, step)
    chosen = list(dict.fromkeys(rollout.task_id for rollout in made if task in (None, rollout.task_id)))[:groups]
    if not chosen:
        raise StoreError(f"{url}: at step {step} there is no rollout of a task {task}")
    known = tasks_of(output, set(chosen))
    console = Console(highlight=False, soft_wrap=True)
    for each in chosen:
        _print_group(console, step, each, known.get(each), [rollout for rollout in made if rollout.task_id == each])


def _folder(url: str) -> Path:
    """The folder of a training, or that of a run's own."""
    if is_training(url):
        return Path(url)
    run = load_run(url)
    config, rows = config_of(run), run.sealed("curriculum_train", CurriculumRow)
    if config.train is None or config.model is None or rows is None:
        raise StoreError(f"{url} has not trained: name a run with a `train` section, or the folder of a training")
    return training_folder(run, config.train, config.model.name, rows)


def _print_group(console: Console, step: int, name: str, task: Task | None, rollouts: Sequence[Rollout]) -> None:
    where = "" if task is None else f" · {task.family} level {task.level}"
    console.rule(f"step {step}{where} · task {name}", align="left")
    if task is not None:
        console.print(f"{escape(harmless(asked(task)))}\n\n[bold]right answer[/] {escape(harmless(task.answer))}\n")
    for rollout in rollouts:
        colour = COLOURS.get(rollout.score, "cyan")
        console.print(f"[{colour}]▌[/] [dim]{rollout.sample}[/] [bold]{escape(sample_line(rollout))}[/]")
        console.print(f"{escape(harmless(rollout.text))}\n")
