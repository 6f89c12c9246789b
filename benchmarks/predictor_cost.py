"""What a task in the band costs, found by rollouts or by a predictor that reads the likeliest answers; SmolLM2-135M.

    python -m benchmarks.predictor_cost

The measure: CPU seconds for each task that is chosen and truly in the band (by its 64 stored samples), at a precision
of at least 0.7 of what is chosen. Three ways to choose from candidates of which nothing is known: the sequential test
on all of them (the default config, priors fitted), 16 rollouts for each (a common number), and the predictor,
taught already, which reads the gold answers of the share that features make likeliest. Its threshold is the lowest
that has the precision, in hindsight; beside it stands what comes of taking its chances at their word: the likeliest, as
long as their mean chance is at least 0.7. Seconds are those of the real engine on tasks of some cells, all together as
a run does it, the ways one after the other on the same tasks. The predictor chooses in halves of the pool, taught by
the other halves.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from benchmarks import rollouts_pool
from benchmarks.predictor import BANDS, WANTED, Floats, measured, read, true_rate
from benchmarks.rollouts_pool import PREFILL, SAMPLES, SAMPLING, Rolled, read_pool
from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.difficulty import difficulty_of, next_samples, tally_of
from filters.predictor import PredictorConfig, fitted, readings
from filters.prior import cell_of, fitted_priors
from filters.rollouts import roll_out
from pipeline.engines import Engine, open_engine
from pipeline.seeding import derived_seed
from schemas import Difficulty

RESULTS = Path(__file__).parent / "results" / "predictor_cost.json"
FIXED, HALVINGS = 16, 20
SHARES = (1.0, 0.5, 0.3, 0.2, 0.1)
"""Of the candidates, how many have their answers read."""
LIVE_CELLS = 4


def tested(pool: Sequence[Rolled], config: DifficultyConfig) -> list[Difficulty]:
    """What the sequential test says after replaying the stored samples, its priors fitted to their first rounds."""
    firsts = [tally_of(one.scores[: config.round_size], config.success_at) for one in pool]
    priors = fitted_priors(
        (cell_of(one.task), first.successes, first.failures) for one, first in zip(pool, firsts, strict=True)
    )
    found: list[Difficulty] = []
    for one in pool:
        prior = priors.get(cell_of(one.task), JEFFREYS)
        tally = tally_of((), config.success_at)
        while more := next_samples(tally, config, prior):
            tally = tally_of(one.scores[: tally.samples + more], config.success_at)
        found.append(difficulty_of(one.task.id, "stored", "", tally, config, prior))
    return found


def chosen_by(kept: Sequence[bool], inside: Sequence[bool]) -> dict[str, float]:
    """What share of all candidates is chosen and in the band, and what share of the chosen is."""
    hits = sum(one and other for one, other in zip(kept, inside, strict=True))
    return {"found": hits / len(kept), "precision": hits / max(sum(kept), 1)}


def halves(
    pool: Sequence[Rolled], config: PredictorConfig, labels: Sequence[Difficulty], told: Mapping[str, float]
) -> list[tuple[Floats, Floats, Floats]]:
    """Of each halving: the chances without reading and with it, and which candidates are inside."""
    rates = np.array([true_rate(one) for one in pool])
    inside = (rates >= config.band_low) & (rates <= config.band_high)
    rows = []
    for split in range(HALVINGS):
        seen = np.array([bool(derived_seed(split, "half", one.task.canonical) % 2) for one in pool])
        taught = [(pool[i].task, labels[i]) for i in np.flatnonzero(seen).tolist()]
        tasks, known = [task for task, _ in taught], [label for _, label in taught]
        left = [pool[i].task for i in np.flatnonzero(~seen).tolist()]
        plain = fitted(tasks, known, config, split).predict(left)
        by_reading = fitted(tasks, known, config, split, told).predict(left, told)
        chances = [np.array([each.chance for each in own]) for own in (plain, by_reading)]
        rows.append((chances[0], chances[1], inside[~seen].astype(np.float64)))
    return rows


def chosen_by_reading(rows: Sequence[tuple[Floats, Floats, Floats]], share: float) -> dict[str, float]:
    """As `chosen_by`, of the candidates that are read; by the threshold in hindsight, and by the chances' own word."""
    chances, inside, candidates = [], [], 0
    for plain, by_reading, truth in rows:
        first = np.argsort(-plain, kind="stable")[: max(1, round(share * len(plain)))]
        chances.append(by_reading[first])
        inside.append(truth[first])
        candidates += len(plain)
    order = np.argsort(-np.concatenate(chances), kind="stable")
    counts = np.arange(1, len(order) + 1)
    hits = np.cumsum(np.concatenate(inside)[order])
    believed = np.cumsum(np.concatenate(chances)[order]) / counts
    own: dict[str, float] = {"read": share}
    for name, mean in (("", hits / counts), ("_at_its_word", believed)):
        good = np.flatnonzero(mean >= WANTED)
        last = good[-1] if len(good) else None
        own[f"found{name}"] = 0.0 if last is None else float(hits[last] / candidates)
        own[f"precision{name}"] = 0.0 if last is None else float(hits[last] / counts[last])
    return own


