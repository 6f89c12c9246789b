"""What a run came to: gathered from its stages, shown as a table and as one HTML page."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import fsspec
import msgspec
import polars as pl
import yaml
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from filters.agreement import agreement_notes
from filters.curriculum import SPLITS
from filters.summary import DifficultySummary, left_out_counts, summary_of
from flows.config import RunConfig, config_of
from flows.report_models import models_of
from flows.report_predictor import predicted_of
from flows.report_rounds import rounds_of
from flows.report_training import is_training, training_of, training_report
from flows.training_folder import training_folder
from pipeline.report.funnel import Stop
from pipeline.report.models import Models, summary_rows
from pipeline.report.page import DECISIONS, Example, Report, page
from pipeline.report.reliability import Predicted
from pipeline.report.rounds import Rounds, yield_rows
from pipeline.report.training import Training
from pipeline.store import Run, Stage, StoreError, load_run
from schemas import Agreement, Cause, CurriculumRow, Difficulty, LeftOut, Rollout, Task, from_table
from trainer.metrics import StepMetrics
from trainer.record import read_metrics
from trainer.samples import asked

EXAMPLES = 8

LEFT_OUT: dict[Cause, str] = {
    "not_chosen": "not chosen for rollouts",
    "malformed_prompt": "malformed prompt",
    "truncated": "rollouts cut off",
    "repeating": "rollouts repeat",
    "duplicated": "rollouts alike",
    "too_short": "rollouts short",
    "too_long": "rollouts long",
    "disagreement": "verifiers disagree",
    "consensus": "model sure of another answer",
    "common_answer": "common answer",
    "mix": "over the mix",
}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The finished stages of a run; those it has not come to are None."""

    url: str
    config: RunConfig
    tasks: Stage[Task]
    unique: Stage[Task]
    rollouts: Stage[Rollout] | None
    graded: Stage[Difficulty] | None
    curriculum: dict[str, Stage[CurriculumRow]]
    left_out: Stage[LeftOut] | None
    not_chosen: Stage[LeftOut] | None
    agreement: Stage[Agreement] | None
    models: Models | None
    rounds: Rounds | None
    predicted: Predicted | None
    steps: list[StepMetrics]
    training: Training | None


def report_run(url: str) -> None:
    """Writes `report.html` into the folder of a run or a training, and prints the summary.

    Raises StoreError where there is neither.
    """
    if is_training(url):
        _write(training_report(Path(url)), url)
    else:
        print_report(load_run(url))


def print_report(run: Run) -> Report:
    """Writes a run's `report.html`, prints the summary, and gives the report."""
    report = report_of(found_in(run))
    _write(report, run.url)
    return report


def _write(report: Report, url: str) -> None:
    path = f"{url}/report.html"
    with fsspec.open(path, "w", encoding="utf-8") as file:
        file.write(page(report))
    console = Console()
    console.print(summary_table(report))
    console.print(f"run     {shown_path(url)}", soft_wrap=True, highlight=False)
    console.print(f"report  {shown_path(path)}", soft_wrap=True, highlight=False)


def summary_table(report: Report) -> Table:
    title = f"{report.title}: the way of the data" if report.stops else report.title
    table = Table(title=title, show_header=False, box=SIMPLE_HEAVY, title_justify="left")
    for stop in report.stops:
        table.add_row(stop.name, f"[bold]{stop.count:,}[/]  {stop.note}")
    table.add_section()
    for name, value in report.summary.items():
        table.add_row(name, value)
    if report.training is not None:
        table.add_section()
        for name, value in report.training.summary.items():
            table.add_row(name, value)
        for note in report.training.notes:
            table.add_row(f"doctor, step {note.step}", f"{note.rule}: {note.sentence}")
    return table


def shown_path(url: str) -> str:
    """A URL as a person would type it."""
    return url.removeprefix(f"{Path.cwd()}/")


