"""`taskmill plan CONFIG`: rates from an earlier run or a pilot, the plan from them, and how it is shown."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from flows.config import RunConfig
from flows.plan.earlier import seen_in
from flows.plan.evidence import RatesError, Seen
from flows.plan.forecast import plan_of
from flows.plan.pilot import seen_by_pilot
from pipeline.config import ConfigError, checked, load_config
from pipeline.costs.plan import PLAN, Interval, Plan, plan_bytes
from pipeline.costs.prices import Prices
from pipeline.costs.shown import NAMES, shown
from pipeline.lock import only_one
from pipeline.store import StoreError, open_run
from pipeline.store.files import absolute, sizes, subfolders, write_whole

MOST_RUNS = 20
"""Runs of the output folder that are looked at for rates, the latest ones."""

FAR = 1000
"""An interval whose ends are further apart than that says no more than where it begins."""


def plan_config(
    path: Path,
    overrides: Sequence[str],
    *,
    rates: str,
    pilot: int,
    prices: Prices,
    save: bool,
    as_json: bool,
) -> None:
    """Plans a YAML file of `RunConfig` and prints the plan; with `save` it is kept in the run's folder.

    Raises RatesError where `rates` names a run that does not tell enough.
    """
    config = load_config(path, RunConfig, overrides)
    seen = seen_in(rates, config) if rates else _latest(config) or seen_by_pilot(config, pilot)
    plan = plan_of(config, seen, prices, free_bytes(config.output))
    if save:
        with only_one(config.url):
            run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
            write_whole(f"{run.url}/{PLAN}", plan_bytes(plan))
    if as_json:
        sys.stdout.write(plan_bytes(plan).decode())
        return
    console = Console()
    for table in (plan_table(plan), cells_table(plan)):
        console.print(table)
    for warning in plan.warnings:
        console.print(f"[bold]note[/]  {warning}", soft_wrap=True, highlight=False)


def prices_of(file: Path | None, given: Sequence[str]) -> Prices:
    """Prices of a YAML file, and of `name=price` texts, which go before. Raises ConfigError."""
    values: dict[str, object] = {} if file is None else load_config(file, Prices).model_dump(exclude_unset=True)
    for each in given:
        name, mark, price = each.partition("=")
        if not mark:
            raise ConfigError(f"--price {each}: expected NAME=PRICE, such as --price gpu_hour=2.5")
        values[name] = price
    return checked(values, Prices)


def _latest(config: RunConfig) -> Seen | None:
    """What the latest run tells of those in the output folder that tell enough."""
    folder = absolute(config.output)
    names = [name for name in subfolders(folder) if "run.json" in sizes(f"{folder}/{name}")]
    for name in sorted(names, key=lambda name: _changed(f"{folder}/{name}/run.json"), reverse=True)[:MOST_RUNS]:
        try:
            return seen_in(f"{folder}/{name}", config)
        except (RatesError, StoreError, ConfigError):
            continue
    return None


def _changed(url: str) -> float:
    return Path(url).stat().st_mtime if "://" not in url else 0.0


def free_bytes(output: str) -> int | None:
    """The bytes left on the disk of a folder that may not be there yet; None for what is no disk of this machine."""
    folder = absolute(output)
    if "://" in folder:
        return None
    there = next(parent for parent in (Path(folder), *Path(folder).parents) if parent.exists())
    return shutil.disk_usage(there).free


def plan_table(plan: Plan) -> Table:
    """A row for each stage and quantity."""
    title = f"{plan.name}: the plan, by the rates of {plan.rates}"
    table = Table("", "", "expected", f"{plan.share:.0%} within", title=title, box=SIMPLE_HEAVY, title_justify="left")
    for stage, quantities in plan.stages.items():
        for number, (name, told) in enumerate(quantities.items()):
            within = "" if told.low == told.high else f"{shown(name, told.low)} – {shown(name, told.high)}"
            table.add_row("" if number else stage, NAMES[name], f"[bold]{shown(name, told.expected)}[/]", within)
        table.add_section()
    for stage in plan.unknown:
        table.add_row(stage, "", "not known", "no run with such a training has been made")
    return table


def cells_table(plan: Plan) -> Table:
    """A row for each family and level."""
    rolled = any(cell.rollouts is not None for cell in plan.cells)
    heads = ["family and level", "made", "unique", "problems there are", *(["rollouts", "in band"] * rolled)]
    table = Table(*heads, box=SIMPLE_HEAVY)
    for cell in plan.cells:
        told = [cell.unique, cell.problems, cell.rollouts, cell.in_band]
        named = f"{cell.family} {cell.level or cell.params}"
        table.add_row(named, f"{cell.made:,}", *(_between(each) for each in told if each is not None))
    return table


def _between(told: Interval) -> str:
    low, high = shown("rows", told.low), shown("rows", told.high)
    if told.high > FAR * told.low > 0:
        return f"at least {low}"
    return low if low == high else f"{shown('rows', told.expected)} ({low} – {high})"
