"""Our trainer beside TRL's GRPOTrainer: CPU time and memory of a step, and what is learnt.

    python -m benchmarks.trainer [--seeds 3] [--rounds 2] [--folder FOLDER]

Both train the same model on the same tasks with the same settings (DAPO loss, 0.2 and 0.28, no KL, AdamW 0.9 and 0.95,
rewards by our verifier), one thread each, every run in a fresh process, and they take turns.

- tiny: the bundled model of half a million parameters (`trainer.tiny`), 16 prompts × 16 completions of 5 tokens, 50
  steps, one run a seed. Rewards and held-out accuracy show that both learn the same.
- smollm2: SmolLM2-135M, 2 prompts × 4 completions of 64 tokens, gradient checkpointing, 3 steps. What is rewarded is
  the share of one letter, so that every group teaches.
- head: the LM head alone at SmolLM2's vocabulary (`benchmarks.lm_head`).
- packing: our passes with rows alone and in shared lines (`benchmarks.packing`).

What a folder holds already is not done again: a benchmark that was stopped goes on.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import fmean, stdev
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.lm_head import WAYS
from benchmarks.trainer_sides import CASES, EVALUATED, SIDES
from generators.arithmetic.reversed_addition import FAMILY
from generators.family import make_task
from pipeline.models import resolve
from pipeline.statistics import wilson
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Message, Task
from trainer import tiny

RESULTS = Path(__file__).parent / "results" / "trainer.json"
TARGETS = {"cpu_seconds_per_step": 0.75, "peak_mb": 0.85, "head": 0.65}
"""What ours is to take at most, of TRL's, and of all logits at once."""
BUCKETS = ((1, 5), (6, 10), (11, 20), (21, 30), (31, 40), (41, 50))
TOPICS = ("a river", "a metal", "a city in Europe", "an animal that swims", "a colour", "a number above ten")


def child(module: str, *arguments: str) -> Any:
    """The last line that a fresh process of one thread says."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
    )
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def kept(path: Path, module: str, *arguments: str) -> Any:
    """The same, where it does not stand in the file yet."""
    if not path.exists():
        path.write_text(json.dumps(child(module, *arguments)))
    return json.loads(path.read_text())


def smollm2(folder: Path) -> None:
    """The model, and tasks that ask for a thing and a reason."""
    folder.mkdir(parents=True)
    (folder / "model").symlink_to(resolve("smollm2-135m").path)
    tasks = [
        msgspec.structs.replace(
            make_task(FAMILY, level=2, seed=0, index=place, style="bare"),
            prompt=(Message("user", f"Name {topic} and say why it is a good one. Be brief."),),
        )
        for place, topic in enumerate(TOPICS)
    ]
    write_whole(str(folder / "train.parquet"), shard_bytes(tasks, Task)[0])


def runs(case: str, folder: Path, seeds: int, console: Console) -> dict[str, list[dict[str, Any]]]:
    """By side, a run a seed; the sides take turns in who goes first."""
    told: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    for seed in range(seeds):
        for side in list(SIDES)[:: 1 if seed % 2 == 0 else -1]:
            output = folder / f"{case}-{side}-{seed}"
            asked = ("benchmarks.trainer_sides", case, side, str(folder / case), str(output), str(seed))
            told[side].append(kept(output.with_suffix(".json"), *asked))
            last = told[side][-1]
            console.print(f"{case} {side} {seed}: {last['cpu_seconds_per_step']:.3f} CPU-s, {last['peak_mb']:.0f} MB")
    return told


def costs(case: str, told: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """A row a number: the means of both sides, and the ratio run by run."""
    rows = []
    for name in ("cpu_seconds_per_step", "cpu_seconds_of_training", "tokens_per_cpu_second", "peak_mb"):
        ratios = [ours[name] / trl[name] for ours, trl in zip(told["ours"], told["trl"], strict=True)]
        rows.append(row(case, name, {side: [run[name] for run in own] for side, own in told.items()}, ratios))
    for name, memory in {
        "peak_mb_with_verifier": lambda run: run["peak_mb"] + run["children_mb"],
        "peak_mb_beyond_imports": lambda run: run["peak_mb"] - run["imported_mb"],
    }.items():
        values = {side: [memory(run) for run in own] for side, own in told.items()}
        ratios = [ours / trl for ours, trl in zip(values["ours"], values["trl"], strict=True)]
        rows.append(row(case, name, values, ratios))
    return rows


def row(case: str, name: str, values: dict[str, list[float]], ratios: Sequence[float]) -> dict[str, Any]:
    means = {side: round(fmean(own), 3) for side, own in values.items()}
    each = [round(ratio, 3) for ratio in ratios]
    return {"case": case, "what": name, **means, "ratio": round(fmean(ratios), 3), "ratio_of_each_run": each}


def curves(told: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Mean rewards by steps, over runs; `apart` is the difference in standard errors of it."""
    rows = []
    for first, last in BUCKETS:
        means = {side: [fmean(run["rewards"][first - 1 : last]) for run in own] for side, own in told.items()}
        error = sum(stdev(own) ** 2 / len(own) for own in means.values()) ** 0.5 if len(told["ours"]) > 1 else 0.0
        apart = (fmean(means["ours"]) - fmean(means["trl"])) / error if error else None
        rounded = {side: [round(mean, 3) for mean in own] for side, own in means.items()}
        rows.append({"steps": f"{first}-{last}", **rounded, "apart": apart and round(apart, 2)})
    return rows