def found_in(run: Run) -> Found:
    """What of a run is finished. Raises StoreError where not even its tasks are."""
    config = config_of(run)
    tasks, unique = run.sealed("tasks", Task), run.sealed("unique", Task)
    if tasks is None or unique is None:
        raise StoreError(f"{run.url} has no finished tasks yet: go on with `taskmill run`, then ask again")
    splits = {split: run.sealed(f"curriculum_{split}", CurriculumRow) for split in SPLITS}
    output = None
    if config.train is not None and config.model is not None and (rows := splits["train"]) is not None:
        output = training_folder(run, config.train, config.model.name, rows)
    graded = run.sealed("difficulty", Difficulty)
    chooses = config.aim is not None and config.aim.candidates > 1
    return Found(
        url=run.url,
        config=config,
        tasks=tasks,
        unique=unique,
        rollouts=run.sealed("rollouts", Rollout),
        graded=graded,
        curriculum={split: stage for split, stage in splits.items() if stage is not None},
        left_out=run.sealed("left_out", LeftOut),
        not_chosen=run.sealed("not_chosen", LeftOut) if chooses else None,
        agreement=run.sealed("agreement", Agreement) if config.curriculum.agreement is not None else None,
        models=models_of(run) if config.compare else None,
        rounds=rounds_of(run) if config.aim is not None else None,
        predicted=predicted_of(config, unique, graded) if chooses and graded is not None else None,
        steps=read_metrics(output) if output is not None else [],
        training=training_of(output) if output is not None and is_training(str(output)) else None,
    )


def report_of(found: Found) -> Report:
    graded = _graded_frame(found)
    measured = None if found.graded is None else summary_of(list(found.graded.records()), found.config.difficulty)
    return Report(
        title=found.config.name,
        facts=_facts(found),
        stops=tuple(_stops(found, measured)),
        summary=_summary(found, measured),
        pass_rates={
            family: rates["mean"].to_list() for (family,), rates in graded.group_by("family", maintain_order=True)
        }
        if graded.height
        else {},
        decisions=_decisions(graded),
        reasons=_reasons(found.rollouts),
        examples=tuple(_examples(found, graded)),
        training=found.training,
        models=found.models,
        rounds=found.rounds,
        predicted=found.predicted,
        config=yaml.safe_dump(found.config.model_dump(mode="json"), sort_keys=False, allow_unicode=True),
    )


def _facts(found: Found) -> dict[str, str]:
    facts = {"seed": str(found.config.seed)}
    if found.config.model is not None:
        facts |= {"model": found.config.model.name, "engine": found.config.model.engine}
    return facts


def _stops(found: Found, measured: DifficultySummary | None) -> Iterator[Stop]:
    tasks, unique = _rows(found.tasks), _rows(found.unique)
    families = {source.family for source in found.config.tasks.sources}
    yield Stop(name="generated", count=tasks, note=f"{len(families)} families")
    yield Stop(name="unique", count=unique, note=f"{tasks - unique:,} duplicates left out")
    if measured is not None and found.rollouts is not None:
        reached = measured.tasks - measured.out_of_budget
        yield Stop(name="graded", count=reached, note=f"by {_rows(found.rollouts):,} rollouts")
    if found.curriculum:
        kept = {split: _rows(stage) for split, stage in found.curriculum.items()}
        note = ", ".join(f"{count:,} {split}" for split, count in kept.items() if count or split != "ood")
        yield Stop(name="kept", count=sum(kept.values()), note=note)
    if found.steps:
        yield Stop(name="GRPO steps", count=len(found.steps), note=_rewards(found.steps), counts="steps")


