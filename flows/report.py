"""What a run came to: gathered from its stages, shown as a table, as one HTML page and as Markdown."""

from pathlib import Path

import polars as pl
import yaml
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from filters.beta import Beta
from filters.foretold import foretold
from filters.summary import summary_of
from flows.costs import costs_of
from flows.loop.lineage import is_loop
from flows.report_contamination import contamination_of
from flows.report_diversity import ON_MAP, diversity_of, looked_into, map_of
from flows.report_found import Found, found_in
from flows.report_frames import frame_of, looked_at, task_frame
from flows.report_predictor import reliability_of
from flows.report_removed import removed_of
from flows.report_sampled import Made, browser_of, gallery_of, made_for
from flows.report_summary import facts_of, stops_of, summary_of_run
from flows.report_training import is_training, training_report
from flows.report_vectors import embedded
from pipeline.report.heat import Rung
from pipeline.report.page import Report, markdown, page
from pipeline.report.reliability import Predicted
from pipeline.store import Run, Stage, load_run
from pipeline.store.files import write_whole
from schemas import Difficulty


def report_run(url: str, *, md: bool = False, encoder: str | None = None) -> None:
    """Writes `report.html` into the folder of a run, a loop or a training, with `md` `report.md`; prints a summary.

    With an `encoder` a run's tasks are also told apart by its vectors. Raises StoreError where there is no such folder,
    ModelError where the encoder can't be loaded.
    """
    if is_loop(url):
        from flows.loop.report import print_loop  # brings torch

        print_loop(url, md=md)
    elif is_training(url):
        _write(training_report(Path(url)), url, md)
    else:
        print_report(load_run(url), md=md, encoder=encoder)


def print_report(run: Run, *, md: bool = False, encoder: str | None = None) -> Report:
    """Writes a run's `report.html`, with `md` its `report.md`, prints the summary, and gives the report."""
    report = report_of(found_in(run), encoder)
    _write(report, run.url, md)
    return report


def _write(report: Report, url: str, md: bool) -> None:
    texts = {f"{url}/report.html": page(report)} | ({f"{url}/report.md": markdown(report)} if md else {})
    for path, text in texts.items():
        write_whole(path, text.encode())
    console = Console()
    console.print(summary_table(report))
    console.print(f"run     {shown_path(url)}", soft_wrap=True, highlight=False)
    for path in texts:
        console.print(f"report  {shown_path(path)}", soft_wrap=True, highlight=False)


def summary_table(report: Report) -> Table:
    title = f"{report.title}: the way of the data" if report.stops else report.title
    table = Table(title=escape(title), show_header=False, box=SIMPLE_HEAVY, title_justify="left")
    for stop in report.stops:
        table.add_row(escape(stop.name), f"[bold]{stop.count:,}[/]  {escape(stop.note)}")
    table.add_section()
    for name, value in report.summary.items():
        table.add_row(escape(name), escape(value))
    if report.training is not None:
        table.add_section()
        for name, value in report.training.summary.items():
            table.add_row(escape(name), escape(value))
        for note in report.training.notes:
            table.add_row(f"doctor, step {note.step}", escape(f"{note.rule}: {note.sentence}"))
    return table


def shown_path(url: str) -> str:
    """A URL as a person would type it."""
    return url.removeprefix(f"{Path.cwd()}/")


def report_of(found: Found, encoder: str | None = None) -> Report:
    """The report of what is finished; tasks are embedded by the `encoder`, as `flows.report_vectors` says."""
    config, seed = found.config, found.config.seed
    measured = None if found.graded is None else summary_of(list(found.graded.records()), config.difficulty)
    tasks = task_frame(found.unique, found.graded)
    graded = tasks.filter(pl.col("mean").is_not_null()).sort("family", "level", maintain_order=True)
    near = tasks.filter(pl.col("shard").is_in(looked_at(tasks)))
    families = {str(family): rows for (family,), rows in graded.group_by("family", maintain_order=True)}
    rungs = _rungs(graded)
    rollouts, success_at = found.rollouts, config.difficulty.success_at
    made = None if rollouts is None else made_for(near, rollouts)
    looked = looked_into(found.unique, near, seed)
    vectors = embedded(found.url, looked.tasks[:ON_MAP], encoder)
    return Report(
        title=config.name,
        facts=facts_of(found),
        stops=tuple(stops_of(found, measured)),
        summary=summary_of_run(found, measured),
        pass_rates={family: rows["mean"].to_list() for family, rows in families.items()},
        decisions={family: _counts(rows["decision"]) for family, rows in families.items()},
        rungs=rungs,
        calibration=None if found.graded is None or made is None else _calibration(found.graded, made, success_at),
        reasons={} if rollouts is None else _counts(frame_of(rollouts, ["reason"])["reason"]),
        removed=None if found.removed is None else removed_of(found.unique, tasks, found.removed, seed),
        contamination=contamination_of(config.contamination, found.tasks, found.hits, seed),
        diversity=diversity_of(tasks, found.removed, looked, vectors, seed),
        task_map=map_of(looked, vectors),
        gallery=gallery_of(found.unique, near, rungs, made),
        browser=None if made is None else browser_of(found.unique, near, made, seed),
        training=found.training,
        models=found.models,
        rounds=found.rounds,
        predicted=found.predicted,
        costs=costs_of(load_run(found.url), config),
        config=yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True),
    )


def _rungs(graded: pl.DataFrame) -> dict[str, dict[int, Rung]]:
    counted = graded.group_by("family", "level", maintain_order=True).agg(
        graded=pl.len(), in_band=(pl.col("decision") == "in_band").sum(), mean=pl.col("mean").mean()
    )
    rungs: dict[str, dict[int, Rung]] = {}
    for row in counted.iter_rows(named=True):
        rung = Rung(graded=row["graded"], in_band=row["in_band"], mean=row["mean"])
        rungs.setdefault(row["family"], {})[row["level"]] = rung
    return rungs


def _calibration(graded: Stage[Difficulty], made: Made, success_at: float) -> Predicted | None:
    """Of the rollouts looked at, each forecast from its task's earlier ones."""
    shards = made.scores["shard"].unique().sort().to_list()
    priors = frame_of(graded, ["task_id", "prior_a", "prior_b"], shards)
    known = made.scores.filter(pl.col("score").is_not_null()).sort("sample")
    known = known.with_columns(success=pl.col("score") >= success_at).group_by("task_id").agg("success")
    rows = known.join(priors, on="task_id").sort("task_id").select("prior_a", "prior_b", "success").iter_rows()
    found = foretold((Beta(a, b), successes) for a, b, successes in rows)
    return None if found is None else reliability_of({"rollouts": found}, "rollouts")


def _counts(values: pl.Series) -> dict[str, int]:
    return dict(values.value_counts(sort=True).iter_rows())