def seconds(pool: Sequence[Rolled], engine: Engine) -> dict[str, float]:
    """CPU seconds a task of each way, on all tasks of some cells at once."""
    cells = sorted({cell_of(one.task) for one in pool}, key=lambda cell: derived_seed(0, "live", *cell))[:LIVE_CELLS]
    tasks = [one.task for one in pool if cell_of(one.task) in cells]
    fixed = DifficultyConfig(round_size=FIXED, cap=FIXED, prior="jeffreys")

    def rolled(config: DifficultyConfig) -> Callable[[], object]:
        return lambda: list(roll_out(tasks, engine, SAMPLING, config, 0, prefill=PREFILL))

    ways: dict[str, Callable[[], object]] = {
        "reading": lambda: readings(tasks, engine, PREFILL),
        **{f"test, {band}": rolled(_test(band)) for band in BANDS},
        "fixed": rolled(fixed),
    }
    spent = {}
    for name, work in ways.items():
        start = time.process_time()
        work()
        spent[name] = (time.process_time() - start) / len(tasks)
    return {**spent, "tasks": len(tasks)}


def _test(band: str) -> DifficultyConfig:
    low, high = BANDS[band]
    return DifficultyConfig(band_low=low, band_high=high, cap=SAMPLES)


def compared(pool: Sequence[Rolled], band: str, told: Mapping[str, float], spent: Mapping[str, float]) -> list[Any]:
    """One row a way: what it finds, and the CPU seconds of a task found."""
    test = _test(band)
    config = PredictorConfig(band_low=test.band_low, band_high=test.band_high)
    inside = [test.band_low <= true_rate(one) <= test.band_high for one in pool]
    decided = tested(pool, test)
    sixteen = [measured(one, test, FIXED) for one in pool]
    start = time.process_time()
    rows = halves(pool, config, decided, told)
    predicting = (time.process_time() - start) / (2 * HALVINGS * len(pool))  # the fits too, spread over all it predicts
    in_mean = [test.band_low <= each.successes / FIXED <= test.band_high for each in sixteen]
    ways: list[dict[str, Any]] = [
        {"way": "sequential test", "seconds": spent[f"test, {band}"]}
        | {"rollouts": float(np.mean([each.samples for each in decided]))}
        | chosen_by([each.decision == "in_band" for each in decided], inside),
        {"way": f"{FIXED} rollouts", "seconds": spent["fixed"], "rollouts": FIXED} | chosen_by(in_mean, inside),
    ]
    for share in SHARES:
        price = predicting + share * spent["reading"]
        ways.append({"way": f"reads {share:.0%}", "seconds": price} | chosen_by_reading(rows, share))
    for way in ways:
        way["seconds_a_find"] = way["seconds"] / way["found"] if way["found"] else None
    return ways


def main() -> None:
    torch.set_num_threads(1)
    pool = read_pool(rollouts_pool.POOL)
    told = read(pool).told or {}
    engine = open_engine("transformers", rollouts_pool.MODEL)
    spent = seconds(pool, engine)
    engine.close()
    results: dict[str, Any] = {"live": spent, "bands": {band: compared(pool, band, told, spent) for band in BANDS}}
    for band, ways in results["bands"].items():
        names = ("way", "seconds", "found", "precision", "seconds_a_find", "found_at_its_word", "precision_at_its_word")
        table = Table(*names, title=f"band {BANDS[band][0]:g} to {BANDS[band][1]:g}")
        for way in ways:
            cells = [way.get(name) for name in names]
            table.add_row(*(f"{cell:.3g}" if isinstance(cell, float) else str(cell or "") for cell in cells))
        Console(width=140).print(table)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
