"""One scale for several models: is it right, does it carry over to a new model, does it say when it fails?

    python -m benchmarks.ability

Simulated results tell how true the estimates are, under the real sequential test; five checkpoints of one small model,
each further trained than the one before, tell what is left of it with real models. A held-out model gives its results
on a twentieth of the tasks and is predicted on the rest: by the scale, by how often the other models passed, by that
moved to the new model's own level, and by its own few results in the task's family and level.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.checkpoints import STAGES, checkpoints, problems, rolled_out
from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.irt.counts import Counts, Floats, Ints, counts_of
from filters.irt.fit import fit_of
from filters.irt.placing import placed, predicted
from filters.irt.posterior import pass_rate
from filters.irt.scale import scale_of
from filters.sequential import decision_table
from pipeline.seeding import derived_seed
from pipeline.statistics import rank_correlation

FEW = 0.05
RESULTS = Path(__file__).parent / "results" / "ability.json"
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class World:
    """Tasks and models whose truth is known: `rates` (T, M)."""

    difficulty: Floats
    cells: Ints
    rates: Floats


def world(tasks: int, models: int, seed: int, cells: int = 12, change: Callable[..., Floats] | None = None) -> World:
    """`change` turns (rng, ability, difficulty, cells) into rates that no one scale makes."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(0, 1.0, models)
    ability -= ability.mean()
    cell = rng.integers(0, cells, tasks)
    difficulty = rng.normal(0.3, 1.5, cells)[cell] + rng.normal(0, 1.0, tasks)
    rates = pass_rate(ability, difficulty[:, None]) if change is None else change(rng, ability, difficulty, cell)
    return World(difficulty, cell, rates)


