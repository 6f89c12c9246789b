"""One training run of a claim: the trainer as a user runs it, and the held-out pass rates on its way."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.papers.claim import Row
from benchmarks.papers.sums import FOLDER, WIDTH, World, pass_rates
from pipeline.config import checked
from pipeline.models import load_model
from trainer import tiny
from trainer.config import TrainConfig
from trainer.loop import train
from trainer.metrics import StepMetrics
from trainer.state import checkpoints

EVERY = 5
"""Steps between two points of a curve."""

PLAIN: Mapping[str, Any] = {
    "steps": 60,
    "prompts_per_step": 16,
    "group_size": 8,
    "sampling": {"max_tokens": WIDTH + 2, "prefill": tiny.OPEN, "stop": [tiny.CLOSE]},
    "lr": 3e-4,
    "warmup_steps": 5,
    "gradient_checkpointing": False,
    "threads": 1,
    "verifiers": 0,
    "doctor": "warn",
}
"""GRPO on sums, with the default loss (DAPO's)."""


Measure = Callable[[World, Path], Row]
"""What is seen in a model folder: that of the world, and then each checkpoint's."""


def held_out_rates(world: World, model: Path) -> Row:
    """Held-out pass rates by level, and their mean."""
    learner, signs = load_model(model, "float32")
    rates = pass_rates(learner.eval(), signs, world.held_out)
    told = {"accuracy": round(fmean(rates), 4)}
    for level in sorted({task.level for task in world.held_out}):
        own = [rate for rate, task in zip(rates, world.held_out, strict=True) if task.level == level]
        told[f"level {level}"] = round(fmean(own), 4)
    return told


def curve(
    world: World,
    name: str,
    seed: int,
    changes: Mapping[str, Any],
    measure: Measure = held_out_rates,
    every: int = EVERY,
) -> list[Row]:
    """Trains with PLAIN and `changes`, and gives a point before the first step and after each `every` steps.

    A point has what `measure` sees, what all steps so far sampled and cost, and the mean reward by the verifier of all
    that was sampled since the point before. Its `tokens` are those of the completions that were learnt from.
    """
    output = FOLDER / "runs" / name
    shutil.rmtree(output, ignore_errors=True)
    given = {**PLAIN, **changes, "model": world.model, "shards": [world.shards], "output": str(output), "seed": seed}
    config = checked({**given, "save_every": every}, TrainConfig)
    spent = {"completions": 0, "tokens": 0, "cpu_seconds": 0.0}
    rewards: list[float] = []
    points = [{"step": 0, **spent, "reward": None, **measure(world, Path(world.model))}]

    def heard(step: StepMetrics) -> None:
        if step.sampled:
            spent["completions"] += step.sampled.completions
            rewards.extend([] if step.sampled.reward_mean is None else [step.sampled.reward_mean])
        spent["tokens"] += step.completion_tokens
        spent["cpu_seconds"] += step.generation_seconds + step.reward_seconds + step.update_seconds
        if step.step % every == 0:
            spent["cpu_seconds"] = round(spent["cpu_seconds"], 3)
            seen = measure(world, checkpoints(output)[-1] / "model")
            points.append({"step": step.step, **spent, "reward": round(fmean(rewards), 4), **seen})
            rewards.clear()

    train(config, heard)
    shutil.rmtree(output)
    return points


def at(points: Sequence[Row], of: str, value: float, column: str) -> float:
    """`column` where `of`, which never falls, reaches `value`: linear between two points, the last one beyond.

    >>> at([{"x": 0, "y": 1.0}, {"x": 10, "y": 2.0}], "x", 5, "y")
    1.5
    """
    for before, after in pairwise(points):
        if after[of] >= value:
            share = (value - before[of]) / (after[of] - before[of])
            return float(before[column] + share * (after[column] - before[column]))
    return float(points[-1][column])


def reached(points: Sequence[Row], column: str, value: float, cost: str) -> float | None:
    """What `cost` stood at when `column` first reached `value`, linear between two points; None where it never did.

    >>> reached([{"y": 0.0, "x": 0}, {"y": 0.5, "x": 10}, {"y": 0.4, "x": 20}], "y", 0.25, "x")
    5.0
    """
    for before, after in pairwise(points):
        if after[column] >= value:
            share = (value - before[column]) / (after[column] - before[column])
            return float(before[cost] + max(0.0, share) * (after[cost] - before[cost]))
    return None