def _summary(found: Found, measured: DifficultySummary | None) -> dict[str, str]:
    """The rows under the way of the data."""
    rows: dict[str, str] = {}
    if measured is not None:
        cap = found.config.difficulty.cap
        rows |= {decision.replace("_", " "): f"{measured.decisions.get(decision, 0):,} tasks" for decision in DECISIONS}
        share = measured.rollouts / measured.fixed_rollouts if measured.fixed_rollouts else 0.0
        rows["rollouts"] = (
            f"{measured.rollouts:,}: {share:.0%} of the {measured.fixed_rollouts:,} that {cap} a task cost"
        )
        rows["false decisions, expected"] = f"{measured.expected_error:.1%}"
        if measured.failed_checks:
            rows["verifier failures"] = f"{measured.failed_checks:,} rollouts without a verdict"
        if measured.out_of_budget:
            rows["not reached"] = f"{measured.out_of_budget:,} tasks: the budget ran out"
    if found.models is not None:
        rows |= summary_rows(found.models)
    if found.rounds is not None:
        rows |= yield_rows(found.rounds)
    if found.agreement is not None:
        rows |= agreement_notes(list(found.agreement.records()))
    if found.left_out is not None and found.curriculum:
        unrolled = () if found.not_chosen is None else found.not_chosen.records()
        for cause, families in left_out_counts(chain(unrolled, found.left_out.records())).items():
            where = ", ".join(f"{family} {count:,}" for family, count in families.items())
            if cause == "mix" and not _rows(found.curriculum["train"]):
                where += "; no choice of them has the shares"
            rows[f"left out, {LEFT_OUT[cause]}"] = f"{sum(families.values()):,} tasks: {where}"
    return rows


def _rewards(steps: Sequence[StepMetrics]) -> str:
    rewards = [step.reward_mean for step in steps if step.reward_mean is not None]
    return f"reward {rewards[0]:.2f} → {rewards[-1]:.2f}" if rewards else "no verdicts"


def _graded_frame(found: Found) -> pl.DataFrame:
    """One row a graded task: id, family, level, mean, decision."""
    if found.graded is None:
        return pl.DataFrame(schema={"id": pl.String, "family": pl.String, "level": pl.Int32})
    tasks = _frame(found.unique, ["id", "family", "level"])
    graded = _frame(found.graded, ["task_id", "mean", "decision", "samples"])
    return tasks.join(graded, left_on="id", right_on="task_id").filter(pl.col("samples") > 0).sort("family", "level")


def _decisions(graded: pl.DataFrame) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    if graded.height:
        for family, level, decision, count in (
            graded.group_by("family", "level", "decision").len().sort("family", "level").iter_rows()
        ):
            counts.setdefault(f"{family} {level}" if level else family, {})[decision] = count
    return counts


def _reasons(rollouts: Stage[Rollout] | None) -> dict[str, int]:
    if rollouts is None:
        return {}
    counts = _frame(rollouts, ["reason"])["reason"].value_counts(sort=True)
    return dict(counts.iter_rows())


def _examples(found: Found, graded: pl.DataFrame) -> Iterator[Example]:
    """For each family the first task with a right and a wrong response, at most EXAMPLES of them."""
    if found.rollouts is None:
        return
    rates = dict(graded.select("id", "mean").iter_rows())
    shown: set[str] = set()
    for info in found.rollouts.shards():
        by_task: dict[str, list[Rollout]] = {}
        for rollout in from_table(found.rollouts.read(info.shard), Rollout):
            by_task.setdefault(rollout.task_id, []).append(rollout)
        for task in from_table(found.unique.read(info.shard), Task):
            made = by_task.get(task.id, [])
            right = next((rollout for rollout in made if rollout.score == 1.0), None)
            wrong = next((rollout for rollout in made if rollout.score is not None and rollout.score < 1.0), None)
            if task.family in shown or right is None or wrong is None:
                continue
            shown.add(task.family)
            yield Example(
                family=task.family,
                level=task.level,
                prompt=asked(task),
                gold=task.answer,
                pass_rate=rates[task.id],
                right=right.text,
                wrong=wrong.text,
                wrong_reason=f"{wrong.reason}: {wrong.detail}" if wrong.detail else wrong.reason,
            )
            if len(shown) == EXAMPLES:
                return


def _rows(stage: Stage[Any]) -> int:
    return sum(info.rows for info in stage.shards())


def _frame(stage: Stage[Any], columns: list[str]) -> pl.DataFrame:
    frames = [pl.DataFrame(pl.from_arrow(table.select(columns))) for table in stage.tables()]
    return pl.concat(frames)
