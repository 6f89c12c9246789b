"""The yield of in-band tasks round by round: aimed, against the first round's shares kept, on real models.

    python -m benchmarks.aiming [--only NAME] [--streams 5]

All roll out as many tasks in each round and share the first round, model, seeds and sequential test; a task that one of
them has rolled out is not rolled out again. They take turns round by round. `aimed` makes each task that it rolls out;
`chosen` makes three for each and lets the predictor choose, from the second round on. `tiny` is the trainer's model of
half a million parameters, warm-started here (half a CPU minute), on sums of one to six digits of which it has learnt
those of two; five streams of tasks. `smollm2` is SmolLM2-135M on the easiest rungs of five families, one stream.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch
from rich.console import Console
from rich.table import Table

from filters.aiming import CellKey, evidence
from filters.rollouts import difficulties, roll_out
from flows.aim import plan_after, segments_of
from flows.choose import likeliest
from flows.config import AimConfig, RunConfig, predictor_config
from generators.stream import tasks_of
from pipeline.engines import Engine, open_engine
from pipeline.seeding import derived_seed
from schemas import AimedCell, Difficulty, Task, jsontext
from trainer import tiny

RESULTS = Path(__file__).parent / "results" / "aiming.json"
STREAMS = 5
WAYS = ("unaimed", "aimed", "chosen")
CANDIDATES = 3

TINY: dict[str, Any] = {
    "name": "tiny",
    "aim": {"rounds": 5},
    "tasks": {
        "sources": [
            {"family": "arithmetic.reversed_addition", "count": 16, "levels": [1, 2, 3, 4, 5], "styles": ["bare"]}
        ]
    },
    "sampling": {"max_tokens": 8, "prefill": tiny.OPEN, "stop": [tiny.CLOSE]},
    "difficulty": {"cap": 32, "prior": "jeffreys"},
}
SMOLLM2: dict[str, Any] = {
    "name": "smollm2",
    "aim": {"rounds": 3},
    "tasks": {
        "sources": [
            {"family": "arithmetic.chain", "count": 5, "levels": [1, 2], "examples": 2},
            {"family": "arithmetic.word_problems", "count": 5, "levels": [1], "examples": 2},
            {"family": "calendar.date_arithmetic", "count": 5, "levels": [1, 2], "examples": 2},
            {"family": "logic.knights_knaves", "count": 5, "levels": [1], "examples": 2},
            {"family": "strings.word_sorting", "count": 5, "levels": [1, 2], "examples": 2},
        ]
    },
    "sampling": {"temperature": 0.7, "max_tokens": 16, "prefill": "<answer>", "stop": ["</answer>"]},
    "difficulty": {"cap": 16, "prior": "jeffreys"},
}


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round: tasks made, those of them that were new problems and rolled out, and what came of it."""

    made: int
    graded: int
    in_band: int
    undecided: int
    rollouts: int
    tasks_by_cell: dict[str, int]


class Way:
    """One way of spending rounds on a stream of tasks: what it has made and learnt so far."""

    def __init__(self, config: RunConfig, aim: AimConfig, *, aims: bool) -> None:
        self.config, self.aim, self.aims = config, aim, aims
        self.rows: list[AimedCell] = []
        self.made: list[tuple[CellKey, str]] = []
        self.taught: list[Task] = []
        self.graded: list[Difficulty] = []
        self.rounds: list[Round] = []

    def go_on(self, engine: Engine, known: dict[str, Difficulty]) -> None:
        """One round more; `known` has the difficulties of tasks that were rolled out already, by id, and grows."""
        plan = self._plan()
        tasks = [task for segment in segments_of(plan, self.config) for task in tasks_of(segment)]
        before = {canonical for _, canonical in self.made}
        new = self._chosen({task.canonical: task for task in reversed(tasks) if task.canonical not in before}.values())
        graded = _graded(engine, self.config, new, known)
        self.made += [(_key(task), task.canonical) for task in tasks]
        self.taught += new
        self.graded += graded
        self.rows += plan
        decisions = [each.decision for each in graded]
        self.rounds.append(
            Round(
                made=len(tasks),
                graded=len(new),
                in_band=decisions.count("in_band"),
                undecided=decisions.count("undecided"),
                rollouts=sum(each.samples + each.failed_checks for each in graded),
                tasks_by_cell={f"{row.family} {row.level or row.place}": row.count for row in plan},
            )
        )

    def _plan(self) -> list[AimedCell]:
        cells = [(_key(task), difficulty) for task, difficulty in zip(self.taught, self.graded, strict=True)]
        return plan_after(self.rows, evidence(self.made, cells) if self.aims else {}, self.config, self.aim)

    def _chosen(self, tasks: Collection[Task]) -> list[Task]:
        """As many as the config asks for in a round."""
        count = sum(segment.stop for segment in self.config.segments())
        band = predictor_config(self.config)
        seed = derived_seed(self.config.seed, "candidates", len(self.rounds))
        taken, _ = likeliest(list(tasks), count, self.taught, self.graded, self.aim.explore, band, seed)
        return [task for task in tasks if task.id in taken]