def accuracies(told: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Held-out accuracy by steps and side, of all runs together, with Wilson's interval over their samples."""
    rows = []
    for step in told["ours"][0]["accuracy"]:
        for side, own in told.items():
            each = [run["accuracy"][step] for run in own]
            low, high = wilson(sum(each) * EVALUATED, len(each) * EVALUATED)
            assert low is not None
            assert high is not None
            rows.append(
                {
                    "step": int(step),
                    "side": side,
                    "accuracy": round(fmean(each), 3),
                    "low": round(low, 3),
                    "high": round(high, 3),
                    "each_run": [round(one, 3) for one in each],
                }
            )
    return rows


def heads(folder: Path, rounds: int) -> list[dict[str, Any]]:
    told: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way in WAYS:
            told[way].append(kept(folder / f"head-{way}-{number}.json", "benchmarks.lm_head", way))
    naive = fmean(run["peak_mb"] for run in told["naive"])
    return [
        {
            "way": way,
            "peak_mb": fmean(run["peak_mb"] for run in own),
            "of_naive": round(fmean(run["peak_mb"] for run in own) / naive, 3),
            "cpu_seconds": round(fmean(run["cpu_seconds"] for run in own), 2),
            "gradient_norm": own[0]["gradient_norm"],
        }
        for way, own in told.items()
    ]


def shown(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(*rows[0], title=title)
    for one in rows:
        table.add_row(*(" ".join(map(str, value)) if isinstance(value, list) else str(value) for value in one.values()))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="runs of the tiny model")
    parser.add_argument("--rounds", type=int, default=2, help="runs of SmolLM2, and of the head")
    parser.add_argument("--folder", type=Path, help="where models and runs are kept; a temporary one when left out")
    chosen = parser.parse_args()
    console = Console()
    with TemporaryDirectory() as name:
        folder = chosen.folder or Path(name)
        repeats = {"tiny": chosen.seeds, "smollm2": chosen.rounds}
        if not (folder / "tiny" / "held_out.parquet").exists():
            tiny.build(folder / "tiny")
        if not (folder / "smollm2").exists():
            smollm2(folder / "smollm2")
        told = {case: runs(case, folder, count, console) for case, count in repeats.items()}
        tables = {
            "costs": [cost for case, own in told.items() for cost in costs(case, own)],
            "rewards": curves(told["tiny"]),
            "held_out": accuracies(told["tiny"]),
            "head": heads(folder, chosen.rounds),
            "packing": kept(folder / "packing.json", "benchmarks.packing"),
        }
    for title, rows in tables.items():
        console.print(shown(title, rows))
    about = {
        "machine": platform.machine(),
        "versions": {name: version(name) for name in ("torch", "transformers", "trl")},
        "cases": {case: settings._asdict() for case, settings in CASES.items()},
        "targets": TARGETS,
    }
    RESULTS.write_text(json.dumps({**about, **tables}, indent=2) + "\n")


if __name__ == "__main__":
    main()
