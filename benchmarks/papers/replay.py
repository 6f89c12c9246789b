"""RePO: rare right completions, learnt from again where all is wrong, on few problems that come again and again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.papers.claim import Claim, Row, interval, of_arm
from benchmarks.papers.sums import DIGITS, FOLDER, World, world
from benchmarks.papers.training import PLAIN, curve, held_out_rates
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Task
from trainer.record import read_metrics

OF_A_LEVEL = 50
"""Problems to train on: 200 in all, so that each comes eight times in 100 steps."""
STEPS, EVERY = 100, 25
ARMS: dict[str, Any] = {"no replay": {}, "replay": {"replay": {"below": 0.25}}}
SHARES = ("taught", "all_wrong", "left_wrong")


def few(seed: int) -> World:
    """The world of a seed with OF_A_LEVEL problems of each level to train on."""
    whole = world(seed)
    training = [task for level in DIGITS for task in [t for t in whole.training if t.level == level][:OF_A_LEVEL]]
    shard = FOLDER / f"few-{seed}.parquet"
    write_whole(str(shard), shard_bytes(training, Task)[0])
    return replace(whole, shards=str(shard), training=tuple(training))


def cell(arm: str, seed: int) -> Row:
    changes = {**ARMS[arm], "steps": STEPS}
    return {"points": curve(few(seed), f"replay-{arm}-{seed}", seed, changes, measure, EVERY)}


def measure(of: World, model: Path) -> Row:
    """Held-out pass rates; of the steps since the point before, how many groups taught, and how many were all wrong."""
    told = held_out_rates(of, model)
    steps = read_metrics(model.parents[2])[-EVERY:] if model.parent.name.startswith("step-") else []
    if steps:
        sampled = [step.sampled for step in steps if step.sampled]
        told["taught"] = round(1 - fmean(step.zero_variance for step in steps), 4)
        told["all_wrong"] = round(fmean(each.all_wrong for each in sampled), 4)
        told["left_wrong"] = round(fmean(each.left_wrong for each in sampled), 4)
        told["replayed"] = sum(each.replayed for each in sampled)
    return told


def summary(cells: Sequence[Row]) -> list[Row]:
    """Shares of groups over all steps, and held-out pass rates at the end, paired by seed."""
    plain = of_arm(cells, "no replay")
    rows = []
    for arm in ARMS:
        own = of_arm(cells, arm)
        row: Row = {"arm": arm}
        for name in SHARES:
            row[name] = interval([fmean(point[name] for point in each["points"][1:]) for each in own])
        row["replayed"] = interval([sum(point["replayed"] for point in each["points"][1:]) for each in own], 0)
        row["cpu_seconds"] = interval([each["points"][-1]["cpu_seconds"] for each in own], 1)
        for column in ("accuracy", *(f"level {level}" for level in DIGITS)):
            ends = [each["points"][-1][column] for each in own]
            row[column] = interval(ends)
            if arm != "no replay":
                before = [each["points"][-1][column] for each in plain]
                row[f"{column}, more than without"] = interval([a - b for a, b in zip(ends, before, strict=True)])
        rows.append(row)
    return rows


CLAIM = Claim(
    name="replay",
    paper="RePO, arXiv 2506.09340; ExGRPO, 2510.02245",
    says="replayed completions raise the number of effective steps by about half at 15 % more cost, and accuracy",
    settings={"training": PLAIN, "arms": ARMS, "problems": OF_A_LEVEL, "steps": STEPS},
    arms=list(ARMS),
    seeds=range(3),
    cell=cell,
    summary=summary,
)