def _key(task: Task) -> CellKey:
    return task.family, jsontext.dumps(task.params)


def _graded(engine: Engine, config: RunConfig, tasks: Sequence[Task], known: dict[str, Difficulty]) -> list[Difficulty]:
    fresh = [task for task in tasks if task.id not in known]
    passed = roll_out(
        fresh,
        engine,
        config.sampling.for_engine(),
        config.difficulty,
        config.seed,
        prefill=config.sampling.prefill,
    )
    made = [rollout for batch in passed for rollout in batch]
    for each in difficulties(fresh, made, config.difficulty, engine.model, engine.revision):
        known[each.task_id] = each
    return [known[task.id] for task in tasks]


def compared(engine: Engine, given: dict[str, Any], streams: int) -> dict[str, Any]:
    """All ways over all rounds, for each stream of tasks."""
    start = time.process_time()
    found: dict[str, list[list[Round]]] = {name: [] for name in WAYS}
    for stream in range(streams):
        config = RunConfig.model_validate(given | {"seed": stream})
        aim, rounds = config.aim or AimConfig(), (config.aim or AimConfig()).rounds
        known: dict[str, Difficulty] = {}
        ways = {
            "unaimed": Way(config, AimConfig(rounds=rounds, explore=1.0), aims=False),
            "aimed": Way(config, aim, aims=True),
            "chosen": Way(config, aim.model_copy(update={"candidates": CANDIDATES}), aims=True),
        }
        for _ in range(rounds):
            for way in ways.values():
                way.go_on(engine, known)
        for name, way in ways.items():
            found[name].append(way.rounds)
    summary = {name: _summary(runs) for name, runs in found.items()}
    return {
        "config": given,
        "streams": streams,
        "cpu_seconds": round(time.process_time() - start, 1),
        **summary,
        "in_band_at_equal_rollouts": _at_equal_rollouts(found),
        "rounds": msgspec.to_builtins(found),
    }


def _summary(runs: list[list[Round]]) -> dict[str, Any]:
    """By round, over all streams."""
    columns = list(zip(*runs, strict=True))
    total = {
        name: sum(getattr(each, name) for run in runs for each in run) for name in ("graded", "in_band", "rollouts")
    }
    return {
        "yield_by_round": [
            round(sum(each.in_band for each in column) / max(1, sum(each.graded for each in column)), 3)
            for column in columns
        ],
        "in_band_by_round": [sum(each.in_band for each in column) for column in columns],
        **total,
        "in_band_per_1000_rollouts": round(1000 * total["in_band"] / total["rollouts"], 1),
    }


def _at_equal_rollouts(found: dict[str, list[list[Round]]]) -> dict[str, float]:
    """In-band tasks after as many rollouts as the cheaper way spent in all; a round that is cut counts in part."""
    least = min(sum(each.rollouts for run in runs for each in run) for runs in found.values())
    counts = {}
    for name, runs in found.items():
        left, count = float(least), 0.0
        for column in zip(*runs, strict=True):
            cost, gain = sum(each.rollouts for each in column), sum(each.in_band for each in column)
            count += gain * min(1.0, left / cost)
            left = max(0.0, left - cost)
        counts[name] = round(count, 1)
    ratios = {f"{name}_ratio": round(counts[name] / max(counts["unaimed"], 1e-9), 2) for name in WAYS[1:]}
    return {"rollouts": least, **counts, **ratios}


def shown(name: str, result: dict[str, Any]) -> Table:
    rounds = len(result["aimed"]["yield_by_round"])
    table = Table(
        "", *(f"round {number}" for number in range(1, rounds + 1)), "in band", "per 1000 rollouts", title=name
    )
    for way in WAYS:
        own = result[way]
        shares = [f"{share:.0%}" for share in own["yield_by_round"]]
        table.add_row(way, *shares, str(own["in_band"]), f"{own['in_band_per_1000_rollouts']:g}")
    return table


def main(only: str | None, streams: int) -> None:
    torch.set_num_threads(1)
    console = Console()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results["machine"] = {"python": sys.version.split()[0], "torch": torch.__version__, "cpu": platform.machine()}
    with tempfile.TemporaryDirectory() as folder:
        for given, count in ((TINY, streams), (SMOLLM2, 1)):
            name = given["name"]
            if only not in (None, name):
                continue
            if given is TINY:
                tiny.build(Path(folder))
            engine = open_engine("transformers", f"{folder}/model" if given is TINY else "smollm2-135m")
            try:
                results[name] = compared(engine, given, count)
            finally:
                engine.close()
            console.print(shown(name, results[name]))
            console.print(f"at equal rollouts: {results[name]['in_band_at_equal_rollouts']}")
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--only", choices=["tiny", "smollm2"])
    reader.add_argument("--streams", type=int, default=STREAMS, help="streams of tasks for the tiny model")
    arguments = reader.parse_args()
    main(arguments.only, arguments.streams)
