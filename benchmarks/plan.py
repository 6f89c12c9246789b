"""Plans against what is then made: how often the fact is inside the interval, and how much starts differ.

    python -m benchmarks.plan [--starts 6]

Each start generates and deduplicates three runs, each in a process of its own, by the functions the flows call: a short
one with a seed of its own, a long one, four times as long, with a seed of its own, and the long one that all starts
make alike. Every long run is then planned by the short run of every other start. `log_ratio` is the log of what stages
took over the middle of what was planned, mean and deviation over the plans. `noise` is the standard deviation,
over starts, of the log CPU seconds of the run that all make alike: what `pipeline.costs.forecast.MACHINE` is
not to be below.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results" / "plan.json"
FAMILIES = (
    "algebra.linear_systems",
    "arithmetic.chain",
    "arithmetic.word_problems",
    "calendar.date_arithmetic",
    "graphs.shortest_path",
    "numbers.base_conversion",
    "planning.sliding_tiles",
    "strings.word_sorting",
)
LEVELS = [2, 4]
SHORT, LONG = 60, 240
ALIKE = 10**6
QUANTITIES = (("tasks", "cpu_seconds"), ("tasks", "bytes"), ("unique", "rows"), ("unique", "bytes"))


def config_of(folder: str, name: str, seed: int, count: int) -> Any:
    from flows.config import RunConfig
    from pipeline.config import checked

    sources = [{"family": family, "count": count, "levels": LEVELS} for family in FAMILIES]
    tasks = {"sources": sources, "shard_size": 500}
    return checked(
        {"workers": 1, "name": name, "seed": seed, "output": folder, "model": None, "tasks": tasks}, RunConfig
    )


def make(folder: str, name: str, seed: int, count: int) -> None:
    """The stages `tasks`, `unique` and `removed` of a run."""
    from flows.compared import Compared, piled
    from flows.dedup import unique_stages, write_unique
    from flows.generate import tasks_stage
    from flows.work import UniqueStages, write_tasks
    from flows.workers import HERE
    from generators.stream import cut
    from pipeline.store import open_run

    config = config_of(folder, name, seed, count)
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=seed)
    tasks = tasks_stage(run, config)
    for shard, segments in enumerate(cut(config.segments(), config.tasks.shard_size)):
        write_tasks(tasks, shard, segments)
    tasks.seal()
    unique, removed = unique_stages(run, config, tasks)
    stages = UniqueStages(tasks, unique, removed)
    write_unique.fn(stages, piled(tasks, unique, range(tasks.count), ()), Compared(), HERE, lambda count, note: None)
    unique.seal()
    removed.seal()


def runs_of(start: int) -> tuple[tuple[str, int, int], ...]:
    """Name, seed and tasks of each level."""
    return (
        (f"short{start}", start, SHORT),
        (f"alike{start}", ALIKE, LONG),
        (f"long{start}", 1000 + start, LONG),
    )


def compared(folder: str, starts: int) -> dict[str, Any]:
    from flows.costs import costs_of
    from flows.plan.earlier import seen_in
    from flows.plan.forecast import plan_of
    from pipeline.costs.prices import Prices
    from pipeline.store import load_run

    inside: dict[str, list[bool]] = {f"{stage} {name}": [] for stage, name in QUANTITIES}
    off: dict[str, list[float]] = {name: [] for name in inside}
    alike = []
    for long in range(starts):
        config = config_of(folder, f"long{long}", 1000 + long, LONG)
        found = costs_of(load_run(config.url), config)
        same = costs_of(load_run(f"{folder}/alike{long}"), config)
        assert found is not None
        assert same is not None
        alike.append(same.facts["tasks"]["cpu_seconds"])
        for short in (each for each in range(starts) if each != long):
            plan = plan_of(config, seen_in(f"{folder}/short{short}", config), Prices(), None)
            for stage, name in QUANTITIES:
                fact, told = found.facts[stage][name], plan.stages[stage][name]
                inside[f"{stage} {name}"].append(told.holds(fact))
                off[f"{stage} {name}"].append(float(np.log(fact / told.expected)))
    return {
        "starts": starts,
        "tasks": [SHORT * len(FAMILIES) * len(LEVELS), LONG * len(FAMILIES) * len(LEVELS)],
        "inside": {name: float(np.mean(held)) for name, held in inside.items()},
        "log_ratio": {name: [float(np.mean(each)), float(np.std(each))] for name, each in off.items()},
        "noise": float(np.std(np.log(alike), ddof=1)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=6)
    parser.add_argument("--here", nargs=4, metavar=("FOLDER", "NAME", "SEED", "COUNT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        make(given.here[0], given.here[1], int(given.here[2]), int(given.here[3]))
        return
    with TemporaryDirectory(prefix="taskmill-plan-") as folder:
        for name, seed, count in (run for start in range(given.starts) for run in runs_of(start)):
            command = [sys.executable, "-m", "benchmarks.plan", "--here", folder, name, str(seed), str(count)]
            subprocess.run(command, cwd=Path(__file__).parents[1], check=True)
        results = compared(folder, given.starts)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
