"""Choosing tasks in band by the predictor against choosing them by rollouts, on stored rollouts of real models.

    python -m benchmarks.predictor

The truth is the rate of 64 stored samples. Six times the problems of a pool are halved by lot: the sequential test is
replayed on one half, its outcomes teach the predictor, and the predictor chooses in the other half, on which the
sequential test is replayed too. A rollout costs what one cost in the pool, which was made in full batches with the
prefill shared by 64 samples: rounds of a few cost more, so rollouts look cheaper here than they are. A part is run
live: the sequential test, the predictor, and the reading of gold answers. Times are CPU seconds of a thread.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks import rollouts_pool, tiny_pool
from benchmarks.rollouts_pool import PREFILL, SAMPLES, SAMPLING, Rolled, read_pool
from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.difficulty import difficulty_of, next_samples, tally_of
from filters.predictor import Prediction, PredictorConfig, fitted, readings
from filters.predictor.calibration import calibration, cross_fitted
from filters.rollouts import roll_out
from pipeline.engines import open_engine
from pipeline.seeding import derived_seed
from pipeline.statistics import rank_correlation
from schemas import Difficulty

RESULTS = Path(__file__).parent / "results" / "predictor.json"
SPLITS, WANTED = 6, 0.7
GROUP = 8
"""Samples a prompt in training."""
BANDS = {"middle": (0.2, 0.8), "mixed groups": (0.083, 0.917)}
"""The default band, and the rates at which every second group of 8 samples or more has both right and wrong ones."""
CASES: dict[str, tuple[Path, str, int | None, bool]] = {
    "smollm2, middle": (rollouts_pool.POOL, "middle", None, False),
    "smollm2, middle, read": (rollouts_pool.POOL, "middle", None, True),
    "smollm2, mixed groups": (rollouts_pool.POOL, "mixed groups", None, False),
    "smollm2, mixed, read": (rollouts_pool.POOL, "mixed groups", None, True),
    "smollm2, mixed, 64 a label": (rollouts_pool.POOL, "mixed groups", SAMPLES, False),
    "tiny, middle": (tiny_pool.POOL, "middle", None, False),
}
"""Pool, band, the samples of each task that teaches (those of the sequential test, or a fixed number), and whether the
model has read the gold answers."""
LIVE_CELLS = 3
"""Families and levels whose tasks are run live, all of each, as a run would."""

Floats = NDArray[np.float64]


def configs(band: str) -> tuple[DifficultyConfig, PredictorConfig]:
    low, high = BANDS[band]
    test = DifficultyConfig(band_low=low, band_high=high, cap=SAMPLES, prior="jeffreys")
    return test, PredictorConfig(band_low=low, band_high=high)


def measured(one: Rolled, config: DifficultyConfig, samples: int | None = None) -> Difficulty:
    """What the sequential test says after replaying the stored samples; or a fixed number of them."""
    tally = tally_of(one.scores[: samples or 0], config.success_at)
    while samples is None and (more := next_samples(tally, config, JEFFREYS)):
        tally = tally_of(one.scores[: tally.samples + more], config.success_at)
    return difficulty_of(one.task.id, "stored", "", tally, config, JEFFREYS)


def true_rate(one: Rolled) -> float:
    return sum(score or 0.0 for score in one.scores) / len(one.scores)


def cost(one: Rolled, difficulty: Difficulty) -> float:
    """CPU seconds of the samples that were used."""
    return one.cpu_seconds * difficulty.samples / len(one.scores)


class Read(msgspec.Struct, frozen=True):
    """What the model makes of the gold answers of a pool, and the CPU seconds that each took."""

    told: dict[str, float] | None = None
    seconds: float = 0.0


def read(pool: Sequence[Rolled]) -> Read:
    torch.set_num_threads(1)
    engine = open_engine("transformers", rollouts_pool.MODEL)
    start = time.process_time()
    told = readings([one.task for one in pool], engine, PREFILL)
    spent = time.process_time() - start
    engine.close()
    return Read(told, spent / len(pool))


def compared(pool: Sequence[Rolled], band: str, label: int | None, own: Read) -> dict[str, Any]:
    """The means over SPLITS halvings of a pool."""
    test, config = configs(band)
    rates = np.array([true_rate(one) for one in pool])
    inside = (rates >= config.band_low) & (rates <= config.band_high)
    decided = [measured(one, test) for one in pool]
    labels = [measured(one, test, label) for one in pool]
    rows = [_halved(pool, decided, labels, rates, inside, config, own, split) for split in range(SPLITS)]
    chances, truths = (np.concatenate([row.pop(name) for row in rows]) for name in ("chances", "inside"))
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    curve = precision_by_recall(chances, truths)
    rolled, told, taught = (means[name] for name in ("rollouts_cpu", "predicting_cpu", "fitting_cpu"))
    return {
        "tasks": len(pool),
        "in_band": int(inside.sum()),
        "base_rate": float(inside.mean()),
        **means,
        "precision_by_recall": curve,
        f"recall_at_precision_{WANTED}": recall_at(chances, truths, WANTED),
        "times_faster": rolled / told,
        "times_faster_with_fit": rolled / (told + taught),
        "times_faster_with_labels": {
            str(more): more * rolled / (means["labels_cpu"] + taught + more * told) for more in (1, 10, 100)
        },
        **calibrated(pool, labels, config, own),
    }


def _halved(
    pool: Sequence[Rolled],
    decided: Sequence[Difficulty],
    labels: Sequence[Difficulty],
    rates: Floats,
    inside: NDArray[np.bool_],
    config: PredictorConfig,
    own: Read,
    split: int,
) -> dict[str, Any]:
    seen = np.array([bool(derived_seed(split, "half", one.task.canonical) % 2) for one in pool])
    labelled, left = np.flatnonzero(seen), np.flatnonzero(~seen)
    start = time.process_time()
    predictor = fitted([pool[i].task for i in labelled], [labels[i] for i in labelled], config, split, own.told)
    fitting = time.process_time() - start + own.seconds * len(labelled)
    start = time.process_time()
    predictions = predictor.predict([pool[i].task for i in left], own.told)
    predicting = time.process_time() - start + own.seconds * len(left)
    found = np.array([decided[i].decision == "in_band" for i in left])
    return {
        "labelled": len(labelled),
        "candidates": len(left),
        "spearman": rank_correlation([each.mean for each in predictions], rates[left]) or 0.0,
        "predicting_cpu": predicting,
        "fitting_cpu": fitting,
        "rollouts_cpu": sum(cost(pool[i], decided[i]) for i in left),
        "labels_cpu": sum(cost(pool[i], labels[i]) for i in labelled),
        "rollouts_a_task": float(np.mean([decided[i].samples for i in left])),
        "precision_of_rollouts": float(inside[left][found].mean()) if found.any() else 0.0,
        "recall_of_rollouts": float(found[inside[left]].mean()) if inside[left].any() else 0.0,
        "chances": np.array([each.chance for each in predictions]),
        "inside": inside[left],
    }


def calibrated(
    pool: Sequence[Rolled], labels: Sequence[Difficulty], config: PredictorConfig, own: Read
) -> dict[str, Any]:
    """Cross-fitted: taught by the labels, judged by all samples."""
    predictions = cross_fitted([one.task for one in pool], labels, config, seed=0, readings=own.told)
    return {"calibration": _judged(predictions, pool, config)}


def _judged(predictions: Sequence[Prediction], pool: Sequence[Rolled], config: PredictorConfig) -> Any:
    test = DifficultyConfig(band_low=config.band_low, band_high=config.band_high, cap=SAMPLES, zone=0.0, error=0.499)
    truths = []
    for one in pool:
        inside = config.band_low <= true_rate(one) <= config.band_high
        whole = measured(one, test, SAMPLES)
        truths.append(msgspec.structs.replace(whole, decision="in_band" if inside else "too_hard"))
    return msgspec.to_builtins(calibration(predictions, truths))


def across_families(pool: Sequence[Rolled], band: str) -> dict[str, Any]:
    """Each family predicted by a fit to all others."""
    test, config = configs(band)
    decided = [measured(one, test) for one in pool]
    rates = np.array([true_rate(one) for one in pool])
    families = sorted({one.task.family for one in pool})
    own = np.array([families.index(one.task.family) for one in pool])
    means = np.zeros(len(pool))
    for number in range(len(families)):
        others, left = np.flatnonzero(own != number), np.flatnonzero(own == number)
        predictor = fitted([pool[i].task for i in others], [decided[i] for i in others], config, seed=0)
        means[left] = [each.mean for each in predictor.predict([pool[i].task for i in left])]
    within = {
        name: rank_correlation(means[own == number], rates[own == number]) or 0.0
        for number, name in enumerate(families)
    }
    return {"spearman": rank_correlation(means, rates) or 0.0, "spearman_within": within}


def live(pool: Sequence[Rolled]) -> dict[str, Any]:
    """CPU seconds a task with the real model: the sequential test, the predictor, and a reading, each after the other
    for all tasks of some cells."""
    torch.set_num_threads(1)
    test, config = configs("middle")
    engine = open_engine("transformers", rollouts_pool.MODEL)
    predictor = fitted([one.task for one in pool], [measured(one, test) for one in pool], config, seed=0)
    cells = sorted({(one.task.family, one.task.level) for one in pool}, key=lambda cell: derived_seed(0, "live", *cell))
    spent = {"sequential_test": 0.0, "predictor": 0.0, "reading": 0.0}
    rollouts = count = 0
    for turn, cell in enumerate(cells[:LIVE_CELLS]):
        tasks = [one.task for one in pool if (one.task.family, one.task.level) == cell]
        count += len(tasks)
        start = time.process_time()
        rollouts += sum(map(len, roll_out(tasks, engine, SAMPLING, test, turn, prefill=PREFILL)))
        spent["sequential_test"] += time.process_time() - start
        start = time.process_time()
        predictor.predict([one.task for one in pool])
        spent["predictor"] += (time.process_time() - start) * len(tasks) / len(pool)
        start = time.process_time()
        readings(tasks, engine, PREFILL)
        spent["reading"] += time.process_time() - start
    engine.close()
    own = {name: seconds / count for name, seconds in spent.items()}
    return {**own, "times_faster_reading": own["sequential_test"] / own["reading"], "rollouts": rollouts / count}


def precision_by_recall(chances: Floats, inside: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """(recall, precision) where each tenth of the tasks in band is first reached, the likeliest chosen first."""
    hits = np.cumsum(inside[np.argsort(-chances, kind="stable")])
    points = []
    for tenth in range(1, 11):
        chosen = int(np.searchsorted(hits, tenth / 10 * hits[-1])) + 1
        points.append((float(hits[chosen - 1] / hits[-1]), float(hits[chosen - 1] / chosen)))
    return points


def recall_at(chances: Floats, inside: NDArray[np.bool_], precision: float) -> float:
    """The greatest share of the tasks in band that are chosen at such a precision; 0 where none is reached."""
    hits = np.cumsum(inside[np.argsort(-chances, kind="stable")])
    good = np.flatnonzero(hits / np.arange(1, len(hits) + 1) >= precision)
    return float(hits[good[-1]] / hits[-1]) if len(good) else 0.0


def show(rows: dict[str, dict[str, Any]]) -> None:
    table = Table(title="Choosing tasks in band: the predictor against the sequential test")
    table.add_column("")
    for name in rows:
        table.add_column(name, justify="right")
    for name in next(iter(rows.values())):
        values = [row[name] for row in rows.values()]
        if all(isinstance(value, int | float) for value in values):
            table.add_row(name.replace("_", " "), *(f"{value:.4g}" for value in values))
    for what in ("pass_rates", "in_band"):
        for name in ("brier", "brier_of_base_rate", "expected_error"):
            values = [row["calibration"][what][name] for row in rows.values()]
            table.add_row(f"{what} {name}".replace("_", " "), *(f"{value:.4f}" for value in values))
    for tenth in range(10):
        points = [row["precision_by_recall"][tenth] for row in rows.values()]
        table.add_row(f"precision at recall {(tenth + 1) / 10:g}", *(f"{precision:.2f}" for _, precision in points))
    Console(width=140).print(table)


def main() -> None:
    smollm2 = read_pool(rollouts_pool.POOL)
    reading = read(smollm2)
    rows = {
        name: compared(read_pool(path), band, label, reading if reads else Read())
        for name, (path, band, label, reads) in CASES.items()
    }
    show(rows)
    results = {
        "pools": rows,
        "across_families": across_families(smollm2, "mixed groups"),
        "live": live(smollm2),
    }
    print(json.dumps({name: results[name] for name in ("across_families", "live")}, indent=1))
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