def fixed(rates: Floats, samples: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    asked = np.full(rates.shape, samples)
    return rng.binomial(asked, rates), asked


def sequential(rates: Floats, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Successes and samples of the difficulty test as it is by default; no decision falls inside one of its rounds."""
    numbers = decision_table(DifficultyConfig(), JEFFREYS).numbers
    flat = rates.ravel()
    solved, asked = np.zeros(len(flat), dtype=np.int64), np.zeros(len(flat), dtype=np.int64)
    going = np.arange(len(flat))
    while going.size:
        solved[going] += rng.random(going.size) < flat[going]
        asked[going] += 1
        going = going[numbers[solved[going], asked[going] - solved[going]] < 0]
    return solved.reshape(rates.shape), asked.reshape(rates.shape)


def calibration_error(predicted_rates: Floats, seen: Floats) -> float:
    """How far ten bins' mean predictions are from the mean rates seen there, weighted by their tasks."""
    bins = np.minimum((predicted_rates * 10).astype(int), 9)
    parts = [abs((predicted_rates - seen)[bins == one].sum()) for one in range(10)]
    return float(sum(parts) / len(seen))


def predictions(counts: Counts, model: int, few: NDArray[np.bool_]) -> dict[str, Floats]:
    """The model's rates on all tasks, by each way, from the other models' results and its own on the few."""
    others = [number for number in range(counts.models) if number != model]
    solved, asked = counts.successes[:, others], counts.samples[:, others]
    own_solved, own_asked = np.where(few, counts.successes[:, model], 0), np.where(few, counts.samples[:, model], 0)
    scale = scale_of(counts_of(solved, asked, counts.cells.tolist()))
    place = placed(scale.difficulty, scale.difficulty_sd, own_solved, own_asked)
    raw = np.divide(solved, asked, out=np.full(solved.shape, np.nan), where=asked > 0)
    mean = np.nanmean(raw, axis=1)
    smooth = (solved.sum(axis=1) + 0.5) / (asked.sum(axis=1) + 1)
    cell_solved = np.bincount(counts.cells, own_solved) + 0.5
    cell_asked = np.bincount(counts.cells, own_asked) + 1
    return {
        "scale": predicted(place, scale.difficulty, scale.difficulty_sd).mean,
        "others' raw rates": mean,
        "others' rates, moved": _moved(smooth, own_solved, own_asked),
        "own few, by cell": (cell_solved / cell_asked)[counts.cells],
    }


def _moved(rates: Floats, solved: Ints, asked: Ints) -> Floats:
    """The rates moved by one logit for all, so that the few results have the successes that they have."""
    logits = np.log(rates / (1 - rates))
    low, high = -10.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        too_few = (asked * pass_rate(logits + middle, np.zeros(1))).sum() < solved.sum()
        low, high = (middle, high) if too_few else (low, middle)
    return pass_rate(logits + low, np.zeros(1))


def held_out(counts: Counts, truth: Floats, seeds: Sequence[int]) -> list[Row]:
    """Each model held out in turn; means over models and draws of the few. A constant ranks nothing: 0."""
    scores: dict[str, list[tuple[float, float, float]]] = {}
    for model in range(counts.models):
        for seed in seeds:
            few = np.random.default_rng(derived_seed(seed, "few", model)).random(len(truth)) < FEW
            for name, rates in predictions(counts, model, few).items():
                seen, guess = truth[~few, model], rates[~few]
                error = float(((guess - seen) ** 2).mean())
                scores.setdefault(name, []).append(
                    (rank_correlation(guess, seen) or 0.0, error, calibration_error(guess, seen))
                )
    names = ("spearman", "squared_error", "calibration_error")
    return [
        {"by": name, **dict(zip(names, np.mean(some, axis=0).tolist(), strict=True))} for name, some in scores.items()
    ]


def recovery() -> list[Row]:
    """Under the sequential test: bias of raw mean rates and of the scale's, and how often 95 % intervals hold."""
    rows = []
    for design, sample in (("sequential", sequential), ("16 each", lambda rates, rng: fixed(rates, 16, rng))):
        found: list[tuple[float, ...]] = []
        for seed in range(10):
            known = world(3000, 4, seed)
            solved, asked = sample(known.rates, np.random.default_rng(seed + 50))
            scale = scale_of(counts_of(solved, asked, known.cells.tolist()))
            middling = np.abs(known.rates - 0.7) < 0.1
            raw = solved / asked
            ability = np.log(known.rates / (1 - known.rates))[0] + known.difficulty[0]
            inside = np.abs(scale.difficulty - known.difficulty) < 1.96 * scale.difficulty_sd
            found.append(
                (
                    asked.mean(),
                    (raw - known.rates).mean(),
                    (scale.rates - known.rates).mean(),
                    (raw - known.rates)[middling].mean(),
                    (scale.rates - known.rates)[middling].mean(),
                    np.sqrt(((raw - known.rates) ** 2).mean()),
                    np.sqrt(((scale.rates - known.rates) ** 2).mean()),
                    inside.mean(),
                    (np.abs(scale.ability - ability) < 1.96 * scale.ability_sd).mean(),
                )
            )
        names = (
            "samples", "raw_bias", "scale_bias", "raw_bias_near_0.7", "scale_bias_near_0.7", "raw_rmse", "scale_rmse",
            "difficulty_interval_holds", "ability_interval_holds",
        )  # fmt: skip
        rows.append({"design": design, **dict(zip(names, np.mean(found, axis=0).tolist(), strict=True))})
    return rows


CHANGES: dict[str, Callable[..., Floats] | None] = {
    "none": None,
    "one model +1.5 logits in half of the cells": lambda rng, ability, difficulty, cells: pass_rate(
        ability + 1.5 * ((cells % 2 == 0)[:, None] & (np.arange(len(ability)) == 1)), difficulty[:, None]
    ),
    "every model ±0.5 logits by cell": lambda rng, ability, difficulty, cells: pass_rate(
        ability + rng.normal(0, 0.5, (cells.max() + 1, len(ability)))[cells], difficulty[:, None]
    ),
    "one model's own difficulties (sd 1.5)": lambda rng, ability, difficulty, cells: pass_rate(
        ability, difficulty[:, None] + rng.normal(0, 1.5, (len(difficulty), 1)) * (np.arange(len(ability)) == 1)
    ),
    "discriminations of tasks (log sd 0.6)": lambda rng, ability, difficulty, cells: pass_rate(
        np.zeros(1), (difficulty[:, None] - ability) * np.exp(rng.normal(0, 0.6, (len(difficulty), 1)))
    ),
    "guessing at 0.25": lambda rng, ability, difficulty, cells: 0.25 + 0.75 * pass_rate(ability, difficulty[:, None]),
}


def alarms() -> list[Row]:
    """How often the fit check names a model, for a scale that holds and for some that do not."""
    rows = []
    for name, change in CHANGES.items():
        for tasks in (500, 4000):
            named, infits, offs = [], [], []
            for seed in range(10):
                known = world(tasks, 4, seed, change=change)
                solved, asked = fixed(known.rates, 4, np.random.default_rng(seed + 70))
                counts = counts_of(solved, asked, known.cells.tolist())
                fit = fit_of(scale_of(counts), counts, counts, seed)
                named.append(~fit.holds)
                infits.append(fit.infit.max())
                offs.append(fit.off.max())
            some = np.array(named)
            rows.append(
                {
                    "violation": name,
                    "tasks": tasks,
                    "runs_with_alarm": float(some.any(axis=1).mean()),
                    "second_model_named": float(some[:, 1].mean()),
                    "largest_infit": float(np.mean(infits)),
                    "largest_off": float(np.mean(offs)),
                }
            )
    return rows


def speed() -> list[Row]:
    rows = []
    for tasks, design in ((1_000, "sequential"), (10_000, "sequential"), (100_000, "sequential"), (100_000, "16 each")):
        known = world(tasks, 10, 1, cells=40)
        rng = np.random.default_rng(1)
        solved, asked = sequential(known.rates, rng) if design == "sequential" else fixed(known.rates, 16, rng)
        counts = counts_of(solved, asked, known.cells.tolist())
        start = time.process_time()
        scale = scale_of(counts)
        estimated = time.process_time()
        fit_of(scale, counts, counts, 0)
        checked = time.process_time()
        rows.append(
            {
                "tasks": tasks,
                "models": 10,
                "design": design,
                "most_samples_of_a_task": int(asked.sum(axis=1).max()),
                "estimate_cpu_s": estimated - start,
                "fit_check_cpu_s": checked - estimated,
            }
        )
    return rows


def real(paths: Sequence[str], levels: Sequence[int], each: int, samples: int = 16) -> Row:
    """Five real checkpoints, as many samples of each task by each. Most of the problems were shown in training."""
    tasks = problems(levels, seed=77, each=each)
    solved = np.zeros((len(tasks), len(STAGES)), dtype=np.int64)
    start = time.process_time()
    for number, path in enumerate(paths):
        solved[:, number] = rolled_out(path, tasks, samples, number)
    counts = counts_of(solved, np.full(solved.shape, samples), [task.level for task in tasks])
    scale = scale_of(counts)
    fit = fit_of(scale, counts, counts, 0)
    return {
        "tasks": len(tasks),
        "samples_each": samples,
        "cpu_s": time.process_time() - start,
        "models": [
            {
                "digits": str(learnt),
                "until": skill,
                "raw_rate": float(solved[:, number].sum() / (samples * len(tasks))),
                "ability": float(scale.ability[number]),
                "sd": float(scale.ability_sd[number]),
                "infit": float(fit.infit[number]),
                "outfit": float(fit.outfit[number]),
                "off": float(fit.off[number]),
                "holds": bool(fit.holds[number]),
            }
            for number, (learnt, skill) in enumerate(STAGES)
        ],
        "held_out": held_out(counts, solved / samples, range(5)),
    }


def show(title: str, rows: Sequence[Row]) -> None:
    table = Table(title=title)
    for heading in rows[0]:
        table.add_column(heading.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(f"{value:.3g}" if isinstance(value, float) else str(value) for value in row.values()))
    Console(width=160).print(table)


def main() -> None:
    torch.set_num_threads(1)
    simulated = world(2000, 5, 3)
    results: Row = {"speed": speed(), "recovery": recovery(), "alarms": alarms()}
    for design, (solved, asked) in {
        "4 each": fixed(simulated.rates, 4, np.random.default_rng(1)),
        "sequential": sequential(simulated.rates, np.random.default_rng(2)),
    }.items():
        counts = counts_of(solved, asked, simulated.cells.tolist())
        results[f"held_out, simulated, {design}"] = held_out(counts, simulated.rates, range(5))
    for title, rows in results.items():
        show(title, rows)
    with TemporaryDirectory() as folder:
        paths = list(checkpoints(Path(folder)))
        for title, levels, each in (("real, one level", (2,), 300), ("real, three levels", (1, 2, 3), 110)):
            results[title] = real(paths, levels, each)
            show(title, results[title]["models"])
            show(f"{title}, each held out", results[title]["held_out"])
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
