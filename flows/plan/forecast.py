"""From what was seen to a plan: arithmetic on draws, the same for a hundred tasks and for a billion."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from filters.prior import Cell
from flows.config import RunConfig
from flows.plan.allotted import Allotted, allotted
from flows.plan.evidence import CellSeen, ModelSeen, Seen, Sizes
from flows.plan.rolled import Rolled, rolled_by_cell
from flows.plan.unique import Unique, unique_by_cell
from flows.plan.warming import Making, Work, processes_of
from flows.plan.warned import warnings_of
from pipeline.costs.forecast import DRAWS, drawn_total, interval, machine_noise, spread_of
from pipeline.costs.plan import TOTAL, CellPlan, Plan
from pipeline.costs.prices import QUANTITIES, Prices, priced
from pipeline.costs.record import Device
from pipeline.seeding import derived_seed
from schemas import Decision

Floats = NDArray[np.float64]
Drawn = dict[str, Floats]
"""Draws (draws,) by quantity."""

SHARE = 0.95

BYTES = 0.05
"""By how much the bytes of shards differ from those of the shard that was measured, as the standard deviation of their
logarithm: more than benchmarks/plan.py has measured of a run in place of a pilot."""

ONCE = 0.3
"""By how much what a process does once differs between processes, likewise; a guess, as each is measured once."""

WAITING = 0.5
"""By how much the waiting for a machine that others use differs, likewise; a guess: nothing of their work is known."""

_REMOVED = Sizes(1600.0, 20.0)
"""What a shard and a row of removed tasks take beyond those of the tasks themselves; measured on three families."""

_NONE_REMOVED = 2567.0
"""The bytes of a shard without a removed task."""


def plan_of(config: RunConfig, seen: Seen, prices: Prices, free: int | None) -> Plan:
    """The plan of a config; `free` are the bytes that its disk has left, None where nobody knows."""
    rng = np.random.default_rng(derived_seed(config.seed, "plan"))
    asked = allotted(config, seen)
    machine = machine_noise(DRAWS, rng)
    unique = unique_by_cell(seen.cells, asked.items, DRAWS, rng)
    stages = {
        "tasks": _tasks(config, seen, asked.items, machine, rng),
        "unique": _unique(config, seen, asked, unique, machine, rng),
    }
    devices: dict[str, Device] = {}
    own: Mapping[Cell, Rolled] = {}
    for place, (name, model) in enumerate(seen.models.items()):
        tasks = {cell: drawn.unique * asked.rolled[cell] for cell, drawn in unique.items()}
        rolled = rolled_by_cell(model, tasks, config.difficulty, rng)
        own = rolled if place == 0 else own
        stage = "rollouts" if place == 0 else f"rollouts of {name}"
        stages[stage] = _rollouts(config, model, tasks, rolled, machine, rng)
        devices[stage] = model.device
    if seen.models:
        stages["curriculum"] = _curriculum(config, seen, asked, own, machine, rng)
    if config.train is not None and seen.steps:
        stages["train"] = _training(config.train.steps, seen, machine, rng)
    if seen.start is not None:
        once = machine * _noise(ONCE, rng)
        stages["start"] = {"wall_seconds": seen.start[0] * once, "cpu_seconds": seen.start[1] * once}
    for name, drawn in stages.items():
        if prices.given:
            drawn["money"] = _money(drawn, devices.get(name, "cpu"), prices)
    stages[TOTAL] = _total(stages)
    told = {
        name: {key: interval(drawn[key], SHARE) for key in QUANTITIES if key in drawn} for name, drawn in stages.items()
    }
    cells = tuple(_cell_plan(cell, asked, unique, own) for cell in asked.items)
    return Plan(
        name=config.name,
        config=config.model_dump(mode="json"),
        rates=seen.rates,
        share=SHARE,
        stages=told,
        cells=cells,
        prices=prices,
        warnings=tuple(warnings_of(config, told, cells, seen, free)),
        unknown=("train",) if config.train is not None and not seen.steps else (),
    )


def _tasks(
    config: RunConfig, seen: Seen, items: Mapping[Cell, int], machine: Floats, rng: np.random.Generator
) -> Drawn:
    rows = float(sum(items.values()))
    like = _pooled([spread_of(*own.making[2:]) for own in seen.cells.values()])
    made = [_made(config, seen.cells[cell].making, count, like, rng) for cell, count in items.items()]
    cpu: Floats = machine * (np.sum(made, axis=0) + _worked(seen.writing, np.full(DRAWS, rows), rng, _at(config, rows)))
    each = sum(seen.cells[cell].sizes.each * count for cell, count in items.items()) / max(rows, 1.0)
    return {
        "rows": np.full(DRAWS, rows),
        "cpu_seconds": cpu,
        "wall_seconds": _wall(cpu, seen, rng) / config.workers,
        "bytes": _bytes(config, rows, np.full(DRAWS, rows), Sizes(_fixed(seen.cells), each), rng),
    }


def _made(config: RunConfig, making: Making, count: int, like: tuple[float, float], rng: np.random.Generator) -> Floats:
    """CPU seconds (draws,) of making so many tasks of a cell, without the machine's."""
    shards = -(-count // config.tasks.shard_size)
    rows = np.full(DRAWS, float(count + shards * making.begins))
    once = making.once * _at(config, count) * _noise(ONCE, rng)
    return once + drawn_total([(making.rows, making.seconds)], rows, rng, like, spread_of(*making[2:]))


def _worked(work: Work, rows: Floats, rng: np.random.Generator, times: int = 1) -> Floats:
    return work.once * times * _noise(ONCE, rng) + drawn_total(work.units, rows, rng)


def _wall(cpu: Floats, seen: Seen, rng: np.random.Generator) -> Floats:
    """Wall seconds of one worker: what it waits for others on the machine is as it was, give or take."""
    wall: Floats = cpu * (1 + (seen.waits - 1) * _noise(WAITING, rng))
    return wall


def _at(config: RunConfig, rows: float) -> int:
    """The processes that have a part in so many tasks."""
    return max(1, min(processes_of(config), int(-(-rows // config.tasks.shard_size))))


def _unique(
    config: RunConfig,
    seen: Seen,
    asked: Allotted,
    unique: Mapping[Cell, Unique],
    machine: Floats,
    rng: np.random.Generator,
) -> Drawn:
    made = float(sum(asked.items.values()))
    rows: Floats = np.sum([drawn.unique for drawn in unique.values()], axis=0)
    weights = np.sum([seen.cells[cell].sizes.each * drawn.unique for cell, drawn in unique.items()], axis=0)
    all_of_them = sum(seen.cells[cell].sizes.each * asked.items[cell] for cell in unique)
    removed = made - rows
    shards = np.ceil(made / config.tasks.shard_size)
    begun = 1 - np.exp(-removed / shards)  # of the shards, were what is removed spread by chance
    whole = _fixed(seen.cells)
    gone = all_of_them - weights + removed * _REMOVED.each
    gone += shards * (_NONE_REMOVED + begun * (whole + _REMOVED.fixed - _NONE_REMOVED))
    kept = _bytes(config, made, np.ones(DRAWS), Sizes(whole, 0.0), rng) + weights * _noise(BYTES, rng)
    cpu = machine * _worked(seen.dedup, np.full(DRAWS, made), rng)
    return {
        "rows": rows,
        "cpu_seconds": cpu,
        "wall_seconds": _wall(cpu, seen, rng),
        "bytes": kept + gone * _noise(BYTES, rng),
    }


def _rollouts(
    config: RunConfig,
    model: ModelSeen,
    tasks: Mapping[Cell, Floats],
    rolled: Mapping[Cell, Rolled],
    machine: Floats,
    rng: np.random.Generator,
) -> Drawn:
    rollouts, prompt, completion = (
        np.sum([getattr(each, name) for each in rolled.values()], axis=0)
        for name in ("rollouts", "prompt_tokens", "completion_tokens")
    )
    graded: Floats = np.sum(list(tasks.values()), axis=0)
    cpu = machine * drawn_total(model.sampling, completion, rng) + model.opening[0]
    wall = machine * drawn_total(model.waiting, completion, rng) / config.runner.engines + model.opening[1]
    made = float(np.median(graded))
    drawn = {
        "rows": graded,
        "rollouts": rollouts,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "cpu_seconds": cpu,
        "wall_seconds": wall,
        "bytes": _bytes(config, made, rollouts, model.rollout_bytes, rng)
        + _bytes(config, made, graded, model.difficulty_bytes, rng),
    }
    if model.device == "cuda":
        drawn["gpu_seconds"] = wall * config.runner.engines
    return drawn


def _curriculum(
    config: RunConfig,
    seen: Seen,
    asked: Allotted,
    rolled: Mapping[Cell, Rolled],
    machine: Floats,
    rng: np.random.Generator,
) -> Drawn:
    """The rows with a decision to keep; what else `curriculum` leaves out is not forecast."""
    by_cell = {cell: _kept(each, config.curriculum.keep) for cell, each in rolled.items()}
    rows: Floats = np.sum(list(by_cell.values()), axis=0)
    weight = np.sum([kept * seen.cells[cell].sizes.each for cell, kept in by_cell.items()], axis=0)
    graded: Floats = np.sum([drawn for each in rolled.values() for drawn in each.decided.values()], axis=0)
    cpu = machine * _worked(seen.curriculum, graded, rng)
    return {
        "rows": rows,
        "cpu_seconds": cpu,
        "wall_seconds": cpu,
        "bytes": 2 * weight * _noise(BYTES, rng) + 8 * _fixed(seen.cells),
    }


def _training(steps: int, seen: Seen, machine: Floats, rng: np.random.Generator) -> Drawn:
    cpu = machine * drawn_total(seen.steps, np.full(DRAWS, float(steps)), rng)
    drawn = {"rows": np.full(DRAWS, float(steps)), "cpu_seconds": cpu, "wall_seconds": cpu * seen.step_waits}
    if seen.train_device == "cuda":
        drawn["gpu_seconds"] = drawn["wall_seconds"]
    return drawn


def _kept(each: Rolled, keep: Sequence[Decision]) -> Floats:
    kept: Floats = np.sum([each.decided[name] for name in keep], axis=0)
    return kept


def _total(stages: Mapping[str, Drawn]) -> Drawn:
    names = [name for name in QUANTITIES if name != "rows" and any(name in drawn for drawn in stages.values())]
    return {name: np.sum([drawn[name] for drawn in stages.values() if name in drawn], axis=0) for name in names}


def _money(drawn: Drawn, device: Device, prices: Prices) -> Floats:
    each = [{name: float(values[place]) for name, values in drawn.items()} for place in range(DRAWS)]
    return np.array([priced(quantities, device, prices) for quantities in each])


def _cell_plan(cell: Cell, asked: Allotted, unique: Mapping[Cell, Unique], rolled: Mapping[Cell, Rolled]) -> CellPlan:
    own = rolled.get(cell)
    return CellPlan(
        family=cell[0],
        level=cell[1],
        params=cell[2],
        made=asked.items[cell],
        unique=interval(unique[cell].unique, SHARE),
        problems=interval(unique[cell].problems, SHARE),
        rollouts=None if own is None else interval(own.rollouts, SHARE),
        in_band=None if own is None else interval(own.decided["in_band"], SHARE),
    )


def _bytes(config: RunConfig, made: float, rows: Floats, sizes: Sizes, rng: np.random.Generator) -> Floats:
    """Of rows that stand in as many shards as `made` tasks are cut into."""
    shards = np.ceil(made / config.tasks.shard_size)
    total: Floats = (shards * sizes.fixed + rows * sizes.each) * _noise(BYTES, rng)
    return total


def _fixed(cells: Mapping[Cell, CellSeen]) -> float:
    return float(np.mean([own.sizes.fixed for own in cells.values()]))


def _pooled(spreads: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """How much one task's cost varies, by all cells together."""
    freedom = 3 + sum(each for _, each in spreads)
    return (3 + sum(variance * each for variance, each in spreads)) / freedom, freedom


def _noise(deviation: float, rng: np.random.Generator) -> Floats:
    return np.exp(deviation * rng.standard_normal(DRAWS))
